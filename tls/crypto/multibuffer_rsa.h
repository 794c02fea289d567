// RSA by crypto_mb. For multibuffer.cpp.
#pragma once

#include "tls/crypto/multibuffer_lanes.h"

namespace mailtap::crypto::multibuffer {

/// The block is less than the modulus, and both are of the job's size.
bool valid_rsa(const Job& job);

/// Its key is one that crypto_mb can compute with: no other exponent, nor primes of different sizes.
bool takes_rsa(const Job& job);

/// Of private keys of this size half a batch_size takes half the time.
bool has_halves(unsigned bits);

/// 1 to batch_size jobs, each valid_rsa() and takes_rsa().
void rsa_public(Jobs jobs);
void rsa_private(Jobs jobs);

}  // namespace mailtap::crypto::multibuffer
