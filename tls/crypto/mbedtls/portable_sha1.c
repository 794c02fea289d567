#include "tls/crypto/mbedtls/portable_names.h"
#include <sha1.c>
