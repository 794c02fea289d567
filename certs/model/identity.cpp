#include "certs/model/identity.h"

#include <array>
#include <cstring>

#include <mbedtls/error.h>
#include <mbedtls/oid.h>
#include <mbedtls/pem.h>

#include "certs/model/certificate.h"
#include "certs/model/content_kind.h"
#include "certs/model/names.h"
#include "certs/model/pem.h"
#include "certs/model/placeholder.h"
#include "config/base/file.h"
#include "config/base/random.h"

namespace mailtap::certs {

namespace {

constexpr char begin_certificate[] = "-----BEGIN CERTIFICATE-----";
constexpr char end_certificate[] = "-----END CERTIFICATE-----";

std::string reason(int code) {
  std::array<char, 128> text{};
  mbedtls_strerror(code, text.data(), text.size());
  return text.data();
}

/// What we show of ourselves may carry extensions that mbedTLS doesn't know: the client judges them.
int accept_extension(void* /*context*/, const mbedtls_x509_crt* /*certificate*/,
                     const mbedtls_x509_buf* /*oid*/, int /*critical*/, const unsigned char* /*begin*/,
                     const unsigned char* /*end*/) {
  return 0;
}

Result<void> add_certificate(mbedtls_x509_crt& chain, Bytes der) {
  const int failure = mbedtls_x509_crt_parse_der_with_ext_cb(&chain, der.data(), der.size(), /*make_copy=*/1,
                                                             accept_extension, nullptr);
  if (failure != 0) return fail("a certificate can't be parsed: " + reason(failure) + "; export it anew");
  return {};
}

/// A mirrored fault may be one that mbedTLS can't read: it parses a placeholder with the same key, and sends
/// what that stands for. `kept` has the bytes of both from then on.
Result<void> parse_or_placeholder(mbedtls_x509_crt& chain, const Buffer& der, std::list<Buffer>& kept) {
  auto parsed = add_certificate(chain, der);
  if (parsed) return parsed;
  auto& placeholder = kept.emplace_back(placeholder_for(der));
  if (placeholder.empty() ||
      mbedtls_x509_crt_parse_der_nocopy(&chain, placeholder.data(), placeholder.size()) != 0)
    return parsed;
  auto& original = kept.emplace_back(der);
  auto* last = &chain;
  while (last->next != nullptr) last = last->next;
  last->raw.p = original.data();
  last->raw.len = original.size();
  return {};
}

Result<void> parse_pem_certificates(mbedtls_x509_crt& chain, const std::string& text) {
  std::size_t at = 0;
  while ((at = text.find(begin_certificate, at)) != std::string::npos) {
    mbedtls_pem_context pem;
    mbedtls_pem_init(&pem);
    std::size_t used = 0;
    const int failure = mbedtls_pem_read_buffer(&pem, begin_certificate, end_certificate,
                                                as_bytes(text).data() + at, nullptr, 0, &used);
    std::size_t size = 0;
    const auto* der = mbedtls_pem_get_buffer(&pem, &size);
    auto parsed = failure != 0
                      ? fail("a certificate's PEM is damaged: " + reason(failure) + "; export it anew")
                      : add_certificate(chain, {der, size});
    mbedtls_pem_free(&pem);
    if (!parsed) return parsed;
    at += used;
  }
  if (chain.raw.p == nullptr) return fail("there is no PEM certificate in it; give the certificate's file");
  return {};
}

constexpr const char* key_is_encrypted =
    "the private key is encrypted, and there is nobody to ask for its password; decrypt it: "
    "(umask 077; openssl pkey -in FILE -out PLAIN)";

Result<void> parse_key(mbedtls_pk_context& key, Bytes text, const std::string& password) {
  const int failure = mbedtls_pk_parse_key(&key, text.data(), text.size(),
                                           password.empty() ? nullptr : as_bytes(password).data(),
                                           password.size(), random_for_mbedtls, nullptr);
  if (failure == 0) return {};
  if (failure == MBEDTLS_ERR_PK_PASSWORD_REQUIRED) return fail(key_is_encrypted);
  if (failure == MBEDTLS_ERR_PK_PASSWORD_MISMATCH)
    return fail("the private key's password is wrong; give the one that it was encrypted with");
  return fail("there is no private key that can be read in it: " + reason(failure) + "; export it anew");
}

/// Of a file: PEM or DER. What it is instead, if it is none.
Result<void> parse_key_file(mbedtls_pk_context& key, const std::string& content,
                            const std::string& password) {
  // mbedTLS knows PEM by the terminating zero being counted, and wants DER without.
  const auto text = text_of_file(content);
  auto parsed = is_pem(text) ? parse_key(key, {as_bytes(text).data(), text.size() + 1}, password)
                             : parse_key(key, as_bytes(content), password);
  if (parsed) return parsed;
  if (kind_of_content(content) == ContentKind::encrypted_key && password.empty())
    return fail(key_is_encrypted);
  if (kind_of_content(content) == ContentKind::private_key) return parsed;
  return fail(without_key(content));
}

tl::unexpected<Error> fail_in(const std::string& file, const Error& error, const char* part) {
  return fail(file + ": " + error.message, part);
}

}  // namespace

Identity::Identity() {
  mbedtls_x509_crt_init(&chain_);
  mbedtls_pk_init(&key_);
}

Identity::~Identity() {
  mbedtls_x509_crt_free(&chain_);
  mbedtls_pk_free(&key_);
}

Result<IdentityPtr> Identity::load(const std::string& cert_file, const std::string& key_file,
                                   const std::string& password) {
  const auto certs = read_named_file(cert_file);
  if (!certs) return fail_about("cert", certs.error());
  const auto key = read_named_file(key_file);
  if (!key) return fail_about("key", key.error());

  const auto found = certificates_in(*certs);
  if (!found) return fail_in(cert_file, found.error(), "cert");
  if (found->empty()) return fail(cert_file + ": " + without_certificate(*certs), "cert");
  const std::shared_ptr<Identity> identity(new Identity);
  for (const auto& der : *found)
    if (auto parsed = add_certificate(identity->chain_, der); !parsed)
      return fail_in(cert_file, parsed.error(), "cert");
  if (auto parsed = parse_key_file(identity->key_, *key, password); !parsed)
    return fail_in(key_file, parsed.error(), "key");
  if (auto fit = identity->finish(); !fit)
    return fail_in(cert_file + " and " + key_file, fit.error(), "cert");
  return identity;
}

Result<IdentityPtr> Identity::from_pem(const std::string& certs, const std::string& key,
                                       const std::string& password) {
  const std::shared_ptr<Identity> identity(new Identity);
  if (auto parsed = parse_pem_certificates(identity->chain_, certs); !parsed)
    return tl::unexpected(parsed.error());
  if (auto parsed = parse_key(identity->key_, {as_bytes(key).data(), key.size() + 1}, password); !parsed)
    return tl::unexpected(parsed.error());
  if (auto fit = identity->finish(); !fit) return tl::unexpected(fit.error());
  return identity;
}

Result<IdentityPtr> Identity::from_der(const std::vector<Buffer>& chain, Bytes key) {
  if (chain.empty()) return fail("a chain without a certificate");
  const std::shared_ptr<Identity> identity(new Identity);
  for (const auto& certificate : chain)
    if (auto parsed = parse_or_placeholder(identity->chain_, certificate, identity->kept_); !parsed)
      return tl::unexpected(parsed.error());
  if (auto parsed = parse_key(identity->key_, key, {}); !parsed) return tl::unexpected(parsed.error());
  if (auto fit = identity->finish(); !fit) return tl::unexpected(fit.error());
  return identity;
}

Result<void> Identity::finish() {
  if (mbedtls_pk_check_pair(&chain_.pk, &key_, random_for_mbedtls, nullptr) != 0)
    return fail(
        "the private key doesn't belong to the first certificate: put the key's own certificate first");

  const auto leaf = certs::parse_certificate({chain_.raw.p, chain_.raw.len});
  if (!leaf) return fail("the first certificate can't be read: " + leaf.error().message);
  sha256_ = to_hex((*leaf)->sha256);
  names_ = alternative_names(**leaf);
  not_after_ = (*leaf)->not_after;

  // mbedTLS's server refuses the handshake with a certificate that by its usages isn't for one. That too is
  // the client's to judge: a mirrored fault must reach it.
  chain_.MBEDTLS_PRIVATE(ext_types) &= ~(MBEDTLS_X509_EXT_KEY_USAGE | MBEDTLS_X509_EXT_EXTENDED_KEY_USAGE);
  return {};
}

}  // namespace mailtap::certs
