#include "certs/asn1/der.h"

#include <algorithm>
#include <chrono>

namespace mailtap::certs::der {

std::optional<Element> Reader::next() {
  return take(Strictness::der);
}

std::optional<Element> Reader::next_leniently() {
  return take(Strictness::lenient);
}

std::optional<Element> Reader::take(Strictness strictness) {
  if (left_.size() < 2 || (left_[0] & 0x1f) == 0x1f) return std::nullopt;
  std::size_t size = left_[1];
  std::size_t header = 2;
  if (size >= 0x80) {
    const std::size_t octets = size & 0x7f;
    if (octets == 0 || octets > 4 || left_.size() < 2 + octets) return std::nullopt;
    size = 0;
    for (std::size_t i = 0; i < octets; ++i) size = size << 8 | left_[2 + i];
    const bool minimal = left_[2] != 0 && size >= 0x80;
    if (!minimal && strictness == Strictness::der) return std::nullopt;
    header += octets;
  }
  if (strictness == Strictness::lenient) size = std::min(size, left_.size() - header);
  if (left_.size() - header < size) return std::nullopt;
  Element element{left_[0], left_.subspan(header, size), left_.first(header + size)};
  left_ = left_.subspan(header + size);
  return element;
}

std::optional<Element> Reader::next(std::uint8_t tag) {
  return at(tag) ? next() : std::nullopt;
}

std::optional<Element> only(Bytes bytes, std::uint8_t tag) {
  Reader reader(bytes);
  auto element = reader.next(tag);
  return element && reader.done() ? element : std::nullopt;
}

std::optional<bool> read_boolean(Bytes value) {
  if (value.size() != 1 || (value[0] != 0 && value[0] != 0xff)) return std::nullopt;
  return value[0] != 0;
}

bool is_integer(Bytes value) {
  if (value.empty()) return false;
  if (value.size() == 1) return true;
  return !(value[0] == 0 && value[1] < 0x80) && !(value[0] == 0xff && value[1] >= 0x80);
}

std::optional<int> read_small_integer(Bytes value) {
  if (!is_integer(value) || value.size() > 4 || value[0] >= 0x80) return std::nullopt;
  int number = 0;
  for (const auto byte : value) number = number << 8 | byte;
  return number;
}

std::optional<Bytes> read_whole_bits(Bytes value) {
  if (value.empty() || value[0] != 0) return std::nullopt;
  return value.subspan(1);
}

std::optional<std::uint32_t> read_named_bits(Bytes value) {
  if (value.empty() || value.size() > 5 || value[0] > 7 || (value.size() == 1 && value[0] != 0))
    return std::nullopt;
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < (value.size() - 1) * 8 - value[0]; ++i)
    if ((value[1 + i / 8] & (0x80 >> i % 8)) != 0) bits |= 1U << i;
  return bits;
}

std::optional<Time> read_time(const Element& element) {
  const auto text = as_text(element.value);
  const bool utc = element.tag == tag_utc_time;
  if (!utc && element.tag != tag_generalized_time) return std::nullopt;
  if (text.size() != (utc ? 13U : 15U) || text.back() != 'Z') return std::nullopt;
  for (const char c : text.substr(0, text.size() - 1))
    if (c < '0' || c > '9') return std::nullopt;
  const auto two = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  const int year = utc ? two(0) + (two(0) < 50 ? 2000 : 1900) : two(0) * 100 + two(2);
  const std::size_t at = utc ? 2 : 4;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month(static_cast<unsigned>(two(at))),
                                         std::chrono::day(static_cast<unsigned>(two(at + 2)))};
  if (!date.ok() || two(at + 4) > 23 || two(at + 6) > 59 || two(at + 8) > 59) return std::nullopt;
  return Time{std::chrono::sys_days{date}} + std::chrono::hours{two(at + 4)} +
         std::chrono::minutes{two(at + 6)} + std::chrono::seconds{two(at + 8)};
}

std::string oid_text(Bytes value) {
  if (value.empty() || (value.back() & 0x80) != 0) return {};
  std::string text;
  std::uint64_t arc = 0;
  for (const auto byte : value) {
    if (arc >> 56 != 0) return {};
    arc = arc << 7 | (byte & 0x7f);
    if ((byte & 0x80) != 0) continue;
    if (text.empty()) {
      const std::uint64_t first = arc < 80 ? arc / 40 : 2;
      text = std::to_string(first) + "." + std::to_string(arc - first * 40);
    } else {
      text += "." + std::to_string(arc);
    }
    arc = 0;
  }
  return text;
}

}  // namespace mailtap::certs::der
