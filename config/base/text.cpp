#include "config/base/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

#include <arpa/inet.h>
#include <openssl/evp.h>

namespace mailtap {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// The last `count` decimal digits of `number`.
void append_digits(std::string& to, unsigned number, std::size_t count) {
  const auto begin = to.size();
  to.append(count, '0');
  for (auto at = to.size(); at > begin && number > 0; number /= 10)
    to[--at] = static_cast<char>('0' + number % 10);
}

/// "2026-11-23T20:22:00" in UTC. strftime would look up the local time zone, each time.
std::string date_and_time(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::string text;
  text.reserve(sizeof "2026-11-23T20:22:00.123Z");
  append_digits(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  text += '-';
  append_digits(text, static_cast<unsigned>(date.month()), 2);
  text += '-';
  append_digits(text, static_cast<unsigned>(date.day()), 2);
  text += 'T';
  append_digits(text, static_cast<unsigned>(clock.hours().count()), 2);
  text += ':';
  append_digits(text, static_cast<unsigned>(clock.minutes().count()), 2);
  text += ':';
  append_digits(text, static_cast<unsigned>(clock.seconds().count()), 2);
  return text;
}

/// The number in `text`'s `size` digits from `at`, or -1.
int digits(std::string_view text, std::size_t at, std::size_t size) {
  if (at + size > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + size; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

}  // namespace

std::string to_hex(Bytes bytes) {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    hex += hex_digits[byte >> 4];
    hex += hex_digits[byte & 15];
  }
  return hex;
}

Result<Buffer> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return fail("an odd number of hex digits");
  Buffer bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const auto high = hex_digits.find(lower(hex[i]));
    const auto low = hex_digits.find(lower(hex[i + 1]));
    if (high == std::string_view::npos || low == std::string_view::npos) return fail("not a hex digit");
    bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return bytes;
}

std::string to_base64(Bytes bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                  static_cast<int>(bytes.size()));
  return text;
}

/// EVP_DecodeBlock takes padding anywhere, and white space around it, so both are refused here.
Result<Buffer> from_base64(std::string_view base64) {
  if (base64.size() % 4 != 0) return fail("base64 of a length that isn't a multiple of four");
  const auto digits = base64.find_last_not_of('=') + 1;
  const auto padding = base64.size() - digits;
  if (padding > 2 || base64.substr(0, digits).find_first_not_of(base64_digits) != std::string_view::npos)
    return fail("not base64");
  Buffer bytes(base64.size() / 4 * 3);
  if (EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(base64.data()),
                      static_cast<int>(base64.size())) < 0)
    return fail("not base64");
  bytes.erase(bytes.end() - static_cast<std::ptrdiff_t>(padding), bytes.end());
  return bytes;
}

std::string to_rfc3339(Time time) {
  auto text = date_and_time(time);
  text += 'Z';
  return text;
}

std::string to_rfc3339_milliseconds(std::chrono::system_clock::time_point time) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(milliseconds);
  auto text = date_and_time(seconds);
  text += '.';
  append_digits(text, static_cast<unsigned>((milliseconds - seconds).count()), 3);
  text += 'Z';
  return text;
}

Result<Time> from_rfc3339(std::string_view text) {
  // 2026-11-23T20:22:00[.fraction](Z|+hh:mm|-hh:mm)
  const auto bad = [&] {
    return fail("\"" + std::string(text) + "\" is no RFC 3339 time such as 2026-11-23T20:22:00Z");
  };
  const int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  const int hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' ||
      (text[10] != 'T' && text[10] != 't' && text[10] != ' ') || text[13] != ':' || text[16] != ':' ||
      year < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
    return bad();
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (month < 1 || day < 1 || !date.ok()) return bad();
  std::size_t at = 19;
  if (text[at] == '.') {
    do ++at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9');
  }
  std::chrono::minutes offset{0};
  const auto zone = text.substr(std::min(at, text.size()));
  if (zone == "Z" || zone == "z") {
  } else if (zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') && zone[3] == ':' &&
             digits(zone, 1, 2) >= 0 && digits(zone, 4, 2) >= 0) {
    offset = std::chrono::minutes(digits(zone, 1, 2) * 60 + digits(zone, 4, 2));
    if (zone[0] == '-') offset = -offset;
  } else {
    return bad();
  }
  return Time{std::chrono::sys_days{date}} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second} - offset;
}

std::string to_lower_ascii(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string joined;
  for (const auto& part : parts) {
    if (&part != &parts.front()) joined += separator;
    joined += part;
  }
  return joined;
}

bool is_ip_address(std::string_view text) {
  const std::string copy(text);
  in6_addr address{};
  return inet_pton(AF_INET, copy.c_str(), &address) == 1 || inet_pton(AF_INET6, copy.c_str(), &address) == 1;
}

}  // namespace mailtap
