#include "inspect/auth/channel_binding.h"

#include <algorithm>

#include <mbedtls/md.h>

#include "certs/model/certificate.h"
#include "certs/model/signature.h"

namespace mailtap::inspect::auth {

namespace {

/// RFC 5929 section 4.1: the hash of the certificate's signature, and SHA-256 where that is MD5 or SHA-1.
mbedtls_md_type_t end_point_hash(const certs::SignatureScheme& scheme) {
  switch (scheme.hash) {
    case MBEDTLS_MD_SHA384:
    case MBEDTLS_MD_SHA512:
    case MBEDTLS_MD_SHA224: return scheme.hash;
    case MBEDTLS_MD_MD5:
    case MBEDTLS_MD_SHA1:
    case MBEDTLS_MD_SHA256: return MBEDTLS_MD_SHA256;
    default: return MBEDTLS_MD_NONE;
  }
}

}  // namespace

std::optional<ChannelBindingHash> channel_binding_hash(Bytes certificate) {
  if (certificate.empty()) return std::nullopt;
  const auto parsed = certs::parse_certificate(certificate);
  if (!parsed) return std::nullopt;
  const auto* hash =
      mbedtls_md_info_from_type(end_point_hash(certs::describe_signature((*parsed)->signature_algorithm)));
  if (hash == nullptr) return std::nullopt;

  Buffer digest(mbedtls_md_get_size(hash));
  if (mbedtls_md(hash, certificate.data(), certificate.size(), digest.data()) != 0) return std::nullopt;
  return channel_binding_of(digest);
}

std::optional<ChannelBindingHash> channel_binding_of(Bytes certificate_hash) {
  constexpr std::string_view prefix = "tls-server-end-point:";
  Buffer application_data(prefix.begin(), prefix.end());
  application_data.insert(application_data.end(), certificate_hash.begin(), certificate_hash.end());

  // Address types and lengths of initiator and acceptor, all zero, then the application data with its length.
  constexpr std::size_t addresses = 16;
  Buffer bindings(addresses);
  for (unsigned shift = 0; shift < 32; shift += 8)
    bindings.push_back(static_cast<std::uint8_t>(application_data.size() >> shift));
  bindings.insert(bindings.end(), application_data.begin(), application_data.end());
  ChannelBindingHash digest{};
  if (mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_MD5), bindings.data(), bindings.size(),
                 digest.data()) != 0)
    return std::nullopt;
  return digest;
}

ChannelBinding compare(const std::optional<ChannelBindingHash>& sent, const LegCertificates& certificates) {
  if (!sent) return ChannelBinding::absent;
  const bool to_presented = sent == channel_binding_hash(certificates.presented);
  const bool to_server = sent == channel_binding_hash(certificates.server);
  if (to_presented && to_server) return ChannelBinding::both;
  if (to_presented) return ChannelBinding::presented;
  return to_server ? ChannelBinding::server : ChannelBinding::neither;
}

}  // namespace mailtap::inspect::auth
