# What: mbedtls_ssl_tls13_check_early_data_len() of ssl_tls13_generic.c. With MBEDTLS_SSL_EARLY_DATA (tls/mbedtls/user_config.h) mbedTLS
#   skips early data that it doesn't take.
# Why: mailtap gives no tickets that invite early data, but clients come with those of the server that it stands before; what
#   they send is skipped (RFC 8446 section 4.2.10). How much they may send is in the server's ticket. mbedTLS's bound is that of our
#   own ticket, which is zero, or its configuration's.
# Test: tests/tls/early_data_test.cpp.

edit(library/ssl_tls13_generic.c [==[#include "ssl_misc.h"
]==] [==[#include "ssl_misc.h"
#include "tls/mbedtls/limits.h"
]==])
edit(library/ssl_tls13_generic.c [==[        (ssl->session_negotiate->max_early_data_size -
         ssl->total_early_data_size)) {
]==] [==[        (MAILTAP_MAX_EARLY_DATA - ssl->total_early_data_size)) {
        ssl->mailtap.has_excess_of_early_data = 1;
]==])
