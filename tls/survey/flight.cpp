#include "tls/survey/flight.h"

#include <algorithm>
#include <utility>

#include "tls/byte_reader.h"
#include "tls/numbers.h"
#include "tls/plain_text.h"
#include "tls/survey/suites.h"

namespace mailtap::tls::survey {

namespace {

unsigned bits_of(Bytes number) {
  unsigned bits = static_cast<unsigned>(number.size()) * 8;
  for (std::uint8_t mask = 0x80; bits > 0 && (number[0] & mask) == 0; mask >>= 1) --bits;
  return bits;
}

Bytes without_leading_zeros(Bytes number) {
  while (!number.empty() && number[0] == 0) number = number.subspan(1);
  return number;
}

}  // namespace

bool Flight::has_extension(std::uint16_t type) const {
  return std::find(extensions.begin(), extensions.end(), type) != extensions.end();
}

FlightReader::State FlightReader::feed(Bytes bytes) {
  if (bytes.empty()) return State::waiting;
  if (!any_bytes_ && (bytes[0] < wire::change_cipher_spec || bytes[0] > wire::application_data)) {
    const auto looks = what_it_looks_like(bytes);
    return fail(State::not_tls, looks.empty() ? "what it sent is no TLS" : "it sent " + looks);
  }
  any_bytes_ = true;
  records_.append(bytes);
  for (;;) {
    const auto record = records_.next();
    if (!record) return fail(State::broken, record.error().message);
    if (!*record) return State::waiting;
    if (const auto state = read(**record); state != State::waiting) return state;
  }
}

FlightReader::State FlightReader::read(const wire::Record& record) {
  if (record.type == wire::alert) {
    if (record.fragment.size() != 2) return fail(State::broken, "it sent a broken alert");
    // A warning (unrecognized_name, mostly) is followed by what the server has to say.
    if (record.fragment[0] == alert_level::warning && record.fragment[1] != alert::close_notify)
      return State::waiting;
    flight_.alert = record.fragment[1];
    return State::alert;
  }
  if (record.type != wire::handshake) return fail(State::broken, "it sent no handshake message");
  messages_.append(record.fragment);
  for (;;) {
    const auto message = messages_.next();
    if (!message) return fail(State::broken, message.error().message);
    if (!*message) return State::waiting;
    if (const auto state = read(**message); state != State::waiting) return state;
  }
}

FlightReader::State FlightReader::read(const wire::HandshakeMessage& message) {
  if (!flight_.has_hello) {
    if (message.type != wire::server_hello) return fail(State::broken, "it sent no server hello");
    auto hello = wire::parse_server_hello(message.body);
    if (!hello) return fail(State::broken, hello.error().message);
    flight_.has_hello = true;
    flight_.is_retry = hello->hello_retry_request;
    flight_.version = hello->version;
    flight_.suite = hello->cipher_suite;
    flight_.compression = hello->compression;
    flight_.group = hello->group.value_or(0);
    flight_.session_id = std::move(hello->session_id);
    flight_.extensions = std::move(hello->extensions);
    flight_.alpn = std::move(hello->alpn);
    flight_.is_whole = flight_.version >= version::tls13;
    return flight_.is_whole ? State::whole : State::waiting;
  }
  switch (message.type) {
    case wire::certificate:
      if (auto chain = wire::parse_tls12_certificate(message.body)) flight_.chain = std::move(*chain);
      return State::waiting;
    case wire::certificate_status: flight_.has_staple = true; return State::waiting;
    case wire::server_key_exchange: read_key_exchange(message.body); return State::waiting;
    case wire::certificate_request: flight_.asks_for_certificate = true; return State::waiting;
    case wire::server_hello_done: flight_.is_whole = true; return State::whole;
    default: return State::waiting;
  }
}

/// RFC 5246 section 7.4.3, RFC 8422 section 5.4. What can't be read says nothing.
void FlightReader::read_key_exchange(Bytes body) {
  ByteReader reader(body);
  const auto kind = key_exchange_of(flight_.suite);
  if (kind == KeyExchange::ecdhe) {
    const auto group = wire::parse_server_key_exchange_group(body);
    if (!group) return;
    flight_.group = *group;
    reader.take(3);
    reader.vector8();
  } else if (kind == KeyExchange::dhe) {
    const auto prime = without_leading_zeros(reader.vector16());
    reader.vector16();
    reader.vector16();
    if (reader.failed()) return;
    flight_.dh_prime.assign(prime.begin(), prime.end());
    flight_.dh_bits = bits_of(prime);
  } else {
    return;
  }
  if (flight_.version < version::tls12 || authentication_of(flight_.suite) == Authentication::none) return;
  const auto algorithm = reader.u16();
  reader.vector16();
  if (!reader.failed()) flight_.signature_algorithm = algorithm;
}

FlightReader::State FlightReader::fail(State state, std::string error) {
  error_ = std::move(error);
  return state;
}

/// Record header of two bytes, then msg-server-hello (4), session-id-hit, certificate-type, server-version,
/// and three lengths.
std::optional<bool> is_sslv2_server_hello(Bytes stream) {
  constexpr std::size_t needed = 2 + 1 + 1 + 1 + 2 + 2 + 2 + 2;
  constexpr std::uint8_t server_hello = 4;
  if (!stream.empty() && (stream[0] & 0x80) == 0) return false;  // a TLS record, or no record at all
  if (stream.size() >= 3 && stream[2] != server_hello) return false;
  if (stream.size() < needed) return std::nullopt;
  ByteReader reader(stream.subspan(5));
  const auto version = reader.u16();
  reader.u16();  // the certificate's length
  const auto ciphers = reader.u16();
  return version == version::ssl20 && ciphers >= 3;
}

}  // namespace mailtap::tls::survey
