#include "tls/handshake_observer.h"

#include "tls/names.h"
#include "tls/numbers.h"

namespace mailtap::tls {

void HandshakeObserver::see(Sender sender, Bytes bytes) {
  auto& side = sender == Sender::client ? client_ : server_;
  if (side.over) return;
  side.records.append(bytes);
  while (!side.over) {
    const auto record = side.records.next();
    if (!record) side.over = true;
    if (!record || !*record) return;
    take(sender, side, **record);
  }
}

void HandshakeObserver::take(Sender sender, Side& side, const wire::Record& record) {
  switch (record.type) {
    case wire::handshake: take_messages(sender, side, record.fragment); break;
    case wire::alert:
      if (record.fragment.size() == 2 && record.fragment[0] == alert_level::fatal)
        side.alert = record.fragment[1];
      break;
    case wire::change_cipher_spec:
      // In TLS 1.3 it means nothing (RFC 8446 appendix D.4), and a ServerHello may follow.
      if (version_ == 0 || version_ == version::tls13) break;
      if (sender == Sender::server) resumed_ = !full_handshake_;
      side.over = true;
      break;
    case wire::application_data:
      // Early data, which is skipped until the server has said whether it takes it (RFC 8446 section 4.2.10).
      if (sender == Sender::client && version_ == 0) break;
      side.over = true;
      break;
    default: side.over = true;
  }
}

void HandshakeObserver::take_messages(Sender sender, Side& side, Bytes fragment) {
  side.messages.append(fragment);
  for (;;) {
    const auto message = side.messages.next();
    if (!message) side.over = true;
    if (!message || !*message) return;
    take_message(sender, **message);
  }
}

void HandshakeObserver::take_message(Sender sender, const wire::HandshakeMessage& message) {
  if (sender == Sender::client) {
    if (message.type != wire::client_hello) return;
    if (const auto hello = parse_client_hello_message(message.body))
      offered_version_ = hello->highest_version();
    if (on_client_hello_) on_client_hello_(message.body);
    return;
  }
  if (message.type == wire::server_hello) take_server_hello(message.body);
  if (message.type == wire::server_key_exchange &&
      cipher_suite_name(cipher_suite_).find("_ECDHE_") != std::string::npos)
    group_ = wire::parse_server_key_exchange_group(message.body);
  if (message.type == wire::server_hello_done) full_handshake_ = true;
}

void HandshakeObserver::take_server_hello(Bytes body) {
  const auto hello = wire::parse_server_hello(body);
  if (!hello || hello->hello_retry_request) return;
  version_ = hello->version;
  cipher_suite_ = hello->cipher_suite;
  group_ = hello->group;
  resumed_ = hello->has_psk;
}

}  // namespace mailtap::tls
