// Signatures of certificates and CRLs: which algorithm, how good it is, does it verify.
#pragma once

#include <string>

#include <mbedtls/md.h>

#include "certs/model/certificate.h"
#include "certs/model/signature_memo.h"

namespace mailtap::certs {

struct SignatureScheme {
  std::string name;  ///< as openssl says it: "sha256WithRSAEncryption"; "algorithm 1.2.3" if not known
  KeyType key = KeyType::unknown;
  mbedtls_md_type_t hash = MBEDTLS_MD_NONE;  ///< none: there is none apart, or mbedTLS doesn't have it
  std::string_view digest{};                 ///< the same by libcrypto's name; empty: there is none apart
  bool pss = false;
  int salt_length = 0;             ///< of PSS
  std::string_view mask_digest{};  ///< of PSS
  bool known = false;              ///< and its parameters are as they must be
};

SignatureScheme describe_signature(const Algorithm& algorithm);

/// True for hashes that collide in practice: MD2, MD4, MD5, SHA-1.
bool is_weak(const SignatureScheme& scheme);

/// Larger RSA keys aren't verified with: nobody else does, and they cost a verifier dear.
inline constexpr unsigned max_rsa_bits = 16384;
inline constexpr unsigned max_rsa_exponent_bits = 64;
inline constexpr unsigned max_dsa_bits = 4096;
/// Verifies with the issuer's subjectPublicKeyInfo: by mbedTLS what that knows, by libcrypto what else that
/// knows (Ed25519, Ed448, DSA, SM2, other curves and hashes; ML-DSA from OpenSSL 3.5 on). Parses the key each
/// time, so that certificates shared between threads stay immutable; a signature's cost dwarfs it.
SignatureCheck verify_signature(Bytes signed_bytes, const Algorithm& algorithm, Bytes signature, Bytes spki);

}  // namespace mailtap::certs
