#include "tls/offer/offer.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "tls/byte_reader.h"
#include "tls/numbers.h"
#include "tls/wire.h"

namespace mailtap::tls::offer {

namespace {

constexpr std::size_t hello_random_size = 32;
/// In a message with its header: header, version.
constexpr std::size_t random_at = wire::handshake_header_size + 2;
constexpr std::size_t session_id_at = random_at + hello_random_size + 1;
/// SSLv2's header of two bytes, type, version, three lengths.
constexpr std::size_t sslv2_start = 2 + 1 + 2 + 3 * 2;

constexpr std::uint16_t grease = 0x0A0A;

void put16(Buffer& to, std::size_t value) {
  to.push_back(static_cast<std::uint8_t>(value >> 8));
  to.push_back(static_cast<std::uint8_t>(value));
}

void put(Buffer& to, Bytes bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

/// The handshake message, out of the records that `stream` begins with.
Buffer message_in(Bytes stream) {
  Buffer message;
  while (stream.size() > wire::record_header_size) {
    ByteReader header(stream.subspan(3));
    const std::size_t size = header.u16();
    stream = stream.subspan(wire::record_header_size);
    put(message, stream.first(std::min(size, stream.size())));
    stream = stream.subspan(std::min(size, stream.size()));
  }
  if (message.size() < wire::handshake_header_size) return {};
  ByteReader start(Bytes(message).subspan(1));
  message.resize(std::min<std::size_t>(message.size(), wire::handshake_header_size + start.u24()));
  return message;
}

bool is_a_connections_own(std::uint16_t type) {
  return type == extension::pre_shared_key || type == extension::early_data;
}

/// RFC 6066 section 3: a list with one host_name.
Buffer server_name(std::string_view sni) {
  Buffer data;
  put16(data, sni.size() + 3);
  data.push_back(0);
  put16(data, sni.size());
  put(data, as_bytes(sni));
  return data;
}

/// What becomes of an extension: its data; nothing: it is left out.
using Edit = std::function<std::optional<Buffer>(std::uint16_t type, Bytes data)>;

Buffer edited_extensions(Bytes extensions, const Edit& edit) {
  Buffer edited;
  ByteReader reader(extensions);
  while (!reader.empty() && !reader.failed()) {
    const auto type = reader.u16();
    const auto data = reader.vector16();
    if (reader.failed()) break;
    const auto kept = edit(type, data);
    if (!kept) continue;
    put16(edited, type);
    put16(edited, kept->size());
    put(edited, *kept);
  }
  return edited;
}

/// A message, with its header, whose random and session identifier are zeros. Empty: the fields overrun it,
/// which the parser would have refused.
Buffer edited_message(Bytes message, const Edit& edit) {
  ByteReader reader(message);
  const auto up_to_random = reader.take(random_at);
  reader.take(hello_random_size);
  const auto session_id = reader.vector8();
  const auto suites = reader.vector16();
  const auto compression = reader.vector8();
  const bool has_extensions = !reader.empty();
  const auto extensions = has_extensions ? reader.vector16() : Bytes{};
  if (reader.failed()) return {};

  Buffer edited(up_to_random.begin(), up_to_random.end());
  edited.resize(edited.size() + hello_random_size, 0);
  edited.push_back(static_cast<std::uint8_t>(session_id.size()));
  edited.resize(edited.size() + session_id.size(), 0);
  put16(edited, suites.size());
  put(edited, suites);
  edited.push_back(static_cast<std::uint8_t>(compression.size()));
  put(edited, compression);
  if (has_extensions) {
    const auto kept = edited_extensions(extensions, edit);
    put16(edited, kept.size());
    put(edited, kept);
  }
  const auto size = edited.size() - wire::handshake_header_size;
  edited[1] = static_cast<std::uint8_t>(size >> 16);
  edited[2] = static_cast<std::uint8_t>(size >> 8);
  edited[3] = static_cast<std::uint8_t>(size);
  return edited;
}

/// What an extension is without what belongs to one connection.
std::optional<Buffer> lasting(std::uint16_t type, Bytes data) {
  if (is_a_connections_own(type)) return std::nullopt;
  if (type == extension::session_ticket) return Buffer{};
  return Buffer(data.begin(), data.end());
}

/// Writes what a key is made of.
class KeyWriter {
 public:
  explicit KeyWriter(std::string& key) : key_(key) {}

  void number(std::uint16_t value) {
    if (is_grease(value)) value = grease;
    key_ += static_cast<char>(value >> 8);
    key_ += static_cast<char>(value & 0xFF);
  }
  void list(const std::vector<std::uint16_t>& values) {
    size(values.size());
    for (const auto value : values) number(value);
  }
  void text(std::string_view value) {
    size(value.size());
    key_ += value;
  }
  void size(std::size_t size) {
    key_ += static_cast<char>(size >> 8);
    key_ += static_cast<char>(size);
  }

 private:
  std::string& key_;
};

}  // namespace

Result<Offer> read_offer(Bytes stream) {
  auto hello = parse_client_hello(stream);
  if (!hello) return fail(hello.error().message);
  if (!*hello) return fail("no TLS client hello: it isn't whole");
  Offer offer;
  offer.hello = std::move(**hello);
  offer.key = key_of(offer.hello);
  const auto taken = stream.first(offer.hello.size);
  if (offer.hello.in_sslv2_format) {
    offer.message.assign(taken.begin(), taken.end());
    return offer;
  }
  ByteReader version(taken.subspan(1));
  offer.record_version = version.u16();
  offer.message = edited_message(message_in(taken), lasting);
  if (offer.message.empty()) return fail("no TLS client hello: its fields overrun it");
  return offer;
}

Offer with_name(const Offer& offer, std::string_view sni) {
  auto named = offer;
  if (offer.hello.in_sslv2_format || offer.hello.sni.empty()) return named;
  named.hello.sni = sni;
  if (sni.empty()) std::erase(named.hello.extensions, std::uint16_t{extension::server_name});
  named.key = key_of(named.hello);
  named.message = edited_message(offer.message, [&](std::uint16_t type, Bytes data) -> std::optional<Buffer> {
    if (type != extension::server_name) return Buffer(data.begin(), data.end());
    return sni.empty() ? std::nullopt : std::optional(server_name(sni));
  });
  return named;
}

Buffer play(const Offer& offer, Bytes random) {
  auto message = offer.message;
  if (offer.hello.in_sslv2_format) {
    ByteReader lengths(Bytes(message).subspan(2 + 1 + 2));
    const std::size_t suites = lengths.u16();
    const std::size_t session_id = lengths.u16();
    const auto challenge = std::min(message.size(), sslv2_start + suites + session_id);
    for (std::size_t i = challenge; i < message.size(); ++i)
      message[i] = random[(i - challenge) % random.size()];
    return message;
  }
  std::copy_n(random.begin(), hello_random_size, message.begin() + random_at);
  const std::size_t session_id = message[session_id_at - 1];
  std::copy_n(random.begin() + hello_random_size, std::min(session_id, random_size - hello_random_size),
              message.begin() + session_id_at);
  Buffer stream;
  for (Bytes rest = message; !rest.empty();) {
    const auto fragment = rest.first(std::min(rest.size(), wire::max_plaintext));
    stream.push_back(wire::handshake);
    put16(stream, offer.record_version);
    put16(stream, fragment.size());
    put(stream, fragment);
    rest = rest.subspan(fragment.size());
  }
  return stream;
}

std::string key_of(const ClientHello& hello) {
  std::string key;
  key.reserve(512);
  KeyWriter to(key);
  to.number(hello.legacy_version);
  to.size(hello.in_sslv2_format ? 1 : 0);
  for (const auto* list : {&hello.cipher_suites, &hello.supported_versions, &hello.groups,
                           &hello.signature_algorithms, &hello.key_share_groups, &hello.point_formats})
    to.list(*list);
  auto extensions = hello.extensions;
  std::erase_if(extensions, [](std::uint16_t type) {
    return is_a_connections_own(type) || type == extension::padding || is_grease(type);
  });
  std::sort(extensions.begin(), extensions.end());
  to.list(extensions);
  for (const auto& protocol : hello.alpn) to.text(protocol);
  return key;
}

}  // namespace mailtap::tls::offer
