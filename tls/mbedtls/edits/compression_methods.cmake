# What: ssl_parse_client_hello() of ssl_tls12_server.c.
# Why: a client may list up to 255 compression methods (RFC 5246 section 7.4.1.2), of which mbedTLS takes 16.
# Test: tests/tls/alerts_test.cpp, "the largest hello that there can be is answered".

edit(library/ssl_tls12_server.c [==[    if (comp_len < 1 ||
        comp_len > 16 ||
]==] [==[    if (comp_len < 1 ||
]==])
