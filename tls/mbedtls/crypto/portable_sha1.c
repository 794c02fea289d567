#include "tls/mbedtls/crypto/portable_names.h"
#include <sha1.c>
