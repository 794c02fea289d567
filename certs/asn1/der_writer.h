// Writing DER (ITU-T X.690) front to back: each function gives one finished element, and larger elements are
// made of smaller ones.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "config/base/bytes.h"
#include "config/base/result.h"
#include "config/base/text.h"

namespace mailtap::certs::making::der {

enum Tag : std::uint8_t {
  tag_boolean = 0x01,
  tag_integer = 0x02,
  tag_bit_string = 0x03,
  tag_octet_string = 0x04,
  tag_null = 0x05,
  tag_oid = 0x06,
  tag_enumerated = 0x0a,
  tag_utf8_string = 0x0c,
  tag_printable_string = 0x13,
  tag_ia5_string = 0x16,
  tag_utc_time = 0x17,
  tag_generalized_time = 0x18,
  tag_sequence = 0x30,
  tag_set = 0x31,
};

/// [number], primitive and constructed.
constexpr std::uint8_t context(unsigned number) {
  return static_cast<std::uint8_t>(0x80 | number);
}
constexpr std::uint8_t context_constructed(unsigned number) {
  return static_cast<std::uint8_t>(0xa0 | number);
}

Buffer element(std::uint8_t tag, Bytes content);
/// One after the other.
Buffer concat(std::initializer_list<Bytes> parts);
void append(Buffer& to, Bytes more);

inline Buffer sequence(std::initializer_list<Bytes> parts) {
  return element(tag_sequence, concat(parts));
}
inline Buffer octet_string(Bytes content) {
  return element(tag_octet_string, content);
}
inline Buffer text(std::uint8_t tag, std::string_view content) {
  return element(tag, as_bytes(content));
}

/// `dotted` is a constant of ours or was read from DER: "2.5.29.17".
Buffer oid(std::string_view dotted);
/// From the user; an error if it isn't one.
Result<Buffer> checked_oid(std::string_view dotted);

Buffer boolean(bool value);
/// Of a non-negative number: `magnitude` big-endian, any number of leading zeros.
Buffer integer(Bytes magnitude);
Buffer integer(std::uint64_t value);
/// Whole bytes.
Buffer bit_string(Bytes content);
/// A named bit list as X.509 key usages have it: bit 0 is the most significant of the first byte; trailing
/// zero bits are left out.
Buffer named_bits(std::uint16_t bits);
/// UTCTime up to 2049, GeneralizedTime from 2050 (RFC 5280 section 4.1.2.5).
Buffer time(Time time);

}  // namespace mailtap::certs::making::der
