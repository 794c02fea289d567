#include "tls/client_hello.h"

#include <algorithm>

#include "tls/alert.h"
#include "tls/byte_reader.h"
#include "tls/names.h"
#include "tls/numbers.h"
#include "tls/plain_text.h"
#include "tls/wire.h"

namespace mailtap::tls {

namespace {

constexpr std::size_t random_size = 32;

std::vector<std::uint16_t> numbers(Bytes bytes) {
  ByteReader reader(bytes);
  std::vector<std::uint16_t> values;
  values.reserve(bytes.size() / 2);
  while (!reader.empty()) values.push_back(reader.u16());
  return values;
}

/// RFC 6066 section 3: the first host_name of the list.
std::string parse_server_name(ByteReader& data) {
  constexpr std::uint8_t host_name = 0;
  ByteReader list(data.vector16());
  while (!list.empty() && !list.failed()) {
    const auto type = list.u8();
    const auto name = list.vector16();
    if (type == host_name) return std::string(as_text(name));
  }
  return {};
}

/// RFC 7301 section 3.1.
std::vector<std::string> parse_alpn(ByteReader& data) {
  ByteReader list(data.vector16());
  std::vector<std::string> protocols;
  while (!list.empty() && !list.failed()) protocols.emplace_back(as_text(list.vector8()));
  if (list.failed()) data.fail();
  return protocols;
}

std::vector<std::uint16_t> parse_key_share_groups(ByteReader& data) {
  ByteReader list(data.vector16());
  std::vector<std::uint16_t> groups;
  while (!list.empty() && !list.failed()) {
    groups.push_back(list.u16());
    list.vector16();
  }
  if (list.failed()) data.fail();
  return groups;
}

void parse_extension(ClientHello& hello, std::uint16_t type, ByteReader& data) {
  hello.extensions.push_back(type);
  switch (type) {
    case extension::server_name: hello.sni = parse_server_name(data); break;
    case extension::supported_groups: hello.groups = numbers(data.vector16()); break;
    case extension::ec_point_formats: {
      const auto formats = data.vector8();
      hello.point_formats.assign(formats.begin(), formats.end());
      break;
    }
    case extension::signature_algorithms: hello.signature_algorithms = numbers(data.vector16()); break;
    case extension::application_layer_protocol_negotiation: hello.alpn = parse_alpn(data); break;
    case extension::supported_versions: hello.supported_versions = numbers(data.vector8()); break;
    case extension::key_share: hello.key_share_groups = parse_key_share_groups(data); break;
    case extension::session_ticket: hello.offers_ticket |= !data.empty(); break;
    case extension::pre_shared_key: hello.offers_ticket = true; break;
    default: break;
  }
}

/// Too few bytes to tell.
bool may_become_sslv2_hello(Bytes stream) {
  return !stream.empty() && stream.size() < 5 && (stream[0] & 0x80) != 0 &&
         (stream.size() < 3 || stream[2] == wire::client_hello) && (stream.size() < 4 || stream[3] == 3);
}

/// RFC 5246 appendix E.2: suites of three bytes, of which those that begin with zero are TLS's; the challenge
/// is the end of the random. `stream` begins like one.
Result<std::optional<ClientHello>> parse_sslv2_hello(Bytes stream) {
  constexpr std::size_t header_size = 2;
  ByteReader header(stream);
  const std::size_t size = header.u16() & 0x7FFF;
  if (stream.size() < header_size + size) return std::nullopt;
  ByteReader reader(stream.subspan(header_size, size));
  reader.u8();  // CLIENT-HELLO
  ClientHello hello;
  hello.in_sslv2_format = true;
  hello.legacy_version = reader.u16();
  const std::size_t suites_size = reader.u16();
  const std::size_t session_id_size = reader.u16();
  const std::size_t challenge_size = reader.u16();
  ByteReader suites(reader.take(suites_size));
  while (!suites.empty() && !suites.failed()) {
    const bool is_of_tls = suites.u8() == 0;
    const auto suite = suites.u16();
    if (is_of_tls) hello.cipher_suites.push_back(suite);
  }
  const auto session_id = reader.take(session_id_size);
  hello.session_id.assign(session_id.begin(), session_id.end());
  const auto challenge = reader.take(challenge_size);
  if (suites.failed() || reader.failed() || !reader.empty() || challenge.size() > random_size)
    return fail("no TLS client hello: it begins as one in SSLv2's format, and its fields don't fit in it");
  hello.random.assign(random_size - challenge.size(), 0);
  hello.random.insert(hello.random.end(), challenge.begin(), challenge.end());
  hello.size = header_size + size;
  return hello;
}

tl::unexpected<HelloError> refuse(std::optional<int> alert, std::string message) {
  return tl::unexpected(HelloError{{std::move(message)}, alert});
}

constexpr std::string_view no_hello = "no TLS client hello: ";

/// Its first byte isn't a handshake record's, or what follows isn't its header.
tl::unexpected<HelloError> not_a_hello(Bytes stream) {
  const auto look = what_it_looks_like(stream);
  // Only who speaks TLS understands an alert: a record of another type, in a version of TLS's.
  const bool is_record = stream[0] >= wire::change_cipher_spec && stream[0] <= wire::handshake + 2;
  const bool speaks_tls = is_record && stream.size() > 1 && stream[1] == 3;
  const auto alert = speaks_tls ? std::optional(alert::unexpected_message) : std::nullopt;
  if (!look.empty()) return refuse(alert, std::string(no_hello) + "this looks like " + look);
  if (stream[0] == wire::handshake)
    return refuse(alert, std::string(no_hello) + "its record header is malformed");
  return refuse(alert, std::string(no_hello) + "its first byte is " + std::to_string(stream[0]) +
                           ", not a TLS handshake record's 22");
}

tl::unexpected<HelloError> interrupted(std::uint8_t type) {
  return refuse(alert::unexpected_message,
                std::string(no_hello) + "it is interrupted by a record of type " + std::to_string(type));
}

/// RFC 8446 section 5.1: no empty fragments of handshake messages, none above 2^14 bytes.
std::optional<HelloError> problem_of_record(std::uint16_t version, std::size_t size) {
  const auto problem = [](int alert, const std::string& what) {
    return HelloError{{std::string(no_hello) + what}, alert};
  };
  if (version >> 8 != 3) return problem(alert::protocol_version, "its record header is malformed");
  if (size == 0) return problem(alert::unexpected_message, "it has an empty record");
  if (size > wire::max_plaintext)
    return problem(alert::record_overflow, "it has a record of " + std::to_string(size) + " bytes");
  return std::nullopt;
}

}  // namespace

std::uint16_t ClientHello::highest_version() const {
  std::uint16_t highest = 0;
  for (const auto version : supported_versions)
    if (!is_grease(version)) highest = std::max(highest, version);
  return highest == 0 ? legacy_version : highest;
}

bool ClientHello::is_legacy() const {
  return in_sslv2_format || highest_version() < version::tls12;
}

bool ClientHello::is_fallback() const {
  return std::find(cipher_suites.begin(), cipher_suites.end(), suite::TLS_FALLBACK_SCSV) !=
         cipher_suites.end();
}

Result<ClientHello> parse_client_hello_message(Bytes body) {
  ByteReader reader(body);
  ClientHello hello;
  hello.legacy_version = reader.u16();
  const auto random = reader.take(random_size);
  hello.random.assign(random.begin(), random.end());
  const auto session_id = reader.vector8();
  hello.session_id.assign(session_id.begin(), session_id.end());
  const auto suites = reader.vector16();
  hello.cipher_suites = numbers(suites);
  reader.vector8();  // compression methods
  if (suites.size() % 2 != 0) reader.fail();

  // A client older than RFC 3546 sends no extensions at all.
  ByteReader extensions(reader.empty() ? Bytes{} : reader.vector16());
  while (!extensions.empty() && !extensions.failed()) {
    const auto type = extensions.u16();
    ByteReader data(extensions.vector16());
    if (extensions.failed()) break;
    parse_extension(hello, type, data);
    if (data.failed())
      return fail("no TLS client hello: its extension " + std::to_string(type) + " is malformed");
  }
  if (reader.failed() || extensions.failed()) return fail("no TLS client hello: its fields overrun it");
  return hello;
}

using MaybeHello = tl::expected<std::optional<ClientHello>, HelloError>;

MaybeHello parse_client_hello(Bytes stream) {
  if (is_sslv2_hello(stream)) {
    auto hello = parse_sslv2_hello(stream);
    if (!hello) return refuse(std::nullopt, std::move(hello.error().message));
    return std::move(*hello);
  }
  if (may_become_sslv2_hello(stream)) return std::nullopt;
  Buffer message;
  for (auto rest = stream; !rest.empty();) {
    const bool is_first = rest.data() == stream.data();
    if (rest[0] != wire::handshake) return is_first ? not_a_hello(stream) : interrupted(rest[0]);
    if (rest.size() < wire::record_header_size) return std::nullopt;
    ByteReader header(rest.subspan(1));
    const auto version = header.u16();
    const std::size_t size = header.u16();
    if (const auto problem = problem_of_record(version, size))
      return is_first && version >> 8 != 3 ? not_a_hello(stream) : tl::unexpected(*problem);

    const auto fragment =
        rest.subspan(wire::record_header_size, std::min(size, rest.size() - wire::record_header_size));
    message.insert(message.end(), fragment.begin(), fragment.end());
    if (!message.empty() && message[0] != wire::client_hello)
      return refuse(alert::unexpected_message, "no TLS client hello: a TLS handshake message of type " +
                                                   std::to_string(message[0]) + " instead");
    if (message.size() >= wire::handshake_header_size) {
      ByteReader start(Bytes(message).subspan(1));
      const std::size_t length = wire::handshake_header_size + start.u24();
      if (length > max_client_hello)
        return refuse(alert::decode_error,
                      "no TLS client hello: it would be " + std::to_string(length) + " bytes long");
      // With what else its last record may hold: the stream is taken record by record.
      if (message.size() >= length && fragment.size() == size) {
        auto hello = parse_client_hello_message(
            Bytes(message).subspan(wire::handshake_header_size, length - wire::handshake_header_size));
        if (!hello) return refuse(alert::decode_error, std::move(hello.error().message));
        hello->size = static_cast<std::size_t>(rest.data() - stream.data()) + wire::record_header_size + size;
        return std::optional(std::move(*hello));
      }
    }
    if (fragment.size() < size) break;
    rest = rest.subspan(wire::record_header_size + size);
  }
  if (stream.size() > max_client_hello_stream)
    return refuse(alert::decode_error, "no TLS client hello: more than " +
                                           std::to_string(max_client_hello_stream) +
                                           " bytes without its end");
  return std::nullopt;
}

bool HelloProgress::is_worth_parsing(Bytes stream) {
  if (stream.size() > max_client_hello_stream) return true;
  for (;;) {
    const auto rest = stream.subspan(std::min(at_, stream.size()));
    if (!rest.empty() && rest[0] != wire::handshake) return true;
    if (rest.size() < wire::record_header_size) return false;
    ByteReader header(rest.subspan(1));
    const auto version = header.u16();
    const std::size_t size = header.u16();
    if (version >> 8 != 3 || size == 0 || size > wire::max_plaintext) return true;
    const bool is_whole = rest.size() >= wire::record_header_size + size;
    const auto fragment =
        rest.subspan(wire::record_header_size, is_whole ? size : rest.size() - wire::record_header_size);
    if (!is_whole) {
      // What is wrong with the message is wrong before its record is whole.
      auto ahead = *this;
      return header_.size() < wire::handshake_header_size && ahead.take(fragment) && ahead.gathered_ == 0;
    }
    at_ += wire::record_header_size + size;
    if (take(fragment)) return true;
  }
}

/// True: the message is whole, or can't be a hello, and then nothing is gathered.
bool HelloProgress::take(Bytes fragment) {
  const auto of_header = std::min(fragment.size(), wire::handshake_header_size - header_.size());
  header_.insert(header_.end(), fragment.begin(), fragment.begin() + static_cast<std::ptrdiff_t>(of_header));
  gathered_ += fragment.size();
  if (header_.empty()) return false;
  ByteReader header(header_);
  const auto type = header.u8();
  const auto length = wire::handshake_header_size + header.u24();
  const bool has_length = header_.size() == wire::handshake_header_size;
  if (type != wire::client_hello || (has_length && length > max_client_hello)) {
    gathered_ = 0;
    return true;
  }
  return has_length && gathered_ >= length;
}

}  // namespace mailtap::tls
