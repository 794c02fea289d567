// RSA keys for tests, made by OpenSSL.
#pragma once

#include "config/base/bytes.h"
#include "tls/crypto/job.h"

namespace mailtap::tests {

/// The numbers of a key, and a view of them as jobs take it.
struct RsaNumbers {
  Buffer n, e, d, p, q, dp, dq, qp;
  crypto::RsaKey view(const void* owner = nullptr) const { return {n, e, d, p, q, dp, dq, qp, owner}; }
};

RsaNumbers make_rsa(unsigned bits, std::uint64_t exponent = 65537);

}  // namespace mailtap::tests
