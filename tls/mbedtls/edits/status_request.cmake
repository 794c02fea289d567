# What: ssl_write_client_hello_body() of ssl_client.c, ssl_parse_server_hello() and mbedtls_ssl_handshake_client_step() of
#   ssl_tls12_client.c, mbedtls_ssl_tls13_parse_certificate() of ssl_tls13_generic.c.
# Why: a client asks the server to add to its certificate what an OCSP responder says of it (RFC 6066 section 8, RFC 8446 section
#   4.4.2.1) and the timestamps of logs (RFC 6962 section 3.3). mbedTLS 3.6 knows neither the extensions nor TLS 1.2's
#   CertificateStatus message.
# Test: tests/tls/status_request_test.cpp.

edit(library/ssl_misc.h [==[#ifndef MBEDTLS_SSL_MISC_H
#define MBEDTLS_SSL_MISC_H
]==] [==[#ifndef MBEDTLS_SSL_MISC_H
#define MBEDTLS_SSL_MISC_H

#include "tls/mbedtls/status_request.h"
]==])
edit(library/ssl_client.c [==[#if defined(MBEDTLS_SSL_PROTO_TLS1_2)
    if (propose_tls12) {
        ret = mbedtls_ssl_tls12_write_client_hello_exts(]==] [==[    ret = mailtap_write_status_request_exts(ssl, p, end, &output_len);
    if (ret != 0) {
        return ret;
    }
    p += output_len;

#if defined(MBEDTLS_SSL_PROTO_TLS1_2)
    if (propose_tls12) {
        ret = mbedtls_ssl_tls12_write_client_hello_exts(]==])
edit(library/ssl_tls12_client.c [==[            default:
                MBEDTLS_SSL_DEBUG_MSG(3,
                                      ("unknown extension found: %u (ignoring)", ext_id));]==]
                                [==[            default:
                mailtap_take_server_hello_ext(ssl, ext_id, ext + 4, ext_size);]==])
edit(library/ssl_tls12_client.c [==[            ret = ssl_parse_server_key_exchange(ssl);
            break;]==] [==[            ret = mailtap_read_certificate_status(ssl);
            if (ret == 0) {
                ret = ssl_parse_server_key_exchange(ssl);
            }
            break;]==])
edit(library/ssl_tls13_generic.c [==[                default:
                    MBEDTLS_SSL_PRINT_EXT(
                        3, MBEDTLS_SSL_HS_CERTIFICATE,
                        extension_type, "( ignored )");
                    break;]==] [==[                default:
                    ret = mailtap_take_certificate_ext(ssl, extension_type, p, extension_data_len);
                    if (ret != 0) {
                        return ret;
                    }
                    break;]==])
