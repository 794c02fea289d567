# What: ssl_parse_certificate_chain() of ssl_tls.c.
# Why: what it parses of the peer's certificates goes through tls/engine/peer_chain.cpp, which keeps them as sent, those too that it can't read.
#   (For 3.6 the linker's --wrap does this.)
# Test: tests/tls/legacy_session_test.cpp, "the certificates of both engines' sessions are those that were sent".

edit(library/ssl_tls.c [==[        ret = mbedtls_x509_crt_parse_der(chain, ssl->in_msg + i, n);
]==] [==[        extern int mailtap_legacy_parse_peer_certificate(mbedtls_x509_crt *chain, const unsigned char *der, size_t size);
        ret = mailtap_legacy_parse_peer_certificate(chain, ssl->in_msg + i, n);
]==])
