# What: mbedtls_psa_key_agreement_ecdh() of psa_crypto_ecp.c.
# Why: PSA's key agreement becomes weak, so that the one of tls/mbedtls/crypto/hooks_psa.cpp takes its place, and stays reachable under another
#   name.
# Test: tests/tls/crypto/handshakes_test.cpp.

edit(library/psa_crypto_ecp.c [==[#include "common.h"
]==] [==[#include "common.h"

#include "tls/mbedtls/crypto/ecdh_interposable.h"
]==])
