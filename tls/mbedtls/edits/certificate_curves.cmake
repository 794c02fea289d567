# What: ssl_pick_cert() of ssl_tls12_server.c.
# Why: a client of TLS 1.2 lists the curves that it has for certificates too (RFC 8422 section 5.1), but GnuTLS's doesn't mean it
#   so, and its server shows any. mbedTLS withholds a certificate on another curve, also where it has no other: the client is the
#   better judge.
# Test: tests/tls/client_terms_test.cpp, "a certificate on a curve that isn't listed is shown where there is no other".

edit(library/ssl_tls12_server.c [==[            MBEDTLS_SSL_DEBUG_MSG(3, ("certificate mismatch: elliptic curve"));
            continue;
]==] [==[            MBEDTLS_SSL_DEBUG_MSG(3, ("certificate mismatch: elliptic curve"));
            if (list->next != NULL) {
                continue;
            }
]==])
