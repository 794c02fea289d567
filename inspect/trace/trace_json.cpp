#include "inspect/trace/trace_json.h"

#include <algorithm>

#include "certs/model/pem.h"
#include "inspect/record.h"
#include "inspect/trace/capture.h"
#include "inspect/writers/connection_json.h"
#include "tls/alert.h"
#include "tls/ja3.h"
#include "tls/ja4.h"
#include "tls/names.h"

namespace mailtap::trace {

using inspect::JsonWriter;

namespace {

void write_names(JsonWriter& to, std::string_view key, const std::vector<std::uint16_t>& numbers,
                 std::string (*name)(std::uint16_t)) {
  to.open_array(key);
  for (const auto number : numbers) to.value(tls::is_grease(number) ? "GREASE" : name(number));
  to.end_array();
}

void write_client_hello(JsonWriter& to, const tls::ClientHello& hello) {
  to.start_object();
  to.member("legacy_version", tls::version_name(hello.legacy_version));
  write_names(to, "versions", hello.supported_versions, tls::version_name);
  to.member_or_null("sni", hello.sni);
  to.member("alpn", hello.alpn);
  write_names(to, "cipher_suites", hello.cipher_suites, tls::cipher_suite_name);
  write_names(to, "groups", hello.groups, tls::group_name);
  write_names(to, "key_shares", hello.key_share_groups, tls::group_name);
  write_names(to, "signature_algorithms", hello.signature_algorithms, tls::signature_algorithm_name);
  write_names(to, "extensions", hello.extensions, tls::extension_name);
  to.member("offers_resumption", hello.offers_ticket);
  const auto& types = hello.extensions;
  to.member("encrypted_client_hello",
            std::find(types.begin(), types.end(), tls::extension::encrypted_client_hello) != types.end());
  to.member("ja3", tls::ja3(hello));
  to.member("ja4", tls::ja4(hello));
  to.end_object();
}

void write_server_hello(JsonWriter& to, const tls::wire::ServerHello& hello) {
  to.start_object();
  to.member("retry_request", hello.hello_retry_request);
  to.member("version", tls::version_name(hello.version));
  to.member("cipher_suite", tls::cipher_suite_name(hello.cipher_suite));
  to.member_or_null("group", hello.group ? tls::group_name(*hello.group) : "");
  to.member_or_null("alpn", hello.alpn);
  write_names(to, "extensions", hello.extensions, tls::extension_name);
  to.member("ja4s", tls::ja4s(hello));
  to.end_object();
}

void write_event(JsonWriter& to, const HandshakeEvent& event) {
  to.start_object();
  to.member("at_us", std::int64_t{event.at.count()});
  to.member("from", event.sender == tls::Sender::client ? "client" : "server");
  to.member("kind", to_string(event.kind));
  to.member_or_null("name", name_of(event));
  to.member("size", event.size);
  to.member("encrypted", event.encrypted);
  if (event.kind == HandshakeEvent::Kind::alert) to.member("fatal", event.fatal);
  to.end_object();
}

void write_leg(JsonWriter& to, const LegTrace& leg) {
  to.start_object();
  to.open_array("client_hellos");
  for (const auto& hello : leg.handshake.client_hellos) write_client_hello(to, hello);
  to.end_array();
  to.open_array("server_hellos");
  for (const auto& hello : leg.handshake.server_hellos) write_server_hello(to, hello);
  to.end_array();
  to.open_array("events");
  for (const auto& event : leg.handshake.events) write_event(to, event);
  to.end_array();
  to.member("finished", leg.handshake.finished);
  to.member("events_cut", leg.handshake.cut);
  to.member_or_null("gave_up", leg.handshake.gave_up);
  to.open("wire_bytes");
  to.member("seen", leg.bytes_seen);
  to.member("kept", leg.bytes_kept);
  to.end_object();
  to.end_object();
}

}  // namespace

std::string_view to_string(HandshakeEvent::Kind kind) {
  switch (kind) {
    case HandshakeEvent::Kind::message: return "message";
    case HandshakeEvent::Kind::alert: return "alert";
    case HandshakeEvent::Kind::change_cipher_spec: return "change_cipher_spec";
    case HandshakeEvent::Kind::encrypted: return "encrypted";
    case HandshakeEvent::Kind::application_data: return "application_data";
  }
  return "unknown";
}

std::string name_of(const HandshakeEvent& event) {
  if (event.number < 0) return {};
  if (event.kind == HandshakeEvent::Kind::message)
    return tls::handshake_type_name(static_cast<std::uint8_t>(event.number));
  if (event.kind == HandshakeEvent::Kind::alert) return tls::alert_text(event.number);
  return {};
}

std::string to_json(const inspect::ConnectionRecord& connection, const LegTrace& downstream,
                    const LegTrace& upstream, const std::vector<Buffer>& chain) {
  JsonWriter to(connection.language);
  to.start_object();
  to.member("event", "trace");
  to.member("schema", schema_version);
  inspect::write_connection(to, connection);
  to.open("handshakes");
  to.key("downstream");
  write_leg(to, downstream);
  to.key("upstream");
  write_leg(to, upstream);
  to.end_object();
  to.open_array("pem");
  for (const auto& der : chain) to.value(certs::to_pem(der, "CERTIFICATE"));
  to.end_array();
  to.end_object();
  return to.text();
}

}  // namespace mailtap::trace
