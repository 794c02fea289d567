// The values of options as people write them, parsed. Each error quotes what was written and shows a right
// example; the reader that called puts the option's name and place before it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/base/language.h"
#include "config/base/result.h"
#include "config/endpoint.h"

namespace mailtap::config {

using std::chrono::milliseconds;

/// HOST:PORT or [IPV6]:PORT.
Result<Endpoint> parse_address(std::string_view text);

/// HOST, HOST:PORT, an IPv6 address with or without brackets; `port` if it names none.
Result<Endpoint> parse_server(std::string_view text, std::uint16_t port);

/// ADDRESS:PORT, [IPV6]:PORT, localhost:PORT; :PORT and *:PORT are all addresses (host "*"). The address is
/// put into its shortest form, so that equal listeners compare equal.
Result<Endpoint> parse_listen_address(std::string_view text);

/// The same, and a port alone is that of 127.0.0.1.
Result<Endpoint> parse_local_listen_address(std::string_view text);

/// A host name or IP address alone.
Result<std::string> parse_host(std::string_view text);
/// One of client_names.h.
Result<std::string> parse_client(std::string_view text);

/// An http URL that further path parts can be put behind; without the last slash.
Result<std::string> parse_http_base(std::string_view text);

/// A whole number with ms, s, m, h or d; seconds without. At most a year.
Result<milliseconds> parse_duration(std::string_view text);
/// The same, and longer than nothing.
Result<milliseconds> parse_timeout(std::string_view text);

/// A whole number of bytes, or of K, M or G (1024, 1024^2, 1024^3 bytes).
Result<std::uint64_t> parse_size(std::string_view text);

Result<unsigned> parse_count(std::string_view text, unsigned least, unsigned most);

/// sha256//BASE64 of 32 bytes: the form of curl's --pinnedpubkey and RFC 7469's pin.
Result<std::string> parse_pin(std::string_view text);

/// The locale of messages by POSIX's order of precedence (XBD 8.2): the first of LC_ALL, LC_MESSAGES and LANG
/// that is set and not empty; empty: none is.
std::string locale_of_environment();

/// The reader's language: that which was chosen ("vi"), else the environment's.
Language language_for(const std::string& chosen);

}  // namespace mailtap::config
