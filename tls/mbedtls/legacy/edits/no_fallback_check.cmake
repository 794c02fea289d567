# What: ssl_parse_client_hello_v2() and ssl_parse_client_hello() of ssl_srv.c.
# Why: the check of TLS_FALLBACK_SCSV in an SSLv2-format hello is the wrong way round (ssl_srv.c: "!="), so that every such hello for
#   less than the newest version is refused. The server's two checks are left out; whether a fallback is right is judged by what the
#   client's own server speaks (RFC 7507 section 3, proxy/connection/client_terms.h).
# Test: tests/tls/legacy_session_test.cpp, "a hello in SSLv2's format is answered, whole or in pieces".

edit(library/ssl_srv.c [==[#if defined(MBEDTLS_SSL_FALLBACK_SCSV)
]==] [==[#if 0 /* MBEDTLS_SSL_FALLBACK_SCSV */
]==] 2)
