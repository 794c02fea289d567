# What: mbedtls_ssl_send_alert_message() of ssl_msg.c, struct mbedtls_ssl_context of ssl.h.
# Why: a session that fails must have told its peer why, once (RFC 8446 section 6.2, RFC 5246 section 7.2.2). mbedTLS sends an
#   alert for some of its errors, and nothing says afterwards whether it has.
# Test: tests/tls/alerts_test.cpp, where each refusal is one alert and no more.

edit(include/mbedtls/ssl.h [==[    unsigned char MBEDTLS_PRIVATE(send_alert); ]==]
                           [==[    int MBEDTLS_PRIVATE(sent_fatal_alert); /* its description, + 1; 0: none was sent */
    unsigned char MBEDTLS_PRIVATE(send_alert); ]==])
edit(library/ssl_msg.c [==[    ssl->out_msg[0] = level;
    ssl->out_msg[1] = message;
]==] [==[    ssl->out_msg[0] = level;
    ssl->out_msg[1] = message;
    if (level == MBEDTLS_SSL_ALERT_LEVEL_FATAL) {
        ssl->sent_fatal_alert = message + 1;
    }
]==])
