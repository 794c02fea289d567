#include "tls/mbedtls/crypto/portable_names.h"
#include <sha512.c>
