#include "tls/crypto/mbedtls/portable_names.h"
#include <ecdh.c>
