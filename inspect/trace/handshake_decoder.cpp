#include "inspect/trace/handshake_decoder.h"

#include <algorithm>

#include "config/base/text.h"
#include "tls/names.h"
#include "tls/numbers.h"

namespace mailtap::trace {

using tls::Sender;
namespace wire = tls::wire;

namespace {

/// Encrypted records of a side that wait for their key, and that are noted when none comes.
constexpr std::size_t max_waiting = 16;
/// What mbedTLS pads the contents of records to (RFC 8446 section 5.4); others don't pad.
constexpr std::size_t padding = 16;
/// A client with a certificate of its own sends it and its proof before Finished, and may pad.
constexpr std::size_t max_unread_of_client = 3;

}  // namespace

const wire::ServerHello* HandshakeFacts::server_hello() const {
  const auto found = std::find_if(server_hellos.begin(), server_hellos.end(),
                                  [](const auto& hello) { return !hello.hello_retry_request; });
  return found == server_hellos.end() ? nullptr : &*found;
}

bool HandshakeFacts::is_tls13() const {
  const auto* hello = server_hello();
  return hello != nullptr && hello->version == tls::version::tls13;
}

bool HandshakeFacts::is_resumed() const {
  const auto* hello = server_hello();
  if (hello == nullptr) return false;
  if (hello->version == tls::version::tls13) return hello->has_psk;
  // A full handshake's flight ends with ServerHelloDone before the server encrypts (RFC 5246 section 7.3).
  for (const auto& event : events) {
    if (event.sender == Sender::client) continue;
    if (event.kind == HandshakeEvent::Kind::message && event.number == wire::server_hello_done) return false;
    if (event.kind == HandshakeEvent::Kind::change_cipher_spec) return true;
  }
  return false;
}

void HandshakeDecoder::see(Sender sender, Bytes bytes, microseconds at) {
  auto& from = side(sender);
  if (from.over) return;
  if (sender == Sender::client && (!begun_ || !old_hello_.empty())) bytes = take_old_hello(bytes, at);
  from.records.append(bytes);
  while (!from.over) {
    const auto record = from.records.next();
    if (!record) return give_up(sender, record.error().message);
    if (!*record) return;
    take(sender, **record, at);
  }
}

/// A client's first message may be in SSLv2's format (RFC 5246 appendix E.2), as SChannel of old sends it.
/// Answers what follows it.
Bytes HandshakeDecoder::take_old_hello(Bytes bytes, microseconds at) {
  begun_ = begun_ || !bytes.empty();
  constexpr std::uint8_t mark_of_sslv2 = 0x80;
  if (bytes.empty() || (old_hello_.empty() && (bytes[0] & mark_of_sslv2) == 0)) return bytes;
  const auto known = old_hello_.size();
  old_hello_.insert(old_hello_.end(), bytes.begin(), bytes.end());
  auto hello = tls::parse_client_hello(old_hello_);
  if (hello && !*hello) return {};
  old_hello_ = {};
  if (!hello) {
    give_up(Sender::client, hello.error().message);
    return {};
  }
  const auto size = (*hello)->size;
  add({HandshakeEvent::Kind::message, Sender::client, at, wire::client_hello, size, false, false});
  facts_.client_hellos.push_back(std::move(**hello));
  return bytes.subspan(size - known);
}

void HandshakeDecoder::take(Sender sender, const wire::Record& record, microseconds at) {
  auto& from = side(sender);
  if (record.type == wire::application_data) {
    const bool is_early = facts_.server_hello() == nullptr;  // RFC 8446 section 4.2.10
    if (secrets_ == Secrets::none && (facts_.is_tls13() || is_early))
      return take_unreadable(sender, record.fragment.size(), at);
    if (facts_.is_tls13() && !from.finished) return take_encrypted(sender, record.fragment, at);
    add({HandshakeEvent::Kind::application_data, sender, at, -1, record.fragment.size(), false, true});
    from.over = true;
    facts_.client_spoke |= sender == Sender::client;
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
  switch (type) {
    case wire::handshake: return take_messages(sender, fragment, at, encrypted);
    case wire::alert:
      if (fragment.size() != 2) return give_up(sender, "an alert that isn't two bytes long");
      return add({HandshakeEvent::Kind::alert, sender, at, fragment[1], fragment.size(),
                  fragment[0] == tls::alert_level::fatal, encrypted});
    case wire::change_cipher_spec:
      add({HandshakeEvent::Kind::change_cipher_spec, sender, at, -1, fragment.size(), false, encrypted});
      // In TLS 1.3 it means nothing (RFC 8446 appendix D.4).
      if (facts_.server_hello() != nullptr && !facts_.is_tls13()) side(sender).encrypted = true;
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
  constexpr std::size_t max_hellos = 2;
  switch (message.type) {
    case wire::client_hello:
      if (auto hello = tls::parse_client_hello_message(message.body);
          hello && facts_.client_hellos.size() < max_hellos)
        facts_.client_hellos.push_back(std::move(*hello));
      return;
    case wire::server_hello:
      if (auto hello = wire::parse_server_hello(message.body);
          hello && facts_.server_hellos.size() < max_hellos)
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
    if (++from.unread > max_waiting) give_up(sender, "encrypted records that its keys don't open");
    return;
  }
  if (from.waiting.size() == max_waiting) {
    for (const auto& record : from.waiting)
      add({HandshakeEvent::Kind::encrypted, sender, record.at, -1, record.fragment.size(), false, true});
    from.waiting.clear();
    return give_up(sender, "its messages are encrypted");
  }
  from.waiting.push_back({Buffer(fragment.begin(), fragment.end()), at});
}

/// The certificate, its proof and Finished are longer than an alert. A client's Finished has one length by
/// the cipher suite's hash (RFC 8446 section 4.4.4), whatever came before it; what follows is its
/// application's.
void HandshakeDecoder::take_unreadable(Sender sender, std::size_t size, microseconds at) {
  const auto* hello = facts_.server_hello();
  const auto suite = hello != nullptr ? hello->cipher_suite : 0;
  const std::size_t tag = suite == tls::suite::TLS_AES_128_CCM_8_SHA256 ? 8 : 16;
  const std::size_t alert_size = 2 + 1 + tag;  // an alert, its content type, the tag
  const std::size_t hash = suite == tls::suite::TLS_AES_256_GCM_SHA384 ? 48 : 32;
  const std::size_t finished_size = wire::handshake_header_size + hash + 1 + tag;

  auto& from = side(sender);
  const auto note = [&](HandshakeEvent::Kind kind) { add({kind, sender, at, -1, size, false, true}); };
  if (hello != nullptr && size == alert_size) {
    note(HandshakeEvent::Kind::alert);
    from.over = true;
    return;
  }
  if (sender == Sender::client && from.finished) {
    note(HandshakeEvent::Kind::application_data);
    facts_.client_spoke = from.over = true;
    return;
  }
  note(HandshakeEvent::Kind::encrypted);
  if (sender == Sender::server) {
    from.over = client_.finished;
  } else if (hello != nullptr && ((size >= finished_size && size < finished_size + padding) ||
                                  from.unread >= max_unread_of_client)) {
    // The client can't have finished before the server has.
    finish(Sender::server);
    finish(Sender::client);
  }
  if (++from.unread > max_waiting) give_up(sender, "its messages are encrypted");
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
