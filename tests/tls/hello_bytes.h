// Client hellos made byte by byte, as no stack at hand sends them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "config/base/bytes.h"
#include "tls/sessions/sessions.h"
#include "tls/wire.h"

namespace mailtap::tests {

struct RawExtension {
  std::uint16_t type;
  Buffer data;
};

inline void put16(Buffer& to, std::size_t number) {
  to.push_back(static_cast<std::uint8_t>(number >> 8));
  to.push_back(static_cast<std::uint8_t>(number));
}

/// A list of numbers behind its length in bytes, as extensions have them.
inline Buffer numbers16(const std::vector<std::uint16_t>& numbers) {
  Buffer list;
  put16(list, 2 * numbers.size());
  for (const auto number : numbers) put16(list, number);
  return list;
}

/// One handshake message in as many records as it takes.
inline Buffer in_records(std::uint8_t type, const Buffer& body) {
  Buffer message{type, 0};
  put16(message, body.size());
  message.insert(message.end(), body.begin(), body.end());
  Buffer stream;
  for (std::size_t at = 0; at < message.size(); at += tls::wire::max_fragment) {
    const auto size = std::min<std::size_t>(tls::wire::max_fragment, message.size() - at);
    stream.insert(stream.end(), {tls::wire::handshake, 3, 3});
    put16(stream, size);
    stream.insert(stream.end(), message.begin() + static_cast<std::ptrdiff_t>(at),
                  message.begin() + static_cast<std::ptrdiff_t>(at + size));
  }
  return stream;
}

/// Without `extensions` it ends behind the compression methods.
inline Buffer client_hello(const std::vector<std::uint16_t>& suites,
                           const std::optional<std::vector<RawExtension>>& extensions) {
  Buffer body{3, 3};
  for (std::uint8_t i = 0; i < 32; ++i) body.push_back(i);
  body.push_back(0);  // no session
  const auto list = numbers16(suites);
  body.insert(body.end(), list.begin(), list.end());
  body.insert(body.end(), {1, 0});  // no compression
  if (extensions) {
    Buffer block;
    for (const auto& [type, data] : *extensions) {
      put16(block, type);
      put16(block, data.size());
      block.insert(block.end(), data.begin(), data.end());
    }
    put16(body, block.size());
    body.insert(body.end(), block.begin(), block.end());
  }
  return in_records(tls::wire::client_hello, body);
}

struct SentRecord {
  std::uint8_t type;
  Bytes fragment;
};

/// The records of what a session sent.
inline std::vector<SentRecord> records_of(Bytes stream) {
  std::vector<SentRecord> records;
  while (stream.size() >= tls::wire::record_header_size) {
    const std::size_t size = stream[3] << 8 | stream[4];
    records.push_back({stream[0], stream.subspan(tls::wire::record_header_size, size)});
    stream = stream.subspan(tls::wire::record_header_size + size);
  }
  return records;
}

/// The messages of its records in the clear, one after the other.
inline Buffer messages_of(Bytes stream) {
  Buffer messages;
  for (const auto& record : records_of(stream))
    if (record.type == tls::wire::handshake)
      messages.insert(messages.end(), record.fragment.begin(), record.fragment.end());
  return messages;
}

/// The body of the first message of a type; empty if there is none.
inline Bytes message_of(const Buffer& messages, std::uint8_t type) {
  for (Bytes rest(messages); rest.size() >= tls::wire::handshake_header_size;) {
    const std::size_t size = rest[1] << 16 | rest[2] << 8 | rest[3];
    if (rest[0] == type) return rest.subspan(tls::wire::handshake_header_size, size);
    rest = rest.subspan(tls::wire::handshake_header_size + size);
  }
  return {};
}

}  // namespace mailtap::tests
