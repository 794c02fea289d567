#include "tls/mbedtls/crypto/portable_names.h"
#include <ecdsa.c>
