# What: mbedtls_ssl_prepare_handshake_record() and ssl_consume_current_message() of ssl_msg.c.
# Why: a handshake message may be of up to 2^24 bytes in any number of records (RFC 8446 sections 4 and 5.1, RFC 5246
#   sections 6.2.1 and 7.4). mbedTLS's input buffer holds 16 KiB of them, and the first record must have the header.
# Test: tests/tls/long_messages_test.cpp, "a chain of 100 KB arrives" and "records of a byte".

edit(library/ssl_msg.c [==[#include "ssl_misc.h"
]==] [==[#include "ssl_misc.h"
#include "tls/mbedtls/handshake_messages.h"
]==])
edit(library/ssl_msg.c [==[int mbedtls_ssl_prepare_handshake_record(mbedtls_ssl_context *ssl)
{
]==] [==[int mbedtls_ssl_prepare_handshake_record(mbedtls_ssl_context *ssl)
{
    return mailtap_gather_handshake_message(ssl);

]==])
edit(library/ssl_msg.c [==[        ssl->in_hslen   = 0;
    }
    /* Case (4): Application data */]==] [==[        ssl->in_hslen   = 0;
        mailtap_shrink_in_buffer(ssl);
    }
    /* Case (4): Application data */]==])
