#include "tls/offer/known_hellos.h"

#include <algorithm>

#include "config/base/text.h"
#include "tls/client_hello.h"
#include "tls/ja4.h"
#include "tls/offer/offer.h"
#include "tls/wire.h"

namespace mailtap::tls::offer {

std::string_view hellos_table();  // hellos_data.cpp

namespace {

/// Cuts `text` at the first `end`, which belongs to neither.
std::string_view cut(std::string_view& text, char end) {
  const auto at = std::min(text.find(end), text.size());
  const auto part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

bool may_be_hex(Bytes content) {
  return std::all_of(content.begin(), content.end(), [](std::uint8_t byte) {
    const bool is_digit =
        (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
    return is_digit || byte == ':' || byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
  });
}

}  // namespace

Result<std::vector<KnownHello>> read_hellos(std::string_view table) {
  std::vector<KnownHello> hellos;
  for (std::size_t number = 1; !table.empty(); ++number) {
    auto line = cut(table, '\n');
    if (line.empty() || line[0] == '#') continue;
    const auto complain = [&](const std::string& what) {
      return fail("hellos.tsv:" + std::to_string(number) + ": " + what);
    };
    KnownHello hello;
    hello.name = cut(line, '\t');
    hello.source = cut(line, '\t');
    auto stream = from_hex(line);
    if (!stream) return complain(stream.error().message);
    const auto read = read_offer(*stream);
    if (!read) return complain(read.error().message);
    hello.stream = std::move(*stream);
    hellos.push_back(std::move(hello));
  }
  return hellos;
}

const std::vector<KnownHello>& known_hellos() {
  static const auto hellos = read_hellos(hellos_table()).value_or(std::vector<KnownHello>{});
  return hellos;
}

const KnownHello* find_hello(std::string_view name_or_ja4) {
  const auto& hellos = known_hellos();
  const auto found = std::find_if(hellos.begin(), hellos.end(), [&](const KnownHello& hello) {
    if (hello.name == name_or_ja4) return true;
    const auto parsed = parse_client_hello(hello.stream);
    return parsed && *parsed && ja4(**parsed) == name_or_ja4;
  });
  return found == hellos.end() ? nullptr : &*found;
}

Result<Buffer> hello_in(Bytes content) {
  Buffer bytes(content.begin(), content.end());
  if (may_be_hex(content)) {
    std::string digits(as_text(content));
    std::erase_if(digits, [](char c) { return c == ':' || c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
    auto read = from_hex(digits);
    if (!read) return tl::unexpected(read.error());
    bytes = std::move(*read);
  }
  // The message alone, as Wireshark copies it, without its record.
  const bool is_message = bytes.size() > wire::handshake_header_size && bytes[0] == wire::client_hello &&
                          bytes.size() <= wire::max_plaintext;
  if (is_message) {
    const auto size = bytes.size();
    bytes.insert(bytes.begin(), {wire::handshake, 3, 1, static_cast<std::uint8_t>(size >> 8),
                                 static_cast<std::uint8_t>(size)});
  }
  if (const auto read = read_offer(bytes); !read) return tl::unexpected(read.error());
  return bytes;
}

}  // namespace mailtap::tls::offer
