#include "inspect/refusal.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "config/base/text.h"

namespace mailtap::inspect {

namespace {

/// More of a reply isn't looked at.
constexpr std::size_t looked_at = 512;

bool contains(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return lower(a) == lower(b);
  };
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

/// "535 5.7.139 ..." by both codes, also as "535-5.7.139".
bool has_codes(std::string_view reply, std::string_view basic, std::string_view enhanced) {
  if (!reply.starts_with(basic) || reply.size() <= basic.size()) return false;
  const auto rest = reply.substr(basic.size() + 1);
  return rest.starts_with(enhanced) && (rest.size() == enhanced.size() || rest[enhanced.size()] == ' ');
}

bool says_throttled(std::string_view reply) {
  struct Codes {
    std::string_view basic, enhanced;
  };
  // Exchange Online: concurrent connections, rate of messages, server busy.
  static constexpr std::array<Codes, 5> known{
      {{"432", "4.3.2"}, {"421", "4.3.2"}, {"451", "4.7.500"}, {"452", "4.3.1"}, {"421", "4.7.28"}}};
  if (std::any_of(known.begin(), known.end(),
                  [&](const Codes& codes) { return has_codes(reply, codes.basic, codes.enhanced); }))
    return true;
  return contains(reply, "throttled") || contains(reply, "too many connections") ||
         contains(reply, "too many concurrent") || contains(reply, "concurrent connections limit");
}

bool says_basic_is_off(std::string_view reply) {
  return contains(reply, "basicauthblocked") || contains(reply, "basic authentication is disabled") ||
         contains(reply, "basic authentication is not supported");
}

}  // namespace

std::optional<TrafficFinding> finding_of_reply(std::string_view reply, AuthScheme scheme) {
  reply = reply.substr(0, looked_at);
  if (has_codes(reply, "550", "5.7.30") || contains(reply, "SmtpClientAuthentication is disabled"))
    return TrafficFinding::smtp_auth_off;
  if (says_basic_is_off(reply)) return TrafficFinding::basic_off;
  if (has_codes(reply, "535", "5.7.139")) {
    // The same code stands for a wrong password.
    if (contains(reply, "credentials were incorrect")) return std::nullopt;
    return scheme == AuthScheme::bearer ? TrafficFinding::oauth_refused : TrafficFinding::smtp_auth_off;
  }
  if (says_throttled(reply)) return TrafficFinding::throttled;
  if (scheme == AuthScheme::bearer) return TrafficFinding::oauth_refused;
  return std::nullopt;
}

void HttpRefusal::add_diagnostics(std::string_view value) {
  value = value.substr(0, looked_at);
  throttled = throttled || contains(value, "throttl") || contains(value, "overbudget");
  basic_blocked = basic_blocked || contains(value, "basicauthblocked");
  const bool is_about_ews = contains(value, "EWS") || contains(value, "Exchange Web Services");
  ews_blocked = ews_blocked || (is_about_ews && (contains(value, "disabled") || contains(value, "blocked")));
}

void HttpRefusal::add_retry_after(std::string_view value) {
  retry_after = true;
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error == std::errc{} && end == value.data() + value.size()) retry_after_seconds = seconds;
}

void HttpRefusal::add_offer(std::string_view value) {
  offers_any = true;
  const auto word = value.substr(0, value.find_first_of(" ,"));
  // One field may have several (RFC 9110 section 11.6.1).
  offers_basic = offers_basic || equal_ignoring_case(word, "Basic") || contains(value, ", Basic");
}

std::optional<TrafficFinding> finding_of_response(const HttpRefusal& refusal, unsigned status,
                                                  const Exchange& exchange) {
  const auto& [scheme, stage, ntlm] = exchange.authentication;
  const auto* const http = std::get_if<HttpPart>(&exchange.part);
  const bool is_busy = http != nullptr && (http->response_code == "ErrorServerBusy" ||
                                           http->response_code == "ErrorExceededConnectionCount" ||
                                           http->response_code == "ErrorExceededSubscriptionCount");
  if (status == 429 || (status == 503 && refusal.retry_after) || (status >= 400 && refusal.throttled) ||
      is_busy)
    return TrafficFinding::throttled;
  if (status < 400) return std::nullopt;
  const bool with_credentials = scheme != AuthScheme::none && stage != AuthStage::offered;
  if (exchange.service == Service::ews && (refusal.ews_blocked || (status == 403 && with_credentials)))
    return TrafficFinding::ews_blocked;
  if (refusal.basic_blocked) return TrafficFinding::basic_off;
  if (stage != AuthStage::refused) return std::nullopt;
  if (scheme == AuthScheme::basic && refusal.offers_any && !refusal.offers_basic)
    return TrafficFinding::basic_off;
  if (scheme == AuthScheme::bearer) return TrafficFinding::oauth_refused;
  return std::nullopt;
}

}  // namespace mailtap::inspect
