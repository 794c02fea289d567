# What: ssl_write_client_hello_body() of ssl_client.c.
# Why: load balancers of F5's never answer a hello of 256 to 511 bytes (RFC 7685 section 1), which mailtap's are and many a client's
#   isn't. mbedTLS doesn't write the extension that was made for it.
# Test: tests/tls/hello_padding_test.cpp.

edit(library/ssl_misc.h [==[#ifndef MBEDTLS_SSL_MISC_H
#define MBEDTLS_SSL_MISC_H
]==] [==[#ifndef MBEDTLS_SSL_MISC_H
#define MBEDTLS_SSL_MISC_H

#include "tls/mbedtls/hello_padding.h"
]==])
edit(library/ssl_client.c [==[#if defined(MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_SOME_PSK_ENABLED)
    /* The "pre_shared_key" extension]==] [==[    unsigned char *const last_extension = p;
#if defined(MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_SOME_PSK_ENABLED)
    /* The "pre_shared_key" extension]==])
edit(library/ssl_client.c [==[    /* Write the length of the list of extensions. */
]==] [==[    p = mailtap_pad_client_hello(buf, last_extension, p, end);

    /* Write the length of the list of extensions. */
]==])
