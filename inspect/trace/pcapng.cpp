#include "inspect/trace/pcapng.h"

#include <algorithm>

namespace mailtap::trace::pcapng {

namespace {

// All numbers in this machine's order: the byte-order magic tells which that is (section 4.1).
template <class Number>
void put(Buffer& to, Number number) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&number);
  to.insert(to.end(), bytes, bytes + sizeof number);
}

void put_padded(Buffer& to, Bytes bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
  to.resize((to.size() + 3) / 4 * 4);
}

void put_option(Buffer& to, std::uint16_t code, Bytes value) {
  constexpr std::size_t longest = 0xFFFF;
  value = value.first(std::min(value.size(), longest));
  put(to, code);
  put(to, static_cast<std::uint16_t>(value.size()));
  put_padded(to, value);
}

void end_options(Buffer& to) {
  put(to, std::uint32_t{0});
}

/// Type, length, body, length again (section 3.1). Bodies are whole words.
void add_block(Buffer& to, std::uint32_t type, const Buffer& body) {
  const auto size = static_cast<std::uint32_t>(body.size() + 12);
  put(to, type);
  put(to, size);
  to.insert(to.end(), body.begin(), body.end());
  put(to, size);
}

}  // namespace

Buffer file_header(std::string_view application, std::string_view interface) {
  constexpr std::uint32_t section_header = 0x0A0D0D0A, byte_order = 0x1A2B3C4D, interface_description = 1;
  constexpr std::uint16_t user_application = 4, interface_name = 2, time_resolution = 9, linktype_raw = 101;
  Buffer file, section, description;
  put(section, byte_order);
  put(section, std::uint16_t{1});  // version 1.0
  put(section, std::uint16_t{0});
  put(section, std::int64_t{-1});  // of unknown length
  put_option(section, user_application, as_bytes(application));
  end_options(section);
  add_block(file, section_header, section);

  put(description, linktype_raw);
  put(description, std::uint16_t{0});
  put(description, std::uint32_t{0});  // no snap length
  put_option(description, interface_name, as_bytes(interface));
  const Buffer nanoseconds{9};  // 10^-9
  put_option(description, time_resolution, nanoseconds);
  end_options(description);
  add_block(file, interface_description, description);
  return file;
}

void add_secrets(Buffer& to, std::string_view keylog) {
  constexpr std::uint32_t decryption_secrets = 0x0000000A, tls_key_log = 0x544C534B;
  Buffer body;
  put(body, tls_key_log);
  put(body, static_cast<std::uint32_t>(keylog.size()));
  put_padded(body, as_bytes(keylog));
  add_block(to, decryption_secrets, body);
}

void add_packet(Buffer& to, Nanoseconds at, Bytes packet, std::string_view comment) {
  constexpr std::uint32_t enhanced_packet = 6;
  constexpr std::uint16_t opt_comment = 1;
  const auto time = static_cast<std::uint64_t>(at.time_since_epoch().count());
  Buffer body;
  put(body, std::uint32_t{0});  // the interface
  put(body, static_cast<std::uint32_t>(time >> 32));
  put(body, static_cast<std::uint32_t>(time));
  put(body, static_cast<std::uint32_t>(packet.size()));
  put(body, static_cast<std::uint32_t>(packet.size()));
  put_padded(body, packet);
  if (!comment.empty()) {
    put_option(body, opt_comment, as_bytes(comment));
    end_options(body);
  }
  add_block(to, enhanced_packet, body);
}

}  // namespace mailtap::trace::pcapng
