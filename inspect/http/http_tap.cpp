#include "inspect/http/http_tap.h"

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

HttpTap::HttpTap(const TapContext& context, ExchangeSink& sink) : context_(context), sink_(sink) {}

void HttpTap::on_bytes(Flow flow, Bytes bytes, Instant now) {
  if (stopped_) return;
  now_ = now;
  const auto error = flow == Flow::to_upstream ? requests_.feed(bytes) : responses_.feed(bytes);
  if (!error.empty()) stop(error);
}

void HttpTap::on_end(Flow flow, Instant now) {
  if (stopped_ || flow == Flow::to_upstream) return;
  now_ = now;
  if (const auto error = responses_.finish(); !error.empty()) stop(error);
}

void HttpTap::on_closed(Instant now) {
  if (stopped_) return;
  now_ = now;
  // What was being read has its size so far.
  if (requests_.in_message() && !pending_.empty()) pending_.back().exchange.request_bytes = requests_.size();
  if (responses_.in_message() && !pending_.empty())
    pending_.front().exchange.response_bytes += responses_.size();
  for (auto& pending : pending_) {
    pending.last = now;
    // A method that was never whole is no request.
    if (!http_of(pending).method.empty() || pending.status != 0) tell(pending);
  }
  pending_.clear();
}

/// Tells the exchanges at the front that are over.
void HttpTap::tell_finished() {
  if (stopped_) return;
  while (!pending_.empty() && pending_.front().request_complete && pending_.front().response_complete) {
    auto& first = pending_.front();
    tell(first);
    const bool over = first.upgrade_answered;
    pending_.pop_front();
    if (over) return stop("what follows an upgrade is no HTTP");
  }
}

void HttpTap::tell(Pending& pending) {
  auto& exchange = pending.exchange;
  exchange.time = context_.wall(pending.began);
  exchange.complete = pending.request_complete && pending.response_complete;
  exchange.total = between(pending.began, pending.last);
  if (pending.status != 0) exchange.status = std::to_string(pending.status);
  auth::judge(pending.credentials, pending.challenge, pending.status, context_, exchange);
  exchange.failed = is_failure(exchange, pending.status);
  if (const auto finding = finding_of_response(pending.refusal, pending.status, exchange))
    exchange.findings.push_back(*finding);
  if (is_throttled(exchange)) exchange.retry_after = pending.refusal.retry_after_seconds;
  sink_.on_exchange(std::move(exchange));
}

void HttpTap::stop(std::string_view why) {
  if (stopped_) return;
  stopped_ = true;
  requests_.halt();
  responses_.halt();
  for (auto& pending : pending_)
    if (!http_of(pending).method.empty()) tell(pending);
  sink_.on_stopped(why);
}

// --- requests ---------------------------------------------------------------------------------------------

void HttpTap::Request::on_begin() {
  if (tap_.pending_.size() >= max_pending) return tap_.stop("too many requests without a response");
  auto& pending = tap_.pending_.emplace_back();
  pending.began = pending.last = tap_.now_;
  pending.exchange.part = HttpPart{};
  coding_.clear();
  operation_ = {};
}

void HttpTap::Request::on_request_line(std::string_view method, std::string_view target) {
  auto& pending = tap_.pending_.back();
  auto& http = tap_.http_of(pending);
  auto& service = pending.exchange.service;
  http.method = known_method(method);
  pending.is_head = http.method == "HEAD";
  pending.is_connect = http.method == "CONNECT";
  service = service_of(target);
  http.path = shown_path(service, target, tap_.context_.pseudonyms);
  if (service == Service::activesync) http.operation = activesync_command(target);
}

bool HttpTap::Request::wants(std::string_view name) {
  switch (name.size()) {
    case 13: return equal_ignoring_case(name, "Authorization") || equal_ignoring_case(name, "X-RequestType");
    case 16: return equal_ignoring_case(name, "Content-Encoding");
    default: return false;
  }
}

void HttpTap::Request::on_field(std::string_view name, std::string_view value) {
  auto& pending = tap_.pending_.back();
  if (equal_ignoring_case(name, "Authorization"))
    pending.credentials = auth::parse_credentials(value);
  else if (equal_ignoring_case(name, "Content-Encoding"))
    coding_ = value;
  else
    operation_ = known_mapi_request(value);
}

MessageReader::Body HttpTap::Request::on_head() {
  auto& pending = tap_.pending_.back();
  if (pending.exchange.service == Service::mapi) tap_.http_of(pending).operation = operation_;
  const auto coding = coding_of(coding_);
  if (has_soap(pending.exchange.service) && coding)
    body_.begin(SoapReader::Kind::request, *coding);
  else
    body_.ignore();
  return pending.is_connect ? MessageReader::Body::none : MessageReader::Body::as_framed;
}

void HttpTap::Request::on_complete(std::uint64_t size) {
  auto& pending = tap_.pending_.back();
  auto& http = tap_.http_of(pending);
  pending.exchange.request_bytes = size;
  pending.request_complete = true;
  pending.last = tap_.now_;
  if (const auto* const soap = body_.finish()) http.operation = soap->operation();
  tap_.tell_finished();
}

// --- responses --------------------------------------------------------------------------------------------

void HttpTap::Response::on_begin() {
  if (tap_.pending_.empty()) {
    // A server that hangs up on an idle client may say so (408): a response to nothing, and the last.
    if (has_left_) return tap_.stop("a response without a request");
    has_left_ = true;
    auto& pending = tap_.pending_.emplace_back();
    pending.began = tap_.now_;
    pending.exchange.part = HttpPart{};
    pending.request_complete = pending.is_unasked = true;
  }
  if (tap_.stopped_) return;
  auto& pending = tap_.pending_.front();
  if (pending.response_complete) return tap_.stop("a second response to one request");
  pending.exchange.first_byte = between(pending.began, tap_.now_);
  coding_.clear();
  status_ = 0;
}

void HttpTap::Response::on_status(unsigned status) {
  status_ = status;
  auto& pending = tap_.pending_.front();
  // Nobody has asked, and it is no complaint either.
  if (pending.is_unasked && status < 400) return tap_.stop("a response without a request");
  pending.status = status;
}

bool HttpTap::Response::wants(std::string_view name) {
  switch (name.size()) {
    case 11: return equal_ignoring_case(name, "Retry-After");
    case 14: return equal_ignoring_case(name, "X-ResponseCode");
    case 16:
      return equal_ignoring_case(name, "WWW-Authenticate") || equal_ignoring_case(name, "Content-Encoding") ||
             equal_ignoring_case(name, "X-MS-Diagnostics");
    default: return false;
  }
}

void HttpTap::Response::on_field(std::string_view name, std::string_view value) {
  auto& pending = tap_.pending_.front();
  if (equal_ignoring_case(name, "WWW-Authenticate")) {
    auth::add_challenge(value, pending.challenge);
    pending.refusal.add_offer(value);
  } else if (equal_ignoring_case(name, "X-MS-Diagnostics")) {
    pending.refusal.add_diagnostics(value);
  } else if (equal_ignoring_case(name, "Retry-After")) {
    pending.refusal.add_retry_after(value);
  } else if (equal_ignoring_case(name, "Content-Encoding")) {
    coding_ = value;
  } else {
    tap_.http_of(pending).response_code = number(value);  // [MS-OXCMAPIHTTP] 2.2.3.3.3
  }
}

MessageReader::Body HttpTap::Response::on_head() {
  auto& pending = tap_.pending_.front();
  const auto coding = coding_of(coding_);
  if (has_soap(pending.exchange.service) && coding && !pending.is_head)
    body_.begin(SoapReader::Kind::response, *coding);
  else
    body_.ignore();
  const bool tunnels = pending.is_connect && status_ / 100 == 2;
  if (status_ == 101 || tunnels) {
    pending.upgrade_answered = true;
    tap_.http_of(pending).upgraded = true;
    return MessageReader::Body::other_protocol;
  }
  return pending.is_head ? MessageReader::Body::none : MessageReader::Body::as_framed;
}

void HttpTap::Response::on_complete(std::uint64_t size) {
  auto& pending = tap_.pending_.front();
  auto& http = tap_.http_of(pending);
  pending.exchange.response_bytes += size;
  pending.last = tap_.now_;
  // 100 Continue and its like only announce the response (RFC 9110 section 15.2).
  if (status_ / 100 == 1 && status_ != 101) {
    pending.status = 0;
    pending.exchange.first_byte = Microseconds{-1};
    return;
  }
  pending.response_complete = true;
  if (pending.upgrade_answered) pending.request_complete = true;
  if (const auto* const soap = body_.finish()) {
    http.response_code = soap->response_code();
    if (http.operation.empty()) http.operation = soap->operation();
  }
  tap_.tell_finished();
}

}  // namespace mailtap::inspect::http
