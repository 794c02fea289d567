#include "certs/issue/pfx.h"

#include <climits>
#include <memory>

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "config/base/freed.h"

namespace mailtap::certs {

namespace {

/// More than any program writes, and little enough to be done in a second or two.
constexpr long max_rounds = 2'000'000;

/// A macro can't be a template's argument.
inline void free_certificates(STACK_OF(X509) * certificates) {
  sk_X509_pop_free(certificates, X509_free);
}

using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Certificates = std::unique_ptr<STACK_OF(X509), Freed<free_certificates>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using KeyInfo = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Freed<PKCS8_PRIV_KEY_INFO_free>>;
using Pfx = std::unique_ptr<PKCS12, Freed<PKCS12_free>>;
using Provider = std::unique_ptr<OSSL_PROVIDER, Freed<OSSL_PROVIDER_unload>>;

/// Calls one of OpenSSL's i2d functions.
template <class T, class Encode>
Buffer to_der(T* object, Encode encode) {
  const int size = encode(object, nullptr);
  Buffer der(static_cast<std::size_t>(size > 0 ? size : 0));
  auto* at = der.data();
  if (size > 0) encode(object, &at);
  return der;
}

std::string openssl_error() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  return reason == nullptr ? "unknown error" : reason;
}

Result<void> check_mac(PKCS12* pfx, const std::string& password) {
  // Without it a wrong password can't be told from a damaged file, nor a hostile file from an honest one.
  if (!PKCS12_mac_present(pfx)) return fail("the PFX has no integrity check (MAC); export it again");
  const ASN1_INTEGER* rounds = nullptr;
  PKCS12_get0_mac(nullptr, nullptr, nullptr, &rounds, pfx);
  const long count = rounds == nullptr ? 1 : ASN1_INTEGER_get(rounds);
  if (count < 1 || count > max_rounds)
    return fail("the PFX asks for " + std::to_string(count) + " rounds of key derivation; export it again");
  // An empty password and none at all are two different things in a PFX.
  if (PKCS12_verify_mac(pfx, password.c_str(), static_cast<int>(password.size())) ||
      (password.empty() && PKCS12_verify_mac(pfx, nullptr, 0)))
    return {};
  return fail("the password doesn't fit the PFX; give the one that it was exported with");
}

/// The key's certificate, then the issuer of each as long as there is one.
std::vector<Buffer> in_chain_order(X509* leaf, STACK_OF(X509) * others) {
  std::vector<Buffer> chain;
  const int count = others == nullptr ? 0 : sk_X509_num(others);
  X509* last = leaf;
  while (last != nullptr) {
    chain.push_back(to_der(last, i2d_X509));
    X509* next = nullptr;
    const bool self_signed = X509_check_issued(last, last) == X509_V_OK;
    for (int i = 0; i < count && !self_signed && next == nullptr; ++i)
      if (X509_check_issued(sk_X509_value(others, i), last) == X509_V_OK) next = sk_X509_value(others, i);
    // Two that name each other as issuer would never end.
    last = static_cast<int>(chain.size()) > count ? nullptr : next;
  }
  return chain;
}

}  // namespace

Result<PfxContent> read_pfx(Bytes bytes, const std::string& password, const std::string& origin) {
  const auto failed = [&origin](const std::string& what) { return fail(origin + ": " + what); };
  if (bytes.size() > LONG_MAX)
    return failed("is too large for a PFX (PKCS #12); give the one that was exported with the private key");
  // RC2-40 and single DES live in "legacy"; once a provider is named, "default" has to be named too.
  const Provider standard(OSSL_PROVIDER_load(nullptr, "default"));
  const Provider legacy(OSSL_PROVIDER_try_load(nullptr, "legacy", 1));
  ERR_clear_error();

  const auto* at = bytes.data();
  const Pfx pfx(d2i_PKCS12(nullptr, &at, static_cast<long>(bytes.size())));
  if (!pfx) return failed("is no PFX (PKCS #12) file; give the one that was exported with the private key");
  if (auto checked = check_mac(pfx.get(), password); !checked) return failed(checked.error().message);

  EVP_PKEY* raw_key = nullptr;
  X509* raw_leaf = nullptr;
  STACK_OF(X509)* raw_others = nullptr;
  const bool parsed = PKCS12_parse(pfx.get(), password.c_str(), &raw_key, &raw_leaf, &raw_others) == 1;
  const Key key(raw_key);
  const Certificate leaf(raw_leaf);
  const Certificates others(raw_others);
  if (!parsed)
    return failed("the PFX can't be decrypted: " + openssl_error() +
                  (legacy ? "" : " (OpenSSL's legacy provider, which old PFX files need, isn't installed)"));
  if (!key || !leaf)
    return failed("the PFX holds no private key with its certificate; export it again with the private key");

  const KeyInfo key_info(EVP_PKEY2PKCS8(key.get()));
  if (!key_info) return failed("its private key can't be encoded: " + openssl_error());
  return PfxContent{in_chain_order(leaf.get(), others.get()),
                    to_der(key_info.get(), i2d_PKCS8_PRIV_KEY_INFO)};
}

}  // namespace mailtap::certs
