// DER (X.690) and object identifiers, for whatever reads or writes X.509. The lowest room of certs: it knows
// bytes only.
//
//   der.h         the reader: views into the bytes given, no copies; what isn't strict DER is no value
//   der_writer.h  the writer: each function returns a whole element
//   oids.h        every object identifier that is known by name, as its content
//
// Reading is strict: definite, minimal lengths, single-byte tags.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/base/bytes.h"
#include "config/base/text.h"

namespace mailtap::certs::der {

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
  tag_teletex_string = 0x14,
  tag_ia5_string = 0x16,
  tag_utc_time = 0x17,
  tag_generalized_time = 0x18,
  tag_universal_string = 0x1c,
  tag_bmp_string = 0x1e,
  tag_sequence = 0x30,
  tag_set = 0x31,
};
/// [n] in context: primitive (implicit strings) and constructed.
constexpr std::uint8_t context(unsigned n) {
  return static_cast<std::uint8_t>(0x80 | n);
}
constexpr std::uint8_t context_constructed(unsigned n) {
  return static_cast<std::uint8_t>(0xa0 | n);
}

struct Element {
  std::uint8_t tag = 0;
  Bytes value;
  Bytes whole;  ///< with tag and length
};

/// Walks the elements of one level. After a failed read nothing more is read: done() stays false.
class Reader {
 public:
  explicit Reader(Bytes bytes) : left_(bytes) {}

  bool done() const { return left_.empty(); }
  bool at(std::uint8_t tag) const { return !left_.empty() && left_[0] == tag; }
  /// The next element; none at the end or when it isn't DER.
  std::optional<Element> next();
  /// The next element if it has this tag; otherwise none, and nothing is consumed.
  std::optional<Element> next(std::uint8_t tag);
  /// The next element of what only imitates DER, as tokens in header fields do: its length may be written
  /// longer than need be, and one that would go on beyond the end ends with it, as what was cut short does.
  std::optional<Element> next_leniently();

 private:
  enum class Strictness : std::uint8_t { der, lenient };

  std::optional<Element> take(Strictness strictness);

  Bytes left_;
};

/// The only element of `bytes`, if it has that tag and nothing follows.
std::optional<Element> only(Bytes bytes, std::uint8_t tag);

std::optional<bool> read_boolean(Bytes value);
/// A non-negative INTEGER below 2^31, minimally encoded.
std::optional<int> read_small_integer(Bytes value);
/// INTEGER's rules: not empty, no superfluous leading byte.
bool is_integer(Bytes value);
/// A BIT STRING's bits, which must fill whole bytes.
std::optional<Bytes> read_whole_bits(Bytes value);
/// Named bits, bit 0 first, as the lowest bits of the result.
std::optional<std::uint32_t> read_named_bits(Bytes value);
/// UTCTime or GeneralizedTime as RFC 5280 section 4.1.2.5 wants them: with seconds, in Zulu.
std::optional<Time> read_time(const Element& element);

/// "2.5.29.17"; empty when the bytes are no OID.
std::string oid_text(Bytes value);

inline bool same(Bytes a, Bytes b) {
  return as_text(a) == as_text(b);
}

}  // namespace mailtap::certs::der
