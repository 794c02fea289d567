# What: ssl_write_client_hello_body() of ssl_client.c.
# Why: a client of TLS 1.2 may list no groups (RFC 8422 section 4), and servers choose another key exchange for it than for one
#   that does: OpenSSL's takes DHE. One that repeats such a client's offer has to leave them out as well.
# Test: tests/tls/client_terms_test.cpp.

edit(library/ssl_client.c [==[        if (propose_tls12 && tls12_uses_ec) {
            ssl_write_supported_groups_ext_flags |=]==] [==[        if (propose_tls12 && tls12_uses_ec && !ssl->mailtap.leaves_groups_out) {
            ssl_write_supported_groups_ext_flags |=]==])
