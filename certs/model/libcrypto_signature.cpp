#include "certs/model/libcrypto_signature.h"

#include <climits>
#include <memory>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "certs/asn1/oids.h"
#include "config/base/freed.h"

namespace mailtap::certs {

namespace {

using Digest = std::unique_ptr<EVP_MD, Freed<EVP_MD_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

/// GM/T 0009 section 10: the signer's identifier where none was agreed on.
constexpr std::string_view sm2_default_id = "1234567812345678";

/// The algorithm of a subjectPublicKeyInfo.
Bytes key_oid(Bytes spki) {
  const auto outer = der::only(spki, der::tag_sequence);
  der::Reader fields(outer ? outer->value : Bytes{});
  const auto sequence = fields.next(der::tag_sequence);
  const auto algorithm = sequence ? parse_algorithm(*sequence) : std::nullopt;
  return algorithm ? algorithm->oid : Bytes{};
}

bool configure_pss(EVP_PKEY_CTX* key, const SignatureScheme& scheme) {
  const Digest mask(EVP_MD_fetch(nullptr, std::string(scheme.mask_digest).c_str(), nullptr));
  return mask && EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PSS_PADDING) > 0 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(key, mask.get()) > 0 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(key, scheme.salt_length) > 0;
}

SignatureCheck verify(const SignatureScheme& scheme, const LibcryptoSignature& question) {
  if (!question.named_curve || question.spki.size() > LONG_MAX) return SignatureCheck::unsupported;
  const bool is_sm2 = oid::is(question.algorithm.oid, oid::sm2_with_sm3);
  // Where the algorithm's hash is its own affair, the key is of that very algorithm (RFC 8410, RFC 9881).
  if (scheme.digest.empty() && !der::same(key_oid(question.spki), question.algorithm.oid))
    return SignatureCheck::bad;
  const auto* at = question.spki.data();
  const Key key(d2i_PUBKEY(nullptr, &at, static_cast<long>(question.spki.size())));
  if (!key || at != question.spki.data() + question.spki.size()) return SignatureCheck::unsupported;
  // Libcrypto takes every key on that curve for one of SM2, never of ECDSA.
  const bool is_sm2_key = EVP_PKEY_is_a(key.get(), "SM2") == 1;
  if (is_sm2 != is_sm2_key) return is_sm2 ? SignatureCheck::bad : SignatureCheck::unsupported;

  Digest digest;
  if (!scheme.digest.empty()) {
    digest.reset(EVP_MD_fetch(nullptr, std::string(scheme.digest).c_str(), nullptr));
    if (!digest) return SignatureCheck::unsupported;
  }
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* of_key = nullptr;
  if (!context || EVP_DigestVerifyInit(context.get(), &of_key, digest.get(), nullptr, key.get()) != 1)
    return SignatureCheck::unsupported;
  if (is_sm2 &&
      EVP_PKEY_CTX_set1_id(of_key, sm2_default_id.data(), static_cast<int>(sm2_default_id.size())) <= 0)
    return SignatureCheck::unsupported;
  if (scheme.pss && !configure_pss(of_key, scheme)) return SignatureCheck::unsupported;
  const int outcome = EVP_DigestVerify(context.get(), question.signature.data(), question.signature.size(),
                                       question.signed_bytes.data(), question.signed_bytes.size());
  return outcome == 1 ? SignatureCheck::good : SignatureCheck::bad;
}

}  // namespace

SignatureCheck verify_by_libcrypto(const SignatureScheme& scheme, const LibcryptoSignature& question) {
  const auto check = verify(scheme, question);
  ERR_clear_error();
  return check;
}

}  // namespace mailtap::certs
