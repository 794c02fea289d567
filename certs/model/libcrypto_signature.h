// Signatures of certificates that mbedTLS can't verify and OpenSSL's libcrypto can.
#pragma once

#include "certs/model/signature.h"

namespace mailtap::certs {

struct LibcryptoSignature {
  Bytes signed_bytes;
  const Algorithm& algorithm;
  Bytes signature;
  Bytes spki;
  bool named_curve = true;  ///< the key doesn't spell out a curve of its own
};

/// `unsupported` when libcrypto can't read such a key or doesn't know the algorithm.
SignatureCheck verify_by_libcrypto(const SignatureScheme& scheme, const LibcryptoSignature& question);

}  // namespace mailtap::certs
