// Small conversions between bytes, times and text that every folder needs.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/bytes.h"
#include "config/base/result.h"

namespace mailtap {

/// Seconds since 1970 UTC: the resolution of a certificate's validity.
using Time = std::chrono::sys_seconds;

/// Lower-case, two digits a byte, no separator.
std::string to_hex(Bytes bytes);
Result<Buffer> from_hex(std::string_view hex);

/// Standard alphabet, padded (RFC 4648 section 4).
std::string to_base64(Bytes bytes);
Result<Buffer> from_base64(std::string_view base64);

/// RFC 3339 in UTC: 2026-11-23T20:22:00Z, and with milliseconds for log lines.
std::string to_rfc3339(Time time);
std::string to_rfc3339_milliseconds(std::chrono::system_clock::time_point time);
Result<Time> from_rfc3339(std::string_view text);

/// ASCII only, as DNS names and protocol keywords need it (RFC 4343); other bytes are left alone.
std::string to_lower_ascii(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);

std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// True for an IPv4 or IPv6 address in text form, without brackets or port.
bool is_ip_address(std::string_view text);

}  // namespace mailtap
