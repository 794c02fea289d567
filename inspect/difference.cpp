#include "inspect/difference.h"

#include <algorithm>
#include <string>
#include <utility>

#include "inspect/record.h"
#include "tls/names.h"
#include "tls/offer/compare.h"

namespace mailtap::inspect {

namespace {

using Kind = DifferenceKind;

void add_named(Differences& to, Kind kind, const std::vector<std::uint16_t>& numbers,
               std::string (*name)(std::uint16_t)) {
  if (numbers.empty()) return;
  Difference difference{kind, {}};
  const auto listed = std::min(numbers.size(), max_difference_values);
  for (std::size_t i = 0; i < listed; ++i) difference.values.push_back(name(numbers[i]));
  if (numbers.size() > listed) difference.values.push_back("+" + std::to_string(numbers.size() - listed));
  to.push_back(std::move(difference));
}

}  // namespace

std::string_view to_string(DifferenceKind kind) {
  switch (kind) {
    case Kind::versions: return "versions";
    case Kind::ciphers: return "ciphers";
    case Kind::groups: return "groups";
    case Kind::signature_algorithms: return "signature-algorithms";
    case Kind::extensions: return "extensions";
    case Kind::alpn: return "alpn";
    case Kind::hello: return "hello";
    case Kind::tls: return "tls";
    case Kind::cipher: return "cipher";
    case Kind::group: return "group";
    case Kind::resumption: return "resumption";
    case Kind::early_data: return "early-data";
    case Kind::certificate: return "certificate";
    case Kind::channel_binding: return "channel-binding";
    case Kind::client_certificate: return "client-certificate";
  }
  return {};
}

Differences differences_of(const tls::ClientHello& client, const tls::ClientHello& upstream) {
  auto missing = tls::offer::left_out(client, upstream);
  Differences result;
  add_named(result, Kind::versions, missing.versions, tls::version_name);
  add_named(result, Kind::ciphers, missing.cipher_suites, tls::cipher_suite_name);
  add_named(result, Kind::groups, missing.groups, tls::group_name);
  add_named(result, Kind::signature_algorithms, missing.signature_algorithms, tls::signature_algorithm_name);
  add_named(result, Kind::extensions, missing.extensions, tls::extension_name);
  if (!missing.alpn.empty()) result.push_back({Kind::alpn, std::move(missing.alpn)});
  return result;
}

Differences differences_of(const ConnectionRecord& record, const std::string& server_sha256,
                           bool offered_early_data) {
  Differences result;
  const auto& client = record.downstream;
  const auto& server = record.upstream;
  if (client.version == tls::Version::none || server.version == tls::Version::none) return result;
  const auto differ = [&](Kind kind, std::string ours, std::string theirs) {
    if (ours != theirs) result.push_back({kind, {std::move(ours), std::move(theirs)}});
  };
  if (client.version != server.version)
    differ(Kind::tls, tls::version_name(client.version), tls::version_name(server.version));
  if (client.cipher_suite != server.cipher_suite)
    differ(Kind::cipher, tls::cipher_suite_name(client.cipher_suite),
           tls::cipher_suite_name(server.cipher_suite));
  if (client.group != server.group && client.group != tls::Group::none && server.group != tls::Group::none)
    differ(Kind::group, tls::group_name(client.group), tls::group_name(server.group));
  if (client.resumed || server.resumed)
    result.push_back(
        {Kind::resumption, {client.resumed ? "resumed" : "full", server.resumed ? "resumed" : "full"}});
  if (offered_early_data) result.push_back({Kind::early_data, {}});
  const bool is_other_certificate =
      !record.presented_sha256.empty() && !server_sha256.empty() && record.presented_sha256 != server_sha256;
  if (is_other_certificate) differ(Kind::certificate, record.presented_sha256, server_sha256);
  // tls-unique and tls-exporter are a handshake's own; tls-server-end-point is the certificate's.
  std::vector<std::string> bindings{client.version >= tls::Version::tls13 ? "tls-exporter" : "tls-unique"};
  if (is_other_certificate) bindings.emplace_back("tls-server-end-point");
  result.push_back({Kind::channel_binding, std::move(bindings)});
  if (record.client_certificates.asked_by_server) result.push_back({Kind::client_certificate, {}});
  return result;
}

}  // namespace mailtap::inspect
