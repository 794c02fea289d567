// The JSON line of docs/log.md. Every key is always there: null stands for what wasn't reached or agreed on.
#include "inspect/writers/connection_json.h"

#include "certs/system/system_verdict.h"
#include "inspect/record.h"
#include "inspect/writers/direct_json.h"
#include "inspect/writers/exchange_json.h"
#include "inspect/writers/looked_up_json.h"
#include "inspect/writers/verdict_json.h"
#include "inspect/writers/windows_json.h"
#include "tls/alert.h"
#include "tls/names.h"

namespace mailtap::inspect {

namespace {

/// `own` writes what only that side has.
template <class Own>
void write_leg(JsonWriter& to, const Leg& leg, std::string_view name_key, Own own) {
  to.start_object();
  to.member_or_null("address", leg.address);
  to.member_or_null(name_key, leg.name);
  const auto agreed = tls::names_of(leg.version, leg.cipher_suite, leg.group);
  to.member_or_null("tls", agreed.version);
  to.member_or_null("cipher", agreed.cipher_suite);
  to.member_or_null("group", agreed.group);
  to.member("resumed", leg.resumed);
  own();
  to.member_or_null("alpn", leg.alpn);
  to.end_object();
}

void write_duration(JsonWriter& to, std::string_view name, Microseconds value) {
  if (value.count() < 0)
    to.null(name);
  else
    to.member(name, std::int64_t{value.count()});
}

void write_timing(JsonWriter& to, const ConnectionRecord& connection) {
  to.open("timing_us");
  write_duration(to, "connect", connection.connect);
  write_duration(to, "plaintext", connection.plaintext);
  write_duration(to, "upstream_handshake", connection.upstream_handshake);
  write_duration(to, "downstream_handshake", connection.downstream_handshake);
  write_duration(to, "total", connection.total);
  to.end_object();
}

void write_presented(JsonWriter& to, const ConnectionRecord& connection) {
  to.open("presented");
  to.member_or_null("mode", connection.presented_mode);
  to.member_or_null("sha256", connection.presented_sha256);
  to.sentences("not_repeated", connection.not_repeated);
  to.end_object();
}

void write_policy(JsonWriter& to, const ConnectionRecord& connection) {
  to.open("policy");
  to.member_or_null("decided_by", connection.decided_by);
  to.member("unprotected", connection.unprotected);
  to.end_object();
}

void write_difference(JsonWriter& to, DifferenceKind kind, const std::vector<std::string>& values) {
  to.start_object();
  to.member("kind", to_string(kind));
  to.member("values", values);
  to.end_object();
}

void write_differences(JsonWriter& to, const ConnectionRecord& connection) {
  to.open_array("differences");
  if (!connection.own_hello.empty())
    write_difference(to, DifferenceKind::hello, {std::string(connection.own_hello)});
  if (connection.hello_differences)
    for (const auto& each : *connection.hello_differences) write_difference(to, each.kind, each.values);
  for (const auto& each : connection.differences) write_difference(to, each.kind, each.values);
  to.end_array();
}

void write_reaction(JsonWriter& to, const Reaction& reaction) {
  if (reaction.kind == ReactionKind::unknown) return to.null("reaction");
  to.open("reaction");
  to.member("kind", reaction.kind);
  if (reaction.alert) {
    to.member("alert", *reaction.alert);
    to.member_or_null("alert_name", tls::alert_name(*reaction.alert));
    to.sentence_or_null("meaning", tls::alert_meaning(*reaction.alert));
  } else {
    for (const auto* name : {"alert", "alert_name", "meaning"}) to.null(name);
  }
  to.sentence_or_null("advice", reaction.advice);
  to.end_object();
}

void write_client_certificates(JsonWriter& to, const ClientCertificates& certificates) {
  to.open("client_certificate");
  to.member("asked_by_server", certificates.asked_by_server);
  to.member_or_null("shown_sha256", certificates.shown_sha256);
  to.member("asked_of_client", certificates.asked_of_client);
  to.open_array("chain");
  for (const auto& certificate : certificates.of_client) write_certificate(to, certificate);
  to.end_array();
  if (!certificates.lints.empty()) to.sentences("lints", certificates.lints);
  to.end_object();
}

void write_starttls(JsonWriter& to, const std::optional<PlaintextStart>& starttls) {
  if (!starttls) return to.null("starttls");
  to.open("starttls");
  to.member_or_null("protocol", starttls->protocol);
  starttls->offered ? to.member("offered", *starttls->offered) : to.null("offered");
  to.member("outcome", starttls->outcome);
  to.member("authentication", starttls->authentication);
  to.member("plaintext", starttls->relayed);
  to.end_object();
}

}  // namespace

void write_connection(JsonWriter& to, const ConnectionRecord& connection) {
  to.member("time", to_rfc3339_milliseconds(connection.time));
  to.member("id", connection.id);
  to.member("route", connection.route);
  to.open("arrival");
  to.member("way", connection.arrival.way);
  to.member_or_null("proxy", connection.arrival.proxy);
  to.end_object();
  to.member("mode", connection.mode);
  to.key("downstream");
  write_leg(to, connection.downstream, "sni", [&] { to.member_or_null("ja4", connection.ja4); });
  to.key("upstream");
  write_leg(to, connection.upstream, "name", [&] {
    to.member_or_null("configured", connection.upstream_configured);
    to.member_or_null("ja4", connection.upstream_ja4);
  });
  write_starttls(to, connection.starttls);
  write_verdict(to, connection.verdict.get(), connection.verdict_source);
  if (connection.windows) {
    const auto& answer = connection.windows->verdict;
    write_windows(to, answer ? &*answer : nullptr, connection.verdict.get());
  }
  write_looked_up(to, connection.looked_up);
  to.member("lookup_pending", connection.lookup_pending);
  write_presented(to, connection);
  write_policy(to, connection);
  connection.direct ? write_direct(to, "direct", *connection.direct) : to.null("direct");
  write_differences(to, connection);
  write_reaction(to, connection.reaction);
  write_client_certificates(to, connection.client_certificates);
  write_timing(to, connection);
  to.open("bytes");
  to.member("to_upstream", connection.bytes_to_upstream);
  to.member("to_downstream", connection.bytes_to_downstream);
  to.end_object();
  write_traffic(to, connection.traffic);
  to.sentence_or_null("undecoded", connection.undecoded);
  to.open("ending");
  to.member("reason", connection.ending.reason);
  to.member("side", connection.ending.side);
  to.sentence_or_null("detail", connection.ending.detail);
  to.end_object();
}

std::string to_json(const ConnectionRecord& connection) {
  JsonWriter to(connection.language);
  to.start_object();
  to.member("event", "connection");
  write_connection(to, connection);
  to.end_object();
  return to.text();
}

}  // namespace mailtap::inspect
