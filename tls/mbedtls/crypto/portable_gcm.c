#include "tls/mbedtls/crypto/portable_names.h"
#include <gcm.c>

size_t mailtap_portable_gcm_size(void) { return sizeof(mbedtls_gcm_context); }
