// Eight public-key operations of one kind in one call, by Intel's crypto_mb on AVX-512 IFMA. A build without
// crypto_mb has the same functions, which say that it isn't there (multibuffer_none.cpp).
#pragma once

#include <span>
#include <string>

#include "tls/crypto/job.h"

namespace mailtap::crypto::multibuffer {

/// Why it can't be used here: this build or this CPU. Empty: it can.
std::string why_not();

/// "crypto_mb 1.0.15"; empty in a build without.
std::string version();

/// It has this operation (RSA: 1024, 2048, 3072 and 4096 bits).
bool takes(JobKind kind, unsigned bits);

/// The fill up to which libcrypto, one by one, is cheaper.
unsigned singles_up_to(JobKind kind);

/// As many as one call does in the time of one.
unsigned full_batch(JobKind kind, unsigned bits);

/// Does 1 to batch_size jobs of one kind and size that it takes.
void perform(std::span<Job* const> jobs);

}  // namespace mailtap::crypto::multibuffer
