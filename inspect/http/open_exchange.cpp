#include "inspect/http/open_exchange.h"

#include <algorithm>

#include "config/base/text.h"
#include "inspect/http/services.h"

namespace mailtap::inspect::http {

namespace {

Microseconds between(Instant from, Instant to) {
  return std::chrono::duration_cast<Microseconds>(to - from);
}

/// The services whose bodies are SOAP or XML with a response code.
bool has_soap(Service service) {
  return service == Service::ews || service == Service::autodiscover;
}

/// A header's value that is a number; empty for anything else, which isn't kept.
std::string number(std::string_view text) {
  constexpr std::size_t longest = 10;
  const bool is_number = text.size() <= longest &&
                         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return is_number ? std::string(text) : std::string();
}

bool is_failure(const Exchange& exchange, unsigned status) {
  if (status == 0) return true;
  // A round of authentication on the way.
  const auto stage = exchange.authentication.stage;
  if (status == 401 && (stage == AuthStage::offered || stage == AuthStage::challenged)) return false;
  const auto& code = std::get<HttpPart>(exchange.part).response_code;
  return status >= 400 || (!code.empty() && code != "NoError" && code != "0");
}

}  // namespace

void OpenExchange::set_request_line(std::string_view method, std::string_view target,
                                    const Pseudonyms& pseudonyms) {
  part().method = known_method(method);
  is_head = part().method == "HEAD";
  is_connect = part().method == "CONNECT";
  exchange.service = service_of(target);
  part().path = shown_path(exchange.service, target, pseudonyms);
  if (exchange.service == Service::activesync) part().operation = activesync_command(target);
}

void OpenExchange::response_begins(Instant now) {
  exchange.first_byte = between(began, now);
}

void OpenExchange::forget_response() {
  status = 0;
  exchange.first_byte = Microseconds{-1};
}

void OpenExchange::request_said(const SoapReader* soap) {
  // An early response may have named it before a request that doesn't has ended.
  if (soap != nullptr && !soap->operation().empty()) part().operation = soap->operation();
}

void OpenExchange::response_said(const SoapReader* soap) {
  if (soap == nullptr) return;
  part().response_code = soap->response_code();
  if (part().operation.empty()) part().operation = soap->operation();
}

Exchange OpenExchange::finish(const TapContext& context) {
  exchange.time = context.wall(began);
  exchange.complete = is_over();
  exchange.total = between(began, last);
  if (status != 0) exchange.status = std::to_string(status);
  auth::judge(credentials, challenge, status, context, exchange);
  exchange.failed = is_failure(exchange, status);
  if (const auto finding = finding_of_response(refusal, status, exchange))
    exchange.findings.push_back(*finding);
  if (is_throttled(exchange)) exchange.retry_after = refusal.retry_after_seconds;
  return std::move(exchange);
}

// --- requests ---------------------------------------------------------------------------------------------

void RequestHead::begin() {
  coding_.clear();
  operation_ = {};
}

bool RequestHead::wants(std::string_view name) {
  switch (name.size()) {
    case 13: return equal_ignoring_case(name, "Authorization") || equal_ignoring_case(name, "X-RequestType");
    case 16: return equal_ignoring_case(name, "Content-Encoding");
    default: return false;
  }
}

void RequestHead::on_field(std::string_view name, std::string_view value, OpenExchange& to) {
  if (equal_ignoring_case(name, "Authorization")) {
    // There is one (RFC 9110 section 11.6.2): more only cost.
    if (to.credentials.scheme == AuthScheme::none) to.credentials = auth::parse_credentials(value);
  } else if (equal_ignoring_case(name, "Content-Encoding")) {
    coding_ = value;
  } else {
    operation_ = known_mapi_request(value);
  }
}

std::optional<Coding> RequestHead::end(OpenExchange& to) {
  if (to.exchange.service == Service::mapi) to.part().operation = operation_;
  return has_soap(to.exchange.service) ? coding_of(coding_) : std::nullopt;
}

// --- responses --------------------------------------------------------------------------------------------

void ResponseHead::begin() {
  coding_.clear();
}

bool ResponseHead::wants(std::string_view name) {
  switch (name.size()) {
    case 11: return equal_ignoring_case(name, "Retry-After");
    case 14: return equal_ignoring_case(name, "X-ResponseCode");
    case 16:
      return equal_ignoring_case(name, "WWW-Authenticate") || equal_ignoring_case(name, "Content-Encoding") ||
             equal_ignoring_case(name, "X-MS-Diagnostics");
    default: return false;
  }
}

void ResponseHead::on_field(std::string_view name, std::string_view value, OpenExchange& to) {
  if (equal_ignoring_case(name, "WWW-Authenticate")) {
    auth::add_challenge(value, to.challenge);
    to.refusal.add_offer(value);
  } else if (equal_ignoring_case(name, "X-MS-Diagnostics")) {
    to.refusal.add_diagnostics(value);
  } else if (equal_ignoring_case(name, "Retry-After")) {
    to.refusal.add_retry_after(value);
  } else if (equal_ignoring_case(name, "Content-Encoding")) {
    coding_ = value;
  } else {
    to.part().response_code = number(value);  // [MS-OXCMAPIHTTP] 2.2.3.3.3
  }
}

std::optional<Coding> ResponseHead::end(OpenExchange& to) {
  return has_soap(to.exchange.service) && !to.is_head ? coding_of(coding_) : std::nullopt;
}

}  // namespace mailtap::inspect::http
