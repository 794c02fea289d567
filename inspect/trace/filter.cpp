#include "inspect/trace/filter.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <arpa/inet.h>

#include "certs/verify/verdict.h"
#include "config/base/text.h"
#include "inspect/record.h"

namespace mailtap::trace {

using inspect::Reason;

namespace {

using Address = std::array<std::uint8_t, 16>;

std::optional<Address> parse_ip(const std::string& text) {
  Address address{};
  if (inet_pton(AF_INET6, text.c_str(), address.data()) == 1) return address;
  address[10] = address[11] = 0xFF;
  if (inet_pton(AF_INET, text.c_str(), address.data() + 12) == 1) return address;
  return std::nullopt;
}

/// The address of ADDRESS:PORT or [ADDRESS]:PORT.
std::string host_of(std::string_view text) {
  text = text.substr(0, text.rfind(':'));
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  return std::string(text);
}

bool equal_bits(const Address& a, const Address& b, unsigned bits) {
  const auto whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  const auto rest = bits % 8;
  return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

bool is_failure(Reason reason) {
  switch (reason) {
    case Reason::not_tls:
    case Reason::hello_timeout:
    case Reason::upstream_handshake_failed:
    case Reason::upstream_handshake_timeout:
    case Reason::downstream_handshake_failed:
    case Reason::downstream_handshake_timeout:
    case Reason::refused_untrusted:
    case Reason::presentation_failed: return true;
    default: return false;
  }
}

bool matches_host(std::string_view pattern, std::string_view host) {
  if (!pattern.starts_with("*.")) return equal_ignoring_case(pattern, host);
  const auto suffix = pattern.substr(1);
  return host.size() > suffix.size() && equal_ignoring_case(host.substr(host.size() - suffix.size()), suffix);
}

bool is_fault(std::string_view text) {
  for (int fault = 0; fault <= static_cast<int>(certs::Fault::missing_staple); ++fault)
    if (certs::to_string(static_cast<certs::Fault>(fault)) == text) return true;
  return false;
}

}  // namespace

Result<Filter> Filter::parse(const std::vector<std::string>& conditions) {
  Filter filter;
  for (const auto& text : conditions) {
    using Kind = Condition::Kind;
    Condition condition{.kind = Kind::failed, .text = {}, .address = {}, .bits = 128};
    if (text == "failed") {
    } else if (text == "untrusted") {
      condition.kind = Kind::untrusted;
    } else if (text == "mismatch") {
      condition.kind = Kind::mismatch;
    } else if (is_fault(text)) {
      condition.kind = Kind::fault;
      condition.text = text;
    } else if (text.starts_with("name=") && text.size() > 5) {
      condition.kind = Kind::name;
      condition.text = to_lower_ascii(text.substr(5));
    } else if (text.starts_with("peer=")) {
      condition.kind = Kind::peer;
      const auto value = text.substr(5);
      const auto slash = value.find('/');
      const auto address = parse_ip(value.substr(0, slash));
      const bool is_v4 = value.find(':') == std::string::npos;
      const unsigned most = is_v4 ? 32 : 128;
      unsigned bits = most;
      if (slash != std::string::npos) {
        const auto digits = std::string_view(value).substr(slash + 1);
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
        if (read.ec != std::errc{} || read.ptr != digits.data() + digits.size()) bits = most + 1;
      }
      if (!address || bits > most)
        return fail("\"" + text +
                    "\" has no IP address or range; write it as peer=192.0.2.7 or peer=192.0.2.0/24");
      condition.address = *address;
      condition.bits = bits + (128 - most);
    } else {
      return fail(
          "\"" + text +
          "\" is no condition; give failed, untrusted, mismatch, the name of a fault such as expired, "
          "peer=192.0.2.0/24 or name=mail.contoso.com");
    }
    filter.conditions_.push_back(std::move(condition));
  }
  return filter;
}

bool Filter::passes(const inspect::ConnectionRecord& connection) const {
  return std::all_of(conditions_.begin(), conditions_.end(),
                     [&](const Condition& condition) { return holds(condition, connection); });
}

bool Filter::holds(const Condition& condition, const inspect::ConnectionRecord& connection) {
  using Kind = Condition::Kind;
  const auto* verdict = connection.verdict.get();
  switch (condition.kind) {
    case Kind::failed: return is_failure(connection.ending.reason);
    case Kind::untrusted: return verdict != nullptr && !verdict->trusted();
    case Kind::mismatch:
      return verdict != nullptr && !verdict->name_checked.empty() && verdict->name_mismatches();
    case Kind::fault:
      return verdict != nullptr &&
             std::any_of(verdict->findings.begin(), verdict->findings.end(), [&](const auto& finding) {
               return certs::to_string(finding.fault) == condition.text;
             });
    case Kind::peer: {
      const auto peer = parse_ip(host_of(connection.downstream.address));
      return peer && equal_bits(*peer, condition.address, condition.bits);
    }
    case Kind::name:
      return matches_host(condition.text, connection.downstream.name) ||
             matches_host(condition.text, connection.upstream.name) ||
             (verdict != nullptr && matches_host(condition.text, verdict->name_checked));
  }
  return false;
}

}  // namespace mailtap::trace
