#include "inspect/auth/ntlm.h"

#include <algorithm>

namespace mailtap::inspect::auth {

namespace {

constexpr std::uint32_t negotiate_unicode = 0x00000001;
constexpr std::size_t max_name = 128;  // characters kept

std::uint16_t u16(Bytes bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] | bytes[at + 1] << 8);
}

std::uint32_t u32(Bytes bytes, std::size_t at) {
  return u16(bytes, at) | static_cast<std::uint32_t>(u16(bytes, at + 2)) << 16;
}

/// What the field at `at` points to (2.2.1.1: Len, MaxLen, BufferOffset); empty when that is out of bounds.
Bytes field(Bytes message, std::size_t at) {
  constexpr std::size_t field_size = 8;
  if (message.size() < at + field_size) return {};
  const std::size_t size = u16(message, at);
  const std::size_t offset = u32(message, at + 4);
  if (offset > message.size() || size > message.size() - offset) return {};
  return message.subspan(offset, size);
}

void append_utf8(std::string& to, std::uint32_t c) {
  if (c < 0x80) {
    to += static_cast<char>(c);
  } else if (c < 0x800) {
    to += static_cast<char>(0xC0 | c >> 6);
    to += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    to += static_cast<char>(0xE0 | c >> 12);
    to += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    to += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    to += static_cast<char>(0xF0 | c >> 18);
    to += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    to += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    to += static_cast<char>(0x80 | (c & 0x3F));
  }
}

std::string from_utf16(Bytes text) {
  constexpr std::uint32_t replacement = 0xFFFD;
  std::string utf8;
  for (std::size_t i = 0; i + 1 < text.size() && i < 2 * max_name; i += 2) {
    std::uint32_t c = u16(text, i);
    if (c >= 0xD800 && c < 0xDC00 && i + 3 < text.size()) {
      const std::uint32_t low = u16(text, i + 2);
      if (low >= 0xDC00 && low < 0xE000) {
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        i += 2;
      }
    }
    append_utf8(utf8, c >= 0xD800 && c < 0xE000 ? replacement : c);
  }
  return utf8;
}

std::string text(Bytes bytes, std::uint32_t flags) {
  if ((flags & negotiate_unicode) != 0) return from_utf16(bytes);
  return std::string(as_text(bytes.first(std::min(bytes.size(), max_name))));
}

/// The AV_PAIRs of an NTLMv2 response (2.2.2.7, 2.2.2.8).
void read_pairs(Bytes pairs, NtlmMessage& message) {
  constexpr std::uint16_t end_of_list = 0, av_flags = 6, channel_bindings = 10;
  constexpr std::uint32_t has_mic = 2;
  while (pairs.size() >= 4) {
    const auto id = u16(pairs, 0);
    const std::size_t size = u16(pairs, 2);
    if (id == end_of_list || size > pairs.size() - 4) return;
    const auto value = pairs.subspan(4, size);
    pairs = pairs.subspan(4 + size);
    if (id == av_flags && size == 4) message.message_integrity = (u32(value, 0) & has_mic) != 0;
    if (id != channel_bindings || size != 16) continue;
    if (std::all_of(value.begin(), value.end(), [](auto byte) { return byte == 0; })) continue;
    std::copy(value.begin(), value.end(), message.channel_bindings.emplace().begin());
  }
}

void read_challenge(Bytes bytes, NtlmMessage& message) {
  message.flags = u32(bytes, 20);
  message.target = text(field(bytes, 12), message.flags);
}

void read_authenticate(Bytes bytes, NtlmMessage& message) {
  constexpr std::size_t flags_at = 60;
  // Older clients send no flags: what they say is in their own character set.
  if (bytes.size() >= flags_at + 4) message.flags = u32(bytes, flags_at);
  message.domain = text(field(bytes, 28), message.flags);
  message.user = text(field(bytes, 36), message.flags);
  // NTLMv2: a proof of 16 bytes, then the client's challenge with the pairs at 28. NTLMv1's 24 bytes have
  // none.
  constexpr std::size_t pairs_at = 16 + 28;
  const auto response = field(bytes, 20);
  if (response.size() > pairs_at) read_pairs(response.subspan(pairs_at), message);
}

}  // namespace

std::optional<NtlmMessage> parse_ntlm(Bytes bytes) {
  constexpr std::size_t negotiate_size = 16, challenge_size = 32, authenticate_size = 52;
  if (bytes.size() < negotiate_size || !as_text(bytes).starts_with(ntlm_signature)) return std::nullopt;
  NtlmMessage message;
  switch (u32(bytes, 8)) {
    case 1:
      message.type = NtlmType::negotiate;
      message.flags = u32(bytes, 12);
      return message;
    case 2:
      if (bytes.size() < challenge_size) return std::nullopt;
      message.type = NtlmType::challenge;
      read_challenge(bytes, message);
      return message;
    case 3:
      if (bytes.size() < authenticate_size) return std::nullopt;
      message.type = NtlmType::authenticate;
      read_authenticate(bytes, message);
      return message;
    default: return std::nullopt;
  }
}

}  // namespace mailtap::inspect::auth
