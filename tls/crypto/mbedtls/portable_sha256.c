#include "tls/crypto/mbedtls/portable_names.h"
#include <sha256.c>
