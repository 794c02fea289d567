#include "certs/model/timestamps.h"

#include <chrono>

#include "certs/asn1/oids.h"
#include "certs/model/certificate.h"

namespace mailtap::certs {

namespace {

/// What a length of two bytes precedes, taken off `from`; none: it isn't whole.
std::optional<Bytes> take_item(Bytes& from) {
  if (from.size() < 2) return std::nullopt;
  const std::size_t size = static_cast<std::size_t>(from[0] << 8 | from[1]);
  if (from.size() - 2 < size) return std::nullopt;
  const auto taken = from.subspan(2, size);
  from = from.subspan(2 + size);
  return taken;
}

std::optional<Timestamp> read_timestamp(Bytes content) {
  constexpr std::size_t log_size = 32, time_size = 8;
  if (content.empty()) return std::nullopt;
  if (content[0] != 0) return Timestamp{};
  if (content.size() < 1 + log_size + time_size) return std::nullopt;
  std::uint64_t milliseconds = 0;
  for (const auto byte : content.subspan(1 + log_size, time_size)) milliseconds = milliseconds << 8 | byte;
  // Beyond the year 9999 it is no date.
  constexpr std::uint64_t last = 253'402'300'799'999;
  if (milliseconds > last) return std::nullopt;
  return Timestamp{to_hex(content.subspan(1, log_size)),
                   Time{std::chrono::seconds(static_cast<std::int64_t>(milliseconds / 1000))}};
}

}  // namespace

std::optional<std::vector<Timestamp>> parse_timestamps(Bytes list) {
  auto items = take_item(list);
  if (!items || !list.empty() || items->empty()) return std::nullopt;
  std::vector<Timestamp> all;
  while (!items->empty()) {
    const auto item = take_item(*items);
    auto timestamp = item ? read_timestamp(*item) : std::nullopt;
    if (!timestamp) return std::nullopt;
    all.push_back(std::move(*timestamp));
  }
  return all;
}

std::optional<std::vector<Timestamp>> timestamps_of(const Certificate& certificate) {
  const auto* extension = certificate.find(oid::signed_certificate_timestamps);
  if (extension == nullptr) return std::vector<Timestamp>{};
  const auto list = der::only(extension->value, der::tag_octet_string);
  return list ? parse_timestamps(list->value) : std::nullopt;
}

}  // namespace mailtap::certs
