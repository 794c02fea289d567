# What: record_size_limit (RFC 8449): in ssl_tls13_generic.c what we accept; in ssl_tls12_server.c and ssl_tls12_client.c
#   the extension under TLS 1.2, which mbedTLS doesn't have: a client that offers both versions asks for it in either.
# Why: section 4 has a limit under TLS 1.3 count the content type, 16,385 being no limit at all; under TLS 1.2 a client
#   that sent the extension has to keep to the answer.
# Test: tests/tls/record_sizes_test.cpp.

edit(library/ssl_tls13_generic.c [==[
    MBEDTLS_PUT_UINT16_BE(MBEDTLS_SSL_IN_CONTENT_LEN, p, 4);

    *out_len = 6;
]==] [==[
    MBEDTLS_PUT_UINT16_BE(MBEDTLS_SSL_IN_CONTENT_LEN + 1, p, 4);

    *out_len = 6;
]==])

edit(library/ssl_tls12_server.c [==[#include "ssl_misc.h"
]==] [==[#include "ssl_misc.h"
#include "tls/mbedtls/record_sizes.h"
]==])
edit(library/ssl_tls12_server.c [==[
                ret = ssl_parse_max_fragment_length_ext(ssl, ext + 4, ext_size);
                if (ret != 0) {
                    return ret;
                }
                break;
]==] [==[
                ret = ssl_parse_max_fragment_length_ext(ssl, ext + 4, ext_size);
                if (ret != 0) {
                    return ret;
                }
                break;

            case MBEDTLS_TLS_EXT_RECORD_SIZE_LIMIT:
                ret = mailtap_parse_record_size_limit(ssl, ext + 4, ext_size);
                if (ret != 0) {
                    return ret;
                }
                break;
]==])
edit(library/ssl_tls12_server.c [==[
    ssl_write_max_fragment_length_ext(ssl, p + 2 + ext_len, &olen);
]==] [==[
    ext_len += mailtap_write_record_size_limit(ssl, p + 2 + ext_len);
    ssl_write_max_fragment_length_ext(ssl, p + 2 + ext_len, &olen);
]==])

edit(library/ssl_tls12_client.c [==[#include "ssl_misc.h"
]==] [==[#include "ssl_misc.h"
#include "tls/mbedtls/record_sizes.h"
]==])
edit(library/ssl_tls12_client.c [==[
                if ((ret = ssl_parse_max_fragment_length_ext(ssl,
                                                             ext + 4, ext_size)) != 0) {
                    return ret;
                }

                break;
]==] [==[
                if ((ret = ssl_parse_max_fragment_length_ext(ssl,
                                                             ext + 4, ext_size)) != 0) {
                    return ret;
                }

                break;

            case MBEDTLS_TLS_EXT_RECORD_SIZE_LIMIT:
                if ((ret = mailtap_parse_record_size_limit(ssl, ext + 4, ext_size)) != 0) {
                    return ret;
                }

                break;
]==])
