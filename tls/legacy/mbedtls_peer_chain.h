/* Included before mbedTLS 2.28's ssl_tls.c (cmake/MbedTlsLegacy.cmake), whose source stays as released: what
 * it parses of the peer's certificates goes through tls/peer_chain.cpp. (For 3.6 the linker's --wrap does
 * this.) */
#pragma once

#include "common.h"
#include "mbedtls/x509_crt.h"

#undef mbedtls_x509_crt_parse_der
#define mbedtls_x509_crt_parse_der mailtap_legacy_parse_peer_certificate

int mailtap_legacy_parse_peer_certificate(mbedtls_x509_crt* chain, const unsigned char* der, size_t size);
