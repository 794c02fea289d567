# What: mbedtls_psa_key_agreement_ecdh() and mbedtls_psa_ecp_generate_key() of psa_crypto_ecp.c.
# Why: they become weak, so that those of tls/mbedtls/crypto/hooks_psa.cpp take their place, and stay reachable under other names.
# Test: tests/tls/crypto/handshakes_test.cpp.

edit(library/psa_crypto_ecp.c [==[#include "common.h"
]==] [==[#include "common.h"

#include "tls/mbedtls/crypto/ecdh_interposable.h"
]==])
