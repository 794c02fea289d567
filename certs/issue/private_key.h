// A private key of ours: made, read, written, and used to sign.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <mbedtls/md.h>
#include <mbedtls/pk.h>

#include "certs/model/pem.h"
#include "config/base/bytes.h"
#include "config/base/result.h"
#include "tls/mbedtls/foreign_key.h"

namespace mailtap::certs {

/// An elliptic curve that mbedTLS knows, or RSA of a size; or one of those that libcrypto computes with:
/// Ed25519, Ed448, and RSA under id-RSASSA-PSS.
struct KeySpec {
  mbedtls_ecp_group_id curve = MBEDTLS_ECP_DP_NONE;
  unsigned rsa_bits = 0;
  mailtap_foreign_kind foreign = MAILTAP_FOREIGN_NONE;

  static constexpr KeySpec p256() { return {MBEDTLS_ECP_DP_SECP256R1}; }
  static constexpr KeySpec p384() { return {MBEDTLS_ECP_DP_SECP384R1}; }
  static constexpr KeySpec p521() { return {MBEDTLS_ECP_DP_SECP521R1}; }
  static constexpr KeySpec rsa(unsigned bits) { return {MBEDTLS_ECP_DP_NONE, bits}; }
  static constexpr KeySpec ed25519() { return {MBEDTLS_ECP_DP_NONE, 0, MAILTAP_FOREIGN_ED25519}; }
  static constexpr KeySpec ed448() { return {MBEDTLS_ECP_DP_NONE, 0, MAILTAP_FOREIGN_ED448}; }
  static constexpr KeySpec rsa_pss(unsigned bits) {
    return {MBEDTLS_ECP_DP_NONE, bits, MAILTAP_FOREIGN_RSA_PSS};
  }
  bool is_foreign() const { return foreign != MAILTAP_FOREIGN_NONE; }
  bool is_rsa() const { return rsa_bits != 0 && !is_foreign(); }
  bool operator==(const KeySpec&) const = default;
  auto operator<=>(const KeySpec&) const = default;
};
/// "RSA 2048", "EC P-256", "EC brainpoolP256r1", "Ed25519", "RSA-PSS 2048".
std::string to_string(KeySpec type);
/// What a public or private key is, of those that mbedTLS computes with.
Result<KeySpec> type_of(const mbedtls_pk_context& key);

/// What mbedTLS can generate; mailtap's limits for keys that it makes.
constexpr unsigned min_made_rsa_bits = 1024;
constexpr unsigned max_made_rsa_bits = 4096;

/// Of a signature by an ordinary RSA key; a key under id-RSASSA-PSS has PSS in any case.
enum class Padding { pkcs1, pss };

class PrivateKey;
using KeyPtr = std::shared_ptr<const PrivateKey>;

/// Immutable; used by several threads at once.
class PrivateKey {
 public:
  /// A fresh one. EC takes about a millisecond, RSA-2048 a good part of a second, RSA-4096 several. Ends
  /// early, with an error, once `cancelled` (asked now and then, may be empty) says so.
  static Result<KeyPtr> generate(KeySpec type, const std::function<bool()>& cancelled = {});
  /// PKCS#8, PKCS#1 or SEC 1, as PEM or DER; PKCS#8 and traditional PEM may be encrypted. `origin` (a file's
  /// name) begins the error sentences.
  static Result<KeyPtr> parse(const std::string& content, const std::string& password,
                              const std::string& origin);

  ~PrivateKey();
  PrivateKey(const PrivateKey&) = delete;
  PrivateKey& operator=(const PrivateKey&) = delete;

  KeySpec type() const { return type_; }
  /// The subjectPublicKeyInfo, DER.
  const Buffer& public_key() const { return public_key_; }
  /// PKCS#8 PrivateKeyInfo, DER and PEM.
  Result<Buffer> to_der() const;
  Result<std::string> to_pem() const;
  /// PKCS#8 EncryptedPrivateKeyInfo as PEM: PBES2, PBKDF2 with HMAC-SHA-256, AES-256-CBC (RFC 8018).
  Result<std::string> to_encrypted_pem(const std::string& password) const;

  /// `public_key`: a subjectPublicKeyInfo.
  bool belongs_to(Bytes public_key) const;

  /// PKCS #1 v1.5 or ECDSA in DER, over the hash of `message`; RSASSA-PSS with a salt as long as the hash;
  /// EdDSA, which has a hash of its own.
  Result<Buffer> sign(mbedtls_md_type_t hash, Bytes message, Padding padding = Padding::pkcs1) const;

 private:
  PrivateKey();
  static Result<KeyPtr> generate_foreign(std::shared_ptr<PrivateKey> key, KeySpec type);
  Result<void> finish();
  Result<Buffer> sign_as_foreign(mbedtls_md_type_t hash, Bytes message) const;

  mutable mbedtls_pk_context context_;
  KeySpec type_;
  Buffer public_key_;
};

/// A sentence's end for an mbedTLS error code: "X509 - ... (-0x2180)".
std::string mbedtls_error(int code);

}  // namespace mailtap::certs
