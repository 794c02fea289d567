#include "tls/mbedtls/crypto/portable_names.h"
#include <ecdh.c>
