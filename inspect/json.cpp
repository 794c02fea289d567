// The JSON line of docs/log.md. Every key is always there: null stands for what wasn't reached or agreed on.
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "inspect/printable.h"
#include "inspect/record.h"

namespace mailtap::inspect {

namespace {

class JsonLine {
 public:
  std::string write(const Connection& connection);

 private:
  /// `own` writes what only that side has.
  template <class Own>
  void leg(const Leg& leg, std::string_view name_key, Own own);
  void verdict(const Connection& connection);
  void findings(const certs::Verdict& verdict);
  void chain(const std::vector<certs::CertificateSummary>& chain);
  void timing(const Connection& connection);

  void key(std::string_view name) { writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size())); }

  void text(std::string_view value) {
    if (is_plain(value)) {
      writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    } else {
      const auto cleaned = valid_utf8(value);
      writer_.String(cleaned.data(), static_cast<rapidjson::SizeType>(cleaned.size()));
    }
  }
  void text_or_null(std::string_view value) {
    value.empty() ? static_cast<void>(writer_.Null()) : text(value);
  }

  void member(std::string_view name, const char* value) { member(name, std::string_view(value)); }
  void member(std::string_view name, std::string_view value) {
    key(name);
    text(value);
  }
  void member_or_null(std::string_view name, std::string_view value) {
    key(name);
    text_or_null(value);
  }
  void member(std::string_view name, const std::vector<std::string>& values) {
    key(name);
    writer_.StartArray();
    for (const auto& value : values) text(value);
    writer_.EndArray();
  }
  void member(std::string_view name, std::uint64_t value) {
    key(name);
    writer_.Uint64(value);
  }
  void duration(std::string_view name, Microseconds value) {
    key(name);
    if (value.count() < 0)
      writer_.Null();
    else
      writer_.Int64(value.count());
  }
  void open(std::string_view name) {
    key(name);
    writer_.StartObject();
  }

  rapidjson::StringBuffer buffer_{nullptr, 4096};
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

template <class Own>
void JsonLine::leg(const Leg& leg, std::string_view name_key, Own own) {
  writer_.StartObject();
  member_or_null("address", leg.address);
  member_or_null(name_key, leg.name);
  member_or_null("tls", leg.tls);
  member_or_null("cipher", leg.cipher);
  member_or_null("group", leg.group);
  key("resumed");
  writer_.Bool(leg.resumed);
  own();
  member_or_null("alpn", leg.alpn);
  writer_.EndObject();
}

std::string JsonLine::write(const Connection& connection) {
  writer_.StartObject();
  member("event", "connection");
  member("time", to_rfc3339_milliseconds(connection.time));
  member("id", connection.id);
  member("route", connection.route);
  key("downstream");
  leg(connection.downstream, "sni", [&] { member_or_null("ja4", connection.ja4); });
  key("upstream");
  leg(connection.upstream, "name", [&] { member_or_null("configured", connection.upstream_configured); });
  verdict(connection);
  open("presented");
  member_or_null("mode", connection.presented_mode);
  member_or_null("sha256", connection.presented_sha256);
  writer_.EndObject();
  timing(connection);
  open("bytes");
  member("to_upstream", connection.bytes_to_upstream);
  member("to_downstream", connection.bytes_to_downstream);
  writer_.EndObject();
  open("ending");
  member("reason", to_string(connection.ending.reason));
  member("side", to_string(connection.ending.side));
  member_or_null("detail", connection.ending.detail);
  writer_.EndObject();
  writer_.EndObject();
  return {buffer_.GetString(), buffer_.GetSize()};
}

void JsonLine::verdict(const Connection& connection) {
  key("verdict");
  if (connection.verdict == nullptr) {
    writer_.Null();
    key("chain");
    writer_.StartArray();
    writer_.EndArray();
    return;
  }
  const auto& verdict = *connection.verdict;
  writer_.StartObject();
  member("trust", verdict.trusted() ? "trusted" : "untrusted");
  key("faults");
  writer_.StartArray();
  for (const auto fault : distinct_faults(verdict)) text(certs::to_string(fault));
  writer_.EndArray();
  member("name", verdict.name_matches ? "match" : "mismatch");
  member_or_null("name_checked", verdict.name_checked);
  member("names", verdict.names);
  member("kind", certs::to_string(verdict.kind));
  key("causes");
  writer_.StartArray();
  for (const int cause : verdict.causes) writer_.Int(cause);
  writer_.EndArray();
  open("dotnet");
  member("policy_errors", verdict.dotnet.policy_errors);
  member("chain_status", verdict.dotnet.chain_status);
  member_or_null("exception", verdict.dotnet.exception);
  writer_.EndObject();
  member_or_null("advice", verdict.advice);
  member("source", to_string(connection.verdict_source));
  findings(verdict);
  key("legacy_cn_match");
  writer_.Bool(verdict.legacy_cn_match);
  member_or_null("template", verdict.template_name);
  member("lints", verdict.lints);
  member_or_null("spki_sha256", verdict.spki_sha256);
  key("days_left");
  writer_.Int64(verdict.days_left);
  writer_.EndObject();
  chain(verdict.chain);
}

void JsonLine::findings(const certs::Verdict& verdict) {
  key("findings");
  writer_.StartArray();
  for (const auto& finding : verdict.findings) {
    writer_.StartObject();
    member("fault", certs::to_string(finding.fault));
    member("position", static_cast<std::uint64_t>(finding.position));
    member("detail", finding.detail);
    writer_.EndObject();
  }
  writer_.EndArray();
}

void JsonLine::chain(const std::vector<certs::CertificateSummary>& chain) {
  key("chain");
  writer_.StartArray();
  for (const auto& certificate : chain) {
    writer_.StartObject();
    member("subject", certificate.subject);
    member("issuer", certificate.issuer);
    member("serial", certificate.serial);
    member("not_before", to_rfc3339(certificate.not_before));
    member("not_after", to_rfc3339(certificate.not_after));
    member("key", certificate.key);
    member("signature", certificate.signature);
    member("sha256", certificate.sha256);
    member("names", certificate.names);
    writer_.EndObject();
  }
  writer_.EndArray();
}

void JsonLine::timing(const Connection& connection) {
  open("timing_us");
  duration("connect", connection.connect);
  duration("upstream_handshake", connection.upstream_handshake);
  duration("downstream_handshake", connection.downstream_handshake);
  duration("total", connection.total);
  writer_.EndObject();
}

}  // namespace

std::string to_json(const Connection& connection) {
  return JsonLine().write(connection);
}

}  // namespace mailtap::inspect
