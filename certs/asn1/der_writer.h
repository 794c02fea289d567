// Writing DER (ITU-T X.690) front to back: each function gives one finished element, and larger elements are
// made of smaller ones.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "certs/asn1/der.h"
#include "config/base/bytes.h"
#include "config/base/result.h"
#include "config/base/text.h"

namespace mailtap::certs::der {

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

/// An OBJECT IDENTIFIER of its content: a constant of oids.h, or what was read.
inline Buffer oid(std::string_view content) {
  return element(tag_oid, as_bytes(content));
}
/// The content of "2.5.29.17"; an error if it is no OID.
Result<std::string> parse_oid(std::string_view dotted);

Buffer boolean(bool value);
/// Of a non-negative number: `magnitude` big-endian, any number of leading zeros.
Buffer integer(Bytes magnitude);
Buffer integer(std::uint64_t value);
/// Whole bytes.
Buffer bit_string(Bytes content);
/// A named bit list, bit 0 as the lowest of `bits`, as read_named_bits gives them; trailing zero bits are
/// left out.
Buffer named_bits(std::uint32_t bits);
/// UTCTime up to 2049, GeneralizedTime from 2050 (RFC 5280 section 4.1.2.5).
Buffer time(Time time);

}  // namespace mailtap::certs::der
