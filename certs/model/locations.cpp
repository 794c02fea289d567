#include "certs/model/locations.h"

#include "certs/asn1/der.h"
#include "certs/asn1/oids.h"

namespace mailtap::certs {

namespace {

using namespace std::string_view_literals;

constexpr std::uint8_t uri = der::context(6);  // GeneralName's uniformResourceIdentifier

bool is_http(std::string_view url) {
  constexpr auto http = "http://"sv;
  return equal_ignoring_case(url.substr(0, http.size()), http);
}

/// The http URLs of a DistributionPoint's fullName.
void add_point(std::vector<std::string>& urls, Bytes point) {
  der::Reader fields(point);
  const auto name = fields.next(der::context_constructed(0));
  if (!name || !fields.done()) return;  // reasons or cRLIssuer follow
  const auto full_name = der::only(name->value, der::context_constructed(0));
  der::Reader names(full_name ? full_name->value : Bytes{});
  while (const auto one = names.next())
    if (one->tag == uri && is_http(as_text(one->value))) urls.emplace_back(as_text(one->value));
}

/// Every URI of it.
void add_locations(std::vector<std::string>& urls, Bytes point) {
  der::Reader fields(point);
  const auto name = fields.next(der::context_constructed(0));
  const auto full_name = name ? der::only(name->value, der::context_constructed(0)) : std::nullopt;
  der::Reader names(full_name ? full_name->value : Bytes{});
  while (const auto one = names.next())
    if (one->tag == uri) urls.emplace_back(as_text(one->value));
}

/// The http URLs of an AccessDescription of that method.
std::vector<std::string> access_urls(Bytes value, std::string_view wanted) {
  std::vector<std::string> urls;
  const auto list = der::only(value, der::tag_sequence);
  if (!list) return urls;
  der::Reader descriptions(list->value);
  while (const auto description = descriptions.next(der::tag_sequence)) {
    der::Reader parts(description->value);
    const auto method = parts.next(der::tag_oid);
    const auto location = parts.next(uri);
    if (method && location && oid::is(method->value, wanted) && is_http(as_text(location->value)))
      urls.emplace_back(as_text(location->value));
  }
  return urls;
}

}  // namespace

std::vector<std::string> issuer_urls_of_extension(Bytes value) {
  return access_urls(value, oid::ca_issuers);
}

std::vector<std::string> list_urls_of_extension(Bytes value) {
  std::vector<std::string> urls;
  const auto list = der::only(value, der::tag_sequence);
  if (!list) return urls;
  der::Reader points(list->value);
  while (const auto point = points.next(der::tag_sequence)) add_point(urls, point->value);
  return urls;
}

std::vector<std::string> issuer_urls(const Certificate& certificate) {
  const auto* access = certificate.find(oid::authority_info_access);
  return access == nullptr ? std::vector<std::string>{} : issuer_urls_of_extension(access->value);
}

std::vector<std::string> responder_urls(const Certificate& certificate) {
  const auto* access = certificate.find(oid::authority_info_access);
  return access == nullptr ? std::vector<std::string>{} : access_urls(access->value, oid::ocsp);
}

std::vector<std::string> list_urls(const Certificate& certificate) {
  const auto* points = certificate.find(oid::crl_distribution_points);
  return points == nullptr ? std::vector<std::string>{} : list_urls_of_extension(points->value);
}

std::vector<std::string> list_locations(const Certificate& certificate) {
  std::vector<std::string> urls;
  const auto* extension = certificate.find(oid::crl_distribution_points);
  const auto list = extension == nullptr ? std::nullopt : der::only(extension->value, der::tag_sequence);
  der::Reader points(list ? list->value : Bytes{});
  while (const auto point = points.next(der::tag_sequence)) add_locations(urls, point->value);
  return urls;
}

bool is_well_formed_access(Bytes value) {
  const auto sequence = der::only(value, der::tag_sequence);
  if (!sequence || sequence->value.empty()) return false;
  der::Reader descriptions(sequence->value);
  while (!descriptions.done()) {
    const auto description = descriptions.next(der::tag_sequence);
    der::Reader parts(description ? description->value : Bytes{});
    const auto method = parts.next(der::tag_oid);
    const auto location = parts.next();
    if (!method || !location || !parts.done() || !parse_general_name(*location)) return false;
  }
  return true;
}

}  // namespace mailtap::certs
