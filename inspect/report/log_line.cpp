#include "inspect/report/log_line.h"

#include "config/base/json_reader.h"

namespace mailtap::report {

namespace {

using json::at;
using json::number;
using json::text;
using json::Value;

constexpr rapidjson::SizeType most_elements = 256;

std::optional<Time> time(const Value& in, const char* name) {
  const auto parsed = from_rfc3339(text(in, name));
  return parsed ? std::optional(*parsed) : std::nullopt;
}

/// "192.0.2.7:51234", "[2001:db8::1]:51234"
std::string without_port(const std::string& address) {
  return address.substr(0, address.rfind(':'));
}

/// Findings of a connection are objects, of an exchange words.
std::vector<std::string> findings_of(const Value& array) {
  std::vector<std::string> findings;
  json::each(array, most_elements, [&](const Value& each) {
    auto name = each.IsString() ? json::text_of(each) : text(each, "finding");
    if (!name.empty()) findings.push_back(std::move(name));
  });
  return findings;
}

void read_certificate(const Value& line, ConnectionLine& to) {
  const auto& left = at(at(line, "verdict"), "days_left");
  if (left.IsInt()) to.days_left = left.GetInt();
  const auto& chain = at(line, "chain");
  if (!chain.IsArray() || chain.Empty()) return;
  to.certificate = text(chain[0], "sha256");
  to.subject = text(chain[0], "subject");
  const auto begin = time(chain[0], "not_before"), end = time(chain[0], "not_after");
  if (begin && end && *begin < *end)
    to.life_days =
        static_cast<long>(std::chrono::duration_cast<std::chrono::hours>(*end - *begin).count() / 24);
}

Result<LogLine> connection_of(const Value& line) {
  ConnectionLine connection;
  const auto when = time(line, "time");
  if (!when) return tl::unexpected(Error{"a connection without a time"});
  connection.time = *when;
  connection.id = number(line, "id");
  connection.route = text(line, "route");
  const auto& downstream = at(line, "downstream");
  const auto& upstream = at(line, "upstream");
  connection.client = without_port(text(downstream, "address"));
  connection.server = text(upstream, "configured");
  if (connection.server.empty()) connection.server = text(upstream, "address");
  connection.client_tls = text(downstream, "tls");
  connection.client_group = text(downstream, "group");
  connection.server_tls = text(upstream, "tls");
  const auto& traffic = at(line, "traffic");
  if (const auto& services = at(traffic, "services"); services.IsObject())
    for (const auto& [name, count] : services.GetObject())
      if (connection.services.size() < most_elements)
        connection.services.emplace_back(name.GetString(), name.GetStringLength());
  connection.findings = findings_of(at(traffic, "findings"));
  read_certificate(line, connection);
  return connection;
}

ExchangeLine exchange_of(const Value& line) {
  ExchangeLine exchange;
  exchange.id = number(line, "id");
  exchange.service = text(line, "service");
  const auto& authentication = at(line, "authentication");
  exchange.scheme = text(authentication, "scheme");
  const auto& ntlm = at(authentication, "ntlm");
  exchange.is_ntlm = exchange.scheme == "ntlm" || ntlm.IsObject();
  exchange.user = text(ntlm, "user");
  if (exchange.user.empty()) exchange.user = text(at(line, "mail"), "user");
  exchange.findings = findings_of(at(line, "findings"));
  return exchange;
}

}  // namespace

Result<LogLine> parse_line(std::string_view line) {
  if (line.size() > longest_line) return tl::unexpected(Error{"a line of more than 1 MiB"});
  if (line.empty() || line.front() != '{')
    return tl::unexpected(Error{"no JSON; the report reads what --log-format json writes"});
  rapidjson::Document document;
  if (!json::parse_object(document, line))
    return tl::unexpected(Error{"no JSON object, or one that was cut off"});
  const auto event = text(document, "event");
  if (event.empty()) return tl::unexpected(Error{"no line of mailtap's log: it has no event"});
  if (event == "connection") return connection_of(document);
  if (event == "exchange") return exchange_of(document);
  return OtherLine{event == "lost" ? number(document, "lines") : 0};
}

}  // namespace mailtap::report
