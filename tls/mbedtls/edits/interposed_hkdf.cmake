# What: mbedtls_ssl_tls13_hkdf_expand_label() and the steps of the key schedule, of ssl_tls13_keys.c.
# Why: they become weak, so that those of tls/mbedtls/crypto/hkdf_expand_label.c and key_schedule.c take their place in every call, and stay
#   reachable under another name.
# Test: tests/tls/crypto/key_derivation_test.cpp.

edit(library/ssl_tls13_keys.c [==[#include "common.h"
]==] [==[#include "common.h"

#include "tls/mbedtls/crypto/hkdf_interposable.h"
]==])
