# What: ssl_parse_max_fragment_length_ext() and ssl_write_max_fragment_length_ext() of ssl_tls12_server.c.
# Why: a resumed session keeps to the length that was agreed on (RFC 6066 section 4), and a client that doesn't ask again
#   gets no answer (RFC 6066 section 1.1).
# Test: tests/e2e/peculiar_peers_test.py, where OpenSSL resumes.

edit(library/ssl_tls12_server.c [==[
    ssl->session_negotiate->mfl_code = buf[0];
]==] [==[
    ssl->session_negotiate->mfl_code = buf[0];
    ssl->handshake->cli_exts |= MAILTAP_EXT_MAX_FRAGMENT_LENGTH;
]==])
edit(library/ssl_tls12_server.c [==[
    if (ssl->session_negotiate->mfl_code == MBEDTLS_SSL_MAX_FRAG_LEN_NONE) {
]==] [==[
    if (ssl->session_negotiate->mfl_code == MBEDTLS_SSL_MAX_FRAG_LEN_NONE ||
        (ssl->handshake->cli_exts & MAILTAP_EXT_MAX_FRAGMENT_LENGTH) == 0) {
]==])
