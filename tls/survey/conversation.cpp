#include "tls/survey/conversation.h"

#include <algorithm>
#include <array>
#include <utility>

#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>

#include "certs/model/certificate.h"
#include "tls/alert.h"
#include "tls/names.h"

namespace mailtap::tls::survey {

namespace {

using End = Answer::End;

void append(Buffer& to, Bytes bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

Buffer record(std::uint8_t type, std::uint16_t version, Bytes fragment) {
  Buffer bytes{type, static_cast<std::uint8_t>(version >> 8), static_cast<std::uint8_t>(version),
               static_cast<std::uint8_t>(fragment.size() >> 8), static_cast<std::uint8_t>(fragment.size())};
  append(bytes, fragment);
  return bytes;
}

constexpr std::uint8_t heartbeat_type = 24;  // RFC 6520 section 3

/// One byte of payload, and 16 of padding as there have to be. The payload is said to have 17.
Buffer heartbeat(std::uint16_t version) {
  constexpr std::uint8_t request = 1, claimed = 17;
  Buffer message{request, 0, claimed};
  message.resize(3 + claimed, 'm');
  return record(heartbeat_type, version, message);
}

Buffer change_cipher_spec(std::uint16_t version) {
  constexpr std::array<std::uint8_t, 1> body{1};
  return record(wire::change_cipher_spec, version, body);
}

/// An empty Certificate message, for servers that ask for one (RFC 5246 section 7.4.6).
Buffer no_certificate(std::uint16_t version) {
  return record(wire::handshake, version, Buffer{wire::certificate, 0, 0, 3, 0, 0, 0});
}

/// RFC 5246 section 7.4.7.1. The Finished is noise of a length that each cipher takes.
Buffer key_exchange(std::uint16_t version, Bytes secret) {
  const auto inner = secret.size();
  const auto outer = inner + 2;
  Buffer message{wire::client_key_exchange,
                 0,
                 static_cast<std::uint8_t>(outer >> 8),
                 static_cast<std::uint8_t>(outer),
                 static_cast<std::uint8_t>(inner >> 8),
                 static_cast<std::uint8_t>(inner)};
  append(message, secret);
  auto all = record(wire::handshake, version, message);
  append(all, change_cipher_spec(version));
  append(all, record(wire::handshake, version, Buffer(64, 0x5A)));
  return all;
}

/// As if the client were at its end.
Buffer large_message(std::uint16_t version) {
  const auto body = large_record - wire::record_header_size - wire::handshake_header_size;
  Buffer message{wire::finished, 0, static_cast<std::uint8_t>(body >> 8), static_cast<std::uint8_t>(body)};
  message.resize(message.size() + body, 0x5A);
  return record(wire::handshake, std::min<std::uint16_t>(version, version::tls12), message);
}

}  // namespace

Conversation::Conversation(Question question, Bytes random)
    : question_(std::move(question)),
      hello_(question_.in_sslv2 ? make_sslv2_hello(random) : make_hello(question_.hello, random)) {}

Conversation::Step Conversation::feed(Bytes bytes) {
  if (followed_) return on_reaction(bytes);
  if (question_.in_sslv2) return feed_sslv2(bytes);
  switch (reader_.feed(bytes)) {
    case FlightReader::State::waiting: return {};
    case FlightReader::State::whole: return on_flight();
    case FlightReader::State::alert:
      // A hello that is followed by an alert has chosen all the same.
      if (reader_.flight().has_hello) return on_flight();
      return finish(End::refused, "alert " + alert_text(*reader_.flight().alert));
    case FlightReader::State::not_tls: return finish(End::not_tls, reader_.error());
    case FlightReader::State::broken: return finish(End::refused, reader_.error());
  }
  return {};
}

Conversation::Step Conversation::feed_sslv2(Bytes bytes) {
  append(after_, bytes);
  const auto is_hello = is_sslv2_server_hello(after_);
  if (!is_hello) return {};
  return finish(*is_hello ? End::answered : End::refused,
                *is_hello ? "" : "it answered with no SSL 2.0 hello");
}

Conversation::Step Conversation::on_flight() {
  const auto& flight = reader_.flight();
  if (!question_.hello.offers(flight.version))
    return finish(End::refused, "it answered in " + version_name(flight.version));
  if (question_.follow == Follow::nothing || !flight.is_whole) return finish(End::answered);
  return follow_up();
}

Conversation::Step Conversation::follow_up() {
  followed_ = true;
  const auto version = question_.hello.version;
  switch (question_.follow) {
    case Follow::nothing: break;
    case Follow::heartbeat: return {heartbeat(version), false, true};
    case Follow::early_change_cipher_spec: return {change_cipher_spec(version), false, true};
    case Follow::key_exchange: {
      auto say = reader_.flight().asks_for_certificate ? no_certificate(version) : Buffer{};
      append(say, key_exchange(version, question_.secret));
      return {std::move(say), false, true};
    }
    case Follow::large_message: return {large_message(reader_.flight().version), false, true};
  }
  return {};
}

/// The first alert, or the answer to the heartbeat. Other records are passed over.
Conversation::Step Conversation::on_reaction(Bytes bytes) {
  // What of TLS 1.3's comes now may still be the flight, and is encrypted: the end of the connection counts.
  if (reader_.flight().version >= version::tls13) return {};
  append(after_, bytes);
  Bytes rest(after_);
  while (rest.size() >= wire::record_header_size) {
    const auto size = static_cast<std::size_t>(rest[3] << 8 | rest[4]);
    if (rest.size() < wire::record_header_size + size) break;
    const auto fragment = rest.subspan(wire::record_header_size, size);
    if (rest[0] == heartbeat_type) react("heartbeat");
    if (rest[0] == wire::alert)
      react(size == 2 ? "alert " + std::to_string(fragment[1]) : std::string("an encrypted alert"));
    if (rest[0] == heartbeat_type || rest[0] == wire::alert) return finish(End::answered);
    rest = rest.subspan(wire::record_header_size + size);
  }
  after_.erase(after_.begin(), after_.end() - static_cast<std::ptrdiff_t>(rest.size()));
  return {};
}

Conversation::Step Conversation::on_quiet() {
  if (!followed_) return {};
  react("silence");
  if (question_.follow != Follow::early_change_cipher_spec || repeated_) return finish(End::answered);
  repeated_ = true;
  return {change_cipher_spec(question_.hello.version), false, true};
}

void Conversation::stop(Stop how, std::string_view detail) {
  if (followed_) {
    react(how == Stop::closed ? "closed" : how == Stop::reset ? "reset" : "silence");
    finish(End::answered);
  } else if (!question_.in_sslv2 && reader_.flight().has_hello) {
    on_flight();  // it isn't whole, so nothing follows
  } else {
    finish(how == Stop::timed_out ? End::silent : End::refused, std::string(detail));
  }
}

void Conversation::react(std::string_view how) {
  answer_.reaction += (answer_.reaction.empty() ? "" : ", ") + std::string(how);
}

Conversation::Step Conversation::finish(End end, std::string detail) {
  answer_.end = end;
  answer_.detail = std::move(detail);
  answer_.flight = reader_.flight();
  return {{}, true, false};
}

std::vector<Buffer> bleichenbacher_vectors(Bytes leaf, std::uint16_t version) {
  constexpr std::size_t secret_size = 48;
  const auto certificate = certs::parse_certificate(leaf);
  std::vector<Buffer> vectors;
  mbedtls_pk_context key;
  mbedtls_pk_init(&key);
  if (certificate &&
      mbedtls_pk_parse_public_key(&key, (*certificate)->spki.data(), (*certificate)->spki.size()) == 0 &&
      mbedtls_pk_can_do(&key, MBEDTLS_PK_RSA) != 0) {
    auto* rsa = mbedtls_pk_rsa(key);
    const auto size = mbedtls_rsa_get_len(rsa);
    const auto separator = size - secret_size - 1;
    Buffer good(size, 0x5A);  // padding without a zero
    good[0] = 0;
    good[1] = 2;
    good[separator] = 0;
    good[separator + 1] = static_cast<std::uint8_t>(version >> 8);
    good[separator + 2] = static_cast<std::uint8_t>(version);
    std::vector<Buffer> plain(5, good);
    plain[1][0] = 0x41;  // neither of the first bytes
    plain[1][1] = 0x17;
    plain[2][separator] = 0x11;  // the zero at another place
    plain[2][size - 2] = 0;
    plain[3][separator] = 0x11;   // no zero
    plain[4][separator + 1] = 2;  // another version
    plain[4][separator + 2] = 2;
    for (const auto& one : plain) {
      Buffer encrypted(size);
      if (mbedtls_rsa_public(rsa, one.data(), encrypted.data()) == 0) vectors.push_back(std::move(encrypted));
    }
    if (vectors.size() != plain.size()) vectors.clear();
  }
  mbedtls_pk_free(&key);
  return vectors;
}

}  // namespace mailtap::tls::survey
