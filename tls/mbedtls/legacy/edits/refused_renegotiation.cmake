# What: mbedtls_ssl_read() of ssl_msg.c.
# Why: a renegotiation that is refused is noted, for the log (tls/mbedtls/engine.h).
# Test: tests/e2e/legacy_test.py, test_a_router_that_renegotiates_is_refused_and_the_log_says_so.

edit(library/ssl_msg.c [==[                MBEDTLS_SSL_DEBUG_MSG(3, ("refusing renegotiation, sending alert"));
]==] [==[                ssl->renego_records_seen = -1;
]==])
