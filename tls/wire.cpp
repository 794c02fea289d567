#include "tls/wire.h"

#include <algorithm>
#include <array>

#include "tls/byte_reader.h"

namespace mailtap::tls::wire {

namespace {

// RFC 8446 section 4.1.3: the random of a ServerHello that is a HelloRetryRequest.
constexpr std::array<std::uint8_t, 32> retry_random = {
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
    0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C};

/// Drops what was read and adds what came.
void replenish(Buffer& held, std::size_t& start, Bytes more) {
  held.erase(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(start));
  start = 0;
  held.insert(held.end(), more.begin(), more.end());
}

}  // namespace

void RecordReader::append(Bytes bytes) {
  replenish(held_, start_, bytes);
}

Result<std::optional<Record>> RecordReader::next() {
  const auto rest = Bytes(held_).subspan(start_);
  ByteReader reader(rest);
  if (!rest.empty() && (rest[0] < change_cipher_spec || rest[0] > application_data))
    return fail("a TLS record can't begin with byte " + std::to_string(rest[0]));
  if (rest.size() < record_header_size) return std::nullopt;
  Record record{.type = reader.u8(), .version = reader.u16(), .fragment = {}};
  if (record.version >> 8 != 3) return fail("a TLS record of version " + std::to_string(record.version));
  const std::size_t size = reader.u16();
  if (size > max_fragment) return fail("a TLS record of " + std::to_string(size) + " bytes");
  if (rest.size() < record_header_size + size) return std::nullopt;
  record.fragment = reader.take(size);
  start_ += record_header_size + size;
  return record;
}

void HandshakeReader::append(Bytes fragment) {
  replenish(held_, start_, fragment);
}

Result<std::optional<HandshakeMessage>> HandshakeReader::next() {
  const auto rest = Bytes(held_).subspan(start_);
  if (rest.size() < handshake_header_size) return std::nullopt;
  ByteReader reader(rest);
  HandshakeMessage message{.type = reader.u8(), .body = {}};
  const std::size_t size = reader.u24();
  if (size > limit_) return fail("a handshake message of " + std::to_string(size) + " bytes");
  if (rest.size() < handshake_header_size + size) return std::nullopt;
  message.body = reader.take(size);
  start_ += handshake_header_size + size;
  return message;
}

Result<ServerHello> parse_server_hello(Bytes body) {
  ByteReader reader(body);
  ServerHello hello;
  hello.version = reader.u16();
  const auto random = reader.take(32);
  hello.random.assign(random.begin(), random.end());
  hello.hello_retry_request =
      std::equal(random.begin(), random.end(), retry_random.begin(), retry_random.end());
  const auto session_id = reader.vector8();
  hello.session_id.assign(session_id.begin(), session_id.end());
  hello.cipher_suite = reader.u16();
  hello.compression = reader.u8();

  // A TLS 1.2 ServerHello may end here.
  ByteReader extensions(reader.empty() ? Bytes{} : reader.vector16());
  while (!extensions.empty() && !extensions.failed()) {
    const auto type = extensions.u16();
    ByteReader data(extensions.vector16());
    hello.extensions.push_back(type);
    if (type == extension::supported_versions) hello.version = data.u16();
    if (type == extension::key_share) hello.group = data.u16();
    if (type == extension::pre_shared_key) hello.has_psk = true;
    if (type == extension::application_layer_protocol_negotiation)
      hello.alpn = as_text(ByteReader(data.vector16()).vector8());
    if (data.failed()) extensions.fail();
  }
  if (reader.failed() || extensions.failed()) return fail("a malformed ServerHello");
  return hello;
}

std::optional<std::uint16_t> parse_server_key_exchange_group(Bytes body) {
  constexpr std::uint8_t named_curve = 3;
  ByteReader reader(body);
  if (reader.u8() != named_curve) return std::nullopt;
  const auto group = reader.u16();
  return reader.failed() ? std::nullopt : std::optional(group);
}

Result<std::vector<Buffer>> parse_tls12_certificate(Bytes body) {
  ByteReader message(body);
  ByteReader list(message.take(message.u24()));
  std::vector<Buffer> chain;
  while (!list.empty() && !list.failed()) {
    const auto der = list.take(list.u24());
    chain.emplace_back(der.begin(), der.end());
  }
  if (message.failed() || list.failed()) return fail("a malformed Certificate message");
  return chain;
}

Result<std::vector<Buffer>> parse_tls13_certificate(Bytes body) {
  ByteReader message(body);
  message.vector8();  // certificate_request_context
  ByteReader list(message.take(message.u24()));
  std::vector<Buffer> chain;
  while (!list.empty() && !list.failed()) {
    const auto der = list.take(list.u24());
    chain.emplace_back(der.begin(), der.end());
    list.vector16();  // the entry's extensions
  }
  if (message.failed() || list.failed()) return fail("a malformed Certificate message");
  return chain;
}

}  // namespace mailtap::tls::wire
