#include "tls/crypto/mbedtls/portable_names.h"
#include <ecdsa.c>
