# What: mbedtls_ssl_decrypt_buf() of ssl_msg.c.
# Why: a record of RC4 that is shorter than its MAC was read past its end (CVE-2023-43615): the one fix since 2.28.3 of a fault that a
#   peer can reach here (docs/legacy.md), as 2.28.5 has it.
# Test: tests/e2e/legacy_test.py, test_a_record_shorter_than_its_mac_ends_the_connection_and_nothing_else.

edit(library/ssl_msg.c [==[    if (mode == MBEDTLS_MODE_STREAM) {
        padlen = 0;
]==] [==[    if (mode == MBEDTLS_MODE_STREAM) {
        if (rec->data_len < transform->maclen) {
            return MBEDTLS_ERR_SSL_INVALID_MAC;
        }
        padlen = 0;
]==])
