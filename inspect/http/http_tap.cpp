#include "inspect/http/http_tap.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace mailtap::inspect::http {

namespace {

/// Whether a method and the beginning of a target come (RFC 9112 section 3), which no body of a mail client's
/// begins like. Nothing: too little is there to tell.
std::optional<bool> begins_like_request(std::string_view text) {
  constexpr std::size_t longest_method = 32;
  const auto method = text.substr(0, text.find(' '));
  const bool is_method = method.size() <= longest_method &&
                         std::all_of(method.begin(), method.end(),
                                     [](char c) { return (c >= 'A' && c <= 'Z') || c == '_' || c == '-'; });
  if (!is_method || text.starts_with(' ')) return false;
  if (method.size() + 1 >= text.size()) return std::nullopt;
  const auto target = text.substr(method.size() + 1);
  constexpr std::string_view scheme = "http";
  if (target.front() == '/' || target.front() == '*') return true;
  if (!scheme.starts_with(target.substr(0, scheme.size()))) return false;
  return target.size() < scheme.size() ? std::nullopt : std::optional(true);
}

}  // namespace

HttpTap::HttpTap(const TapContext& context, ExchangeSink& sink) : context_(context), sink_(sink) {}

void HttpTap::on_bytes(Flow flow, Bytes bytes, Instant now) {
  if (stopped_) return;
  now_ = now;
  const auto error = flow == Flow::to_upstream ? read_request(bytes) : responses_.feed(bytes);
  if (!error.empty()) stop(error);
}

/// A server that has given its last word before the body came may never get it: after 417, say, the client
/// sends its request anew, without the Expect field (RFC 9110 section 10.1.1).
std::string_view HttpTap::read_request(Bytes bytes) {
  const bool may_be_next = requests_.awaits_body() && pending_.front().response_complete;
  if (!may_be_next) return requests_.feed(bytes);
  undecided_.insert(undecided_.end(), bytes.begin(), bytes.end());
  const auto is_next = begins_like_request(as_text(undecided_));
  if (!is_next) return {};
  if (*is_next) requests_.leave_body_out();
  return requests_.feed(std::exchange(undecided_, {}));
}

void HttpTap::on_end(Flow flow, Instant now) {
  if (stopped_ || flow == Flow::to_upstream) return;
  now_ = now;
  if (const auto error = responses_.finish(); !error.empty()) stop(error);
}

void HttpTap::on_closed(Instant now) {
  if (stopped_) return;
  now_ = now;
  requests_.feed(std::exchange(undecided_, {}));  // it was a body
  if (stopped_) return;
  // What was being read has its size so far.
  if (requests_.in_message() && !pending_.empty()) pending_.back().exchange.request_bytes = requests_.size();
  if (responses_.in_message() && !pending_.empty())
    pending_.front().exchange.response_bytes += responses_.size();
  for (auto& pending : pending_) {
    pending.last = now;
    // A method that was never whole is no request.
    if (!pending.part().method.empty() || pending.status != 0) tell(pending);
  }
  pending_.clear();
}

/// Tells the exchanges at the front that are over.
void HttpTap::tell_finished() {
  if (stopped_) return;
  while (!pending_.empty() && pending_.front().is_over()) {
    auto& first = pending_.front();
    tell(first);
    const bool over = first.upgrade_answered;
    pending_.pop_front();
    if (over) return stop("what follows an upgrade is no HTTP");
  }
}

void HttpTap::tell(Pending& pending) {
  sink_.on_exchange(pending.finish(context_));
}

void HttpTap::stop(std::string_view why) {
  if (stopped_) return;
  stopped_ = true;
  requests_.halt();
  responses_.halt();
  for (auto& pending : pending_)
    if (!pending.part().method.empty()) tell(pending);
  sink_.on_stopped(why);
}

// --- requests ---------------------------------------------------------------------------------------------

void HttpTap::Request::on_begin() {
  if (tap_.pending_.size() >= max_pending) return tap_.stop("too many requests without a response");
  tap_.pending_.emplace_back(tap_.now_);
  head_.begin();
}

void HttpTap::Request::on_request_line(std::string_view method, std::string_view target) {
  tap_.pending_.back().set_request_line(method, target, tap_.context_.pseudonyms);
}

void HttpTap::Request::on_field(std::string_view name, std::string_view value) {
  head_.on_field(name, value, tap_.pending_.back());
}

MessageReader::Body HttpTap::Request::on_head() {
  auto& pending = tap_.pending_.back();
  if (const auto coding = head_.end(pending))
    body_.begin(SoapReader::Kind::request, *coding);
  else
    body_.ignore();
  return pending.is_connect ? MessageReader::Body::none : MessageReader::Body::as_framed;
}

void HttpTap::Request::on_complete(std::uint64_t size) {
  auto& pending = tap_.pending_.back();
  pending.exchange.request_bytes = size;
  pending.request_complete = true;
  pending.last = tap_.now_;
  pending.request_said(body_.finish());
  tap_.tell_finished();
}

// --- responses --------------------------------------------------------------------------------------------

void HttpTap::Response::on_begin() {
  if (tap_.pending_.empty()) {
    // A server that hangs up on an idle client may say so (408): a response to nothing, and the last.
    if (has_left_) return tap_.stop("a response without a request");
    has_left_ = true;
    auto& pending = tap_.pending_.emplace_back(tap_.now_);
    pending.request_complete = pending.is_unasked = true;
  }
  if (tap_.stopped_) return;
  auto& pending = tap_.pending_.front();
  if (pending.response_complete) return tap_.stop("a second response to one request");
  pending.response_begins(tap_.now_);
  head_.begin();
  status_ = 0;
}

void HttpTap::Response::on_status(unsigned status) {
  status_ = status;
  auto& pending = tap_.pending_.front();
  // Nobody has asked, and it is no complaint either.
  if (pending.is_unasked && status < 400) return tap_.stop("a response without a request");
  pending.status = status;
}

void HttpTap::Response::on_field(std::string_view name, std::string_view value) {
  head_.on_field(name, value, tap_.pending_.front());
}

MessageReader::Body HttpTap::Response::on_head() {
  auto& pending = tap_.pending_.front();
  if (const auto coding = head_.end(pending))
    body_.begin(SoapReader::Kind::response, *coding);
  else
    body_.ignore();
  const bool tunnels = pending.is_connect && status_ / 100 == 2;
  if (status_ == 101 || tunnels) {
    pending.upgrade_answered = true;
    pending.part().upgraded = true;
    return MessageReader::Body::other_protocol;
  }
  return pending.is_head ? MessageReader::Body::none : MessageReader::Body::as_framed;
}

void HttpTap::Response::on_complete(std::uint64_t size) {
  auto& pending = tap_.pending_.front();
  pending.exchange.response_bytes += size;
  pending.last = tap_.now_;
  // 100 Continue and its like.
  if (status_ / 100 == 1 && status_ != 101) return pending.forget_response();
  pending.response_complete = true;
  if (pending.upgrade_answered) pending.request_complete = true;
  pending.response_said(body_.finish());
  tap_.tell_finished();
}

}  // namespace mailtap::inspect::http
