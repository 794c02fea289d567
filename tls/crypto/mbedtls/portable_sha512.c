#include "tls/crypto/mbedtls/portable_names.h"
#include <sha512.c>
