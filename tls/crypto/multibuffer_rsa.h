// RSA by crypto_mb. For multibuffer.cpp.
#pragma once

#include "tls/crypto/multibuffer_lanes.h"

namespace mailtap::crypto::multibuffer {

/// The block is less than the modulus, and both are of the job's size.
bool valid_rsa(const Job& job);

/// Its key is one that crypto_mb can compute with: no other exponent, nor primes of different sizes.
bool takes_rsa(const Job& job);

/// Operations with private keys of this size in a batch that doesn't gain by more.
unsigned full_rsa_private(unsigned bits);

/// 1 to batch_size jobs, each valid_rsa() and takes_rsa().
void rsa_public(Jobs jobs);
void rsa_private(Jobs jobs);

}  // namespace mailtap::crypto::multibuffer
