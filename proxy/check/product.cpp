#include "proxy/check/product.h"

#include <algorithm>
#include <array>
#include <utility>

#include "certs/verify/verdict.h"
#include "proxy/http/message.h"

namespace mailtap::check {

namespace {

using certs::Service;

/// Fields of Exchange's client access (Microsoft, [MS-OXCMAPIHTTP] and Exchange's own pages).
constexpr std::array exchange_fields{"X-FEServer", "X-OWA-Version", "X-CalculatedBETarget"};

}  // namespace

certs::Service service_of(const Target& target) {
  constexpr std::array<std::pair<std::string_view, Service>, 8> schemes{{{"https", Service::web},
                                                                         {"smtps", Service::smtp},
                                                                         {"smtp", Service::smtp},
                                                                         {"imaps", Service::imap},
                                                                         {"imap", Service::imap},
                                                                         {"pop3s", Service::pop3},
                                                                         {"pop3", Service::pop3},
                                                                         {"ldaps", Service::ldap}}};
  for (const auto& [scheme, service] : schemes)
    if (target.scheme == scheme) return service;
  return certs::service_at(target.endpoint.port,
                           target.starttls == Starttls::none ? "" : to_string(target.starttls));
}

std::optional<probe::ProbeRequest::Words> words_for(const Report& report) {
  if (!report.greeting.empty()) return std::nullopt;
  switch (service_of(report.target)) {
    case Service::web: {
      const auto& host = report.name.empty() ? report.target.endpoint.host : report.name;
      return probe::ProbeRequest::Words{
          "HEAD / HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: mailtap\r\nConnection: close\r\n\r\n",
          "\r\n\r\n"};
    }
    case Service::smtp:
    case Service::imap:
    case Service::pop3: return probe::ProbeRequest::Words{"", "\n"};
    default: return std::nullopt;
  }
}

void note_said(std::string_view said, Report& report) {
  if (service_of(report.target) != Service::web) {
    constexpr std::size_t longest = 200;
    report.greeting = said.substr(0, std::min(said.find_first_of("\r\n"), longest));
    return;
  }
  using http::MessageReader;
  MessageReader reader(MessageReader::Kind::response, MessageReader::Until::head, {probe::max_said, 0});
  if (reader.feed(as_bytes(said)) != MessageReader::State::complete) return;
  if (const auto* server = reader.head().find("Server")) report.http_server = *server;
  report.has_exchange_field =
      std::any_of(exchange_fields.begin(), exchange_fields.end(),
                  [&](const char* name) { return reader.head().find(name) != nullptr; });
}

certs::Product product_of(const Report& report) {
  certs::Evidence evidence;
  evidence.greeting = report.greeting;
  evidence.http_server = report.http_server;
  evidence.has_exchange_field = report.has_exchange_field;
  if (report.verdict) evidence.template_name = report.verdict->template_name;
  return certs::product_of(service_of(report.target), evidence);
}

}  // namespace mailtap::check
