# What: mbedtls_rsa_public(), mbedtls_rsa_private() and mbedtls_rsa_free() of rsa.c.
# Why: they become weak, so that those of tls/mbedtls/crypto/hooks_rsa.cpp take their place in every call, and stay reachable under another
#   name. There is no ALT option for them.
# Test: tests/tls/crypto/rsa_test.cpp, where the backends' answers are compared.

edit(library/rsa.c [==[#include "common.h"
]==] [==[#include "common.h"

#include "tls/mbedtls/crypto/rsa_interposable.h"
]==])
