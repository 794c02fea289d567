# What: struct mbedtls_ssl_context of ssl.h.
# Why: what the other edits keep for a session.
# Test: all that theirs name.

edit(include/mbedtls/ssl.h [==[struct mbedtls_ssl_context {
]==] [==[#include "tls/mbedtls/context.h"

struct mbedtls_ssl_context {
    struct mailtap_ssl mailtap;

]==])
