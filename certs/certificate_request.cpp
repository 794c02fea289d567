#include "certs/certificate_request.h"

#include <array>
#include <cstring>

#include <arpa/inet.h>
#include <mbedtls/oid.h>
#include <mbedtls/x509_csr.h>

#include "certs/builder.h"
#include "certs/der_writer.h"
#include "certs/pem.h"

namespace mailtap::certs::making {

namespace {

class Parsed {
 public:
  explicit Parsed(Bytes der) {
    mbedtls_x509_csr_init(&csr_);
    code_ = mbedtls_x509_csr_parse_der(&csr_, der.data(), der.size());
  }
  ~Parsed() { mbedtls_x509_csr_free(&csr_); }
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;
  int code() const { return code_; }
  mbedtls_x509_csr& get() { return csr_; }

 private:
  mbedtls_x509_csr csr_;
  int code_;
};

Result<Buffer> to_der(const std::string& content) {
  const bool is_der = !content.empty() && static_cast<std::uint8_t>(content.front()) == der::tag_sequence;
  if (is_der) return Buffer(content.begin(), content.end());
  // certreq and IIS write "NEW CERTIFICATE REQUEST".
  for (const auto* label : {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"}) {
    auto blocks = from_pem(content, label);
    if (!blocks) return tl::unexpected(blocks.error());
    if (!blocks->empty()) return std::move(blocks->front());
  }
  return fail("holds no certificate request, neither PEM nor DER");
}

bool is_signed_by_its_key(mbedtls_x509_csr& csr) {
  const auto hash = csr.MBEDTLS_PRIVATE(sig_md);
  const auto* info = mbedtls_md_info_from_type(hash);
  std::array<unsigned char, MBEDTLS_MD_MAX_SIZE> digest{};
  const auto& signature = csr.MBEDTLS_PRIVATE(sig);
  return info != nullptr && mbedtls_md(info, csr.cri.p, csr.cri.len, digest.data()) == 0 &&
         mbedtls_pk_verify_ext(csr.MBEDTLS_PRIVATE(sig_pk), csr.MBEDTLS_PRIVATE(sig_opts), &csr.pk, hash,
                               digest.data(), mbedtls_md_get_size(info), signature.p, signature.len) == 0;
}

std::vector<std::string> names_of(const mbedtls_x509_csr& csr) {
  std::vector<std::string> names;
  for (const auto* entry = &csr.subject_alt_names; entry != nullptr; entry = entry->next) {
    const auto kind = entry->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK;
    const Bytes value(entry->buf.p, entry->buf.len);
    std::array<char, INET6_ADDRSTRLEN> address{};
    if (kind == MBEDTLS_X509_SAN_DNS_NAME && !value.empty()) names.emplace_back(as_text(value));
    if (kind == MBEDTLS_X509_SAN_IP_ADDRESS && (value.size() == 4 || value.size() == 16))
      names.emplace_back(
          inet_ntop(value.size() == 4 ? AF_INET : AF_INET6, value.data(), address.data(), address.size()));
  }
  if (!names.empty()) return names;
  for (const auto* attribute = &csr.subject; attribute != nullptr; attribute = attribute->next) {
    if (attribute->oid.p == nullptr || MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &attribute->oid) != 0) continue;
    std::string name(as_text({attribute->val.p, attribute->val.len}));
    if (check_name(name)) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

Result<CertificateRequest> parse_certificate_request(const std::string& content, const std::string& origin) {
  const auto der = to_der(content);
  if (!der) return fail(origin + ": " + der.error().message);
  Parsed parsed(*der);
  if (parsed.code() != 0)
    return fail(origin + ": the certificate request can't be read: " + mbedtls_error(parsed.code()));
  auto& csr = parsed.get();
  const auto type = type_of(csr.pk);
  if (!type) return fail(origin + ": the certificate request is for " + type.error().message);
  if (!is_signed_by_its_key(csr))
    return fail(origin + ": the certificate request isn't signed by the key that it is for; make it again");

  CertificateRequest request;
  request.subject.assign(csr.subject_raw.p, csr.subject_raw.p + csr.subject_raw.len);
  Buffer key(8192);
  const int size = mbedtls_pk_write_pubkey_der(&csr.pk, key.data(), key.size());
  if (size < 0) return fail(origin + ": its public key can't be encoded: " + mbedtls_error(size));
  request.public_key.assign(key.end() - size, key.end());  // mbedTLS writes at the buffer's end
  request.key_type = *type;
  request.names = names_of(csr);
  return request;
}

}  // namespace mailtap::certs::making
