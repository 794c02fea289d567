#include "proxy/check/aia.h"

#include <algorithm>

#include "certs/certificate.h"
#include "certs/der.h"
#include "certs/oids.h"
#include "config/base/text.h"
#include "proxy/check/target.h"

namespace mailtap::check {

namespace {

using namespace std::string_view_literals;

constexpr auto ca_issuers = "\x2b\x06\x01\x05\x05\x07\x30\x02"sv;  // 1.3.6.1.5.5.7.48.2
constexpr std::uint8_t uri = certs::der::context(6);               // GeneralName's uniformResourceIdentifier
constexpr std::string_view http = "http://";

bool is_http(std::string_view url) {
  return equal_ignoring_case(url.substr(0, http.size()), http);
}

}  // namespace

std::vector<std::string> issuer_urls_of_extension(Bytes value) {
  std::vector<std::string> urls;
  const auto list = certs::der::only(value, certs::der::sequence);
  if (!list) return urls;
  certs::der::Reader descriptions(list->value);
  while (const auto description = descriptions.next(certs::der::sequence)) {
    certs::der::Reader parts(description->value);
    const auto method = parts.next(certs::der::oid);
    const auto location = parts.next(uri);
    if (method && location && as_text(method->value) == ca_issuers && is_http(as_text(location->value)))
      urls.emplace_back(as_text(location->value));
  }
  return urls;
}

std::vector<std::string> issuer_urls(Bytes certificate) {
  const auto parsed = certs::parse_certificate(Buffer(certificate.begin(), certificate.end()));
  if (!parsed) return {};
  const auto& extensions = (*parsed)->extensions;
  const auto found =
      std::find_if(extensions.begin(), extensions.end(), [](const certs::Extension& extension) {
        return as_text(extension.oid) == certs::oid::authority_info_access;
      });
  return found == extensions.end() ? std::vector<std::string>{} : issuer_urls_of_extension(found->value);
}

Result<HttpUrl> parse_http_url(std::string_view url) {
  if (!is_http(url)) return fail("it is no http:// URL");
  const bool plain = std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7F'; });
  if (!plain) return fail("it has characters that no URL may have");
  const auto rest = url.substr(http.size());
  const auto end = std::min(rest.find_first_of("/?#"), rest.size());
  const auto authority = rest.substr(0, end);
  auto endpoint = parse_server(authority, 80);
  if (!endpoint) return tl::unexpected(endpoint.error());
  auto path = std::string(rest.substr(end, rest.find('#') - end));
  if (!path.starts_with('/')) path.insert(0, "/");
  return HttpUrl{std::move(*endpoint), std::string(authority), std::move(path)};
}

}  // namespace mailtap::check
