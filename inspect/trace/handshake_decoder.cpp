#include "inspect/trace/handshake_decoder.h"

#include <algorithm>

#include "config/base/text.h"
#include "tls/names.h"

namespace mailtap::trace {

using tls::Sender;
namespace wire = tls::wire;

namespace {

constexpr std::uint16_t tls13 = 0x0304;
/// Encrypted records of a side that wait for their key, and that are noted when none comes.
constexpr std::size_t most_waiting = 16;

}  // namespace

const wire::ServerHello* HandshakeFacts::server_hello() const {
  const auto found = std::find_if(server_hellos.begin(), server_hellos.end(),
                                  [](const auto& hello) { return !hello.hello_retry_request; });
  return found == server_hellos.end() ? nullptr : &*found;
}

bool HandshakeDecoder::is_tls13() const {
  const auto* hello = facts_.server_hello();
  return hello != nullptr && hello->version == tls13;
}

void HandshakeDecoder::see(Sender sender, Bytes bytes, microseconds at) {
  auto& from = side(sender);
  if (from.over) return;
  from.records.append(bytes);
  while (!from.over) {
    const auto record = from.records.next();
    if (!record) return give_up(sender, record.error().message);
    if (!*record) return;
    take(sender, **record, at);
  }
}

void HandshakeDecoder::take(Sender sender, const wire::Record& record, microseconds at) {
  auto& from = side(sender);
  if (record.type == wire::application_data) {
    if (is_tls13() && !from.finished) return take_encrypted(sender, record.fragment, at);
    add({HandshakeEvent::Kind::application_data, sender, at, -1, record.fragment.size(), false, true});
    from.over = true;
    return;
  }
  if (!from.encrypted) return take_plain(sender, record.type, record.fragment, at, false);
  // TLS 1.2 after ChangeCipherSpec: the first handshake record is Finished (RFC 5246 section 7.4.9).
  if (record.type == wire::handshake && !from.finished) {
    add({HandshakeEvent::Kind::message, sender, at, wire::finished, record.fragment.size(), false, true});
    return finish(sender);
  }
  const bool is_alert = record.type == wire::alert;
  add({is_alert ? HandshakeEvent::Kind::alert : HandshakeEvent::Kind::encrypted, sender, at, -1,
       record.fragment.size(), false, true});
  if (is_alert) from.over = true;
}

void HandshakeDecoder::take_plain(Sender sender, std::uint8_t type, Bytes fragment, microseconds at,
                                  bool encrypted) {
  constexpr std::uint8_t fatal = 2;
  switch (type) {
    case wire::handshake: return take_messages(sender, fragment, at, encrypted);
    case wire::alert:
      if (fragment.size() != 2) return give_up(sender, "an alert that isn't two bytes long");
      return add({HandshakeEvent::Kind::alert, sender, at, fragment[1], fragment.size(), fragment[0] == fatal,
                  encrypted});
    case wire::change_cipher_spec:
      add({HandshakeEvent::Kind::change_cipher_spec, sender, at, -1, fragment.size(), false, encrypted});
      // In TLS 1.3 it means nothing (RFC 8446 appendix D.4).
      if (facts_.server_hello() != nullptr && !is_tls13()) side(sender).encrypted = true;
      return;
    default:
      add({HandshakeEvent::Kind::application_data, sender, at, -1, fragment.size(), false, encrypted});
      side(sender).over = true;
  }
}

void HandshakeDecoder::take_messages(Sender sender, Bytes fragment, microseconds at, bool encrypted) {
  auto& messages = side(sender).messages;
  messages.append(fragment);
  for (;;) {
    const auto message = messages.next();
    if (!message) return give_up(sender, message.error().message);
    if (!*message) return;
    take_message(sender, **message, at, encrypted);
  }
}

void HandshakeDecoder::take_message(Sender sender, const wire::HandshakeMessage& message, microseconds at,
                                    bool encrypted) {
  add({HandshakeEvent::Kind::message, sender, at, message.type,
       wire::handshake_header_size + message.body.size(), false, encrypted});
  constexpr std::size_t most_hellos = 2;
  switch (message.type) {
    case wire::client_hello:
      if (auto hello = tls::parse_client_hello_message(message.body);
          hello && facts_.client_hellos.size() < most_hellos)
        facts_.client_hellos.push_back(std::move(*hello));
      return;
    case wire::server_hello:
      if (auto hello = wire::parse_server_hello(message.body);
          hello && facts_.server_hellos.size() < most_hellos)
        facts_.server_hellos.push_back(std::move(*hello));
      use_secret(Sender::client);
      use_secret(Sender::server);
      return;
    case wire::certificate:
      if (sender != Sender::server || !facts_.server_chain.empty()) return;
      if (auto chain = encrypted ? wire::parse_tls13_certificate(message.body)
                                 : wire::parse_tls12_certificate(message.body))
        facts_.server_chain = std::move(*chain);
      return;
    case wire::server_key_exchange:
      // TLS 1.2's ServerHello doesn't name the group.
      if (auto* hello = facts_.server_hellos.empty() ? nullptr : &facts_.server_hellos.back();
          hello != nullptr &&
          tls::cipher_suite_name(hello->cipher_suite).find("_ECDHE_") != std::string::npos)
        hello->group = wire::parse_server_key_exchange_group(message.body);
      return;
    case wire::finished: return finish(sender);
    default: return;
  }
}

// --- TLS 1.3's encrypted part ------------------------------------------------------------------------------

void HandshakeDecoder::take_encrypted(Sender sender, Bytes fragment, microseconds at) {
  auto& from = side(sender);
  if (from.keys) {
    if (const auto inner = from.keys->open(fragment))
      return take_plain(sender, inner->type, inner->fragment, at, true);
    // Early data, which is under other keys (RFC 8446 section 4.2.10), or damage.
    add({HandshakeEvent::Kind::encrypted, sender, at, -1, fragment.size(), false, true});
    if (++from.unread > most_waiting) give_up(sender, "encrypted records that its keys don't open");
    return;
  }
  if (from.waiting.size() == most_waiting) {
    for (const auto& record : from.waiting)
      add({HandshakeEvent::Kind::encrypted, sender, record.at, -1, record.fragment.size(), false, true});
    from.waiting.clear();
    return give_up(sender, "its messages are encrypted");
  }
  from.waiting.push_back({Buffer(fragment.begin(), fragment.end()), at});
}

void HandshakeDecoder::learn_secret(std::string_view keylog_line) {
  // LABEL, client random, secret
  const auto first = keylog_line.find(' ');
  const auto second = keylog_line.find(' ', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return;
  const auto label = keylog_line.substr(0, first);
  const bool is_client = label == "CLIENT_HANDSHAKE_TRAFFIC_SECRET";
  if (!is_client && label != "SERVER_HANDSHAKE_TRAFFIC_SECRET") return;
  const auto sender = is_client ? Sender::client : Sender::server;
  auto secret = from_hex(keylog_line.substr(second + 1));
  if (!secret) return;
  side(sender).secret = std::move(*secret);
  use_secret(sender);
}

/// The endpoint that makes a ServerHello has its secrets before it sends it, the other after it got it.
void HandshakeDecoder::use_secret(Sender sender) {
  auto& from = side(sender);
  const auto* hello = facts_.server_hello();
  if (from.secret.empty() || hello == nullptr) return;
  from.keys = tls::HandshakeDecryptor::make(hello->cipher_suite, from.secret);
  from.secret.clear();
  if (!from.keys) return;
  const auto waiting = std::exchange(from.waiting, {});
  for (const auto& record : waiting) {
    if (from.over) return;
    if (!from.finished) {
      take_encrypted(sender, record.fragment, record.at);
      continue;
    }
    add({HandshakeEvent::Kind::application_data, sender, record.at, -1, record.fragment.size(), false, true});
    from.over = true;
  }
}

// --- the end -----------------------------------------------------------------------------------------------

void HandshakeDecoder::finish(Sender sender) {
  side(sender).finished = true;
  facts_.finished = client_.finished && server_.finished;
}

void HandshakeDecoder::give_up(Sender sender, std::string why) {
  side(sender).over = true;
  if (facts_.gave_up.empty())
    facts_.gave_up = (sender == Sender::client ? "of the client: " : "of the server: ") + std::move(why);
}

void HandshakeDecoder::add(HandshakeEvent event) {
  if (facts_.events.size() >= max_events) {
    facts_.cut = true;
    return;
  }
  facts_.events.push_back(event);
}

}  // namespace mailtap::trace
