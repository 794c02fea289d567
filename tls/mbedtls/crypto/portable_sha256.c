#include "tls/mbedtls/crypto/portable_names.h"
#include <sha256.c>
