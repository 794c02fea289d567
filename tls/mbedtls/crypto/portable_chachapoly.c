#include "tls/mbedtls/crypto/portable_names.h"
#include <chachapoly.c>

size_t mailtap_portable_chachapoly_size(void) { return sizeof(mbedtls_chachapoly_context); }
