#include "proxy/alerts/webhook.h"

#include <utility>

#include "certs/verify/trust_store.h"
#include "proxy/http/token.h"

namespace mailtap::alerts {

namespace {

bool is_worth_another_try(const Result<http::Answer>& response) {
  constexpr unsigned request_timeout = 408;
  constexpr unsigned too_many_requests = 429;
  return !response || response->status >= 500 || response->status == request_timeout ||
         response->status == too_many_requests;
}

std::string describe(const Result<http::Answer>& response) {
  return response ? "the server answered with status " + std::to_string(response->status)
                  : response.error().message;
}

}  // namespace

Result<std::optional<Webhook::Settings>> prepare_webhook(const config::Alerts::Webhook& wanted) {
  if (!wanted.url) return std::optional<Webhook::Settings>();
  Webhook::Settings settings;
  settings.url = *wanted.url;
  settings.timeout = wanted.timeout;
  if (settings.url.is_tls) {
    auto trust = certs::TrustStore::load(wanted.trust);
    if (!trust) return fail("alert-webhook-trust: " + trust.error().message);
    settings.trust = std::move(*trust);
  }
  if (!wanted.token_file.empty()) {
    auto token = http::read_token(wanted.token_file);
    if (!token) return fail("alert-webhook-token-file: " + token.error().message);
    settings.token = std::move(*token);
  }
  return settings;
}

Webhook::Webhook(const net::Network& network, const inspect::Messages& messages, std::function<void()> idle)
    : network_(network),
      queue_("webhook", messages),
      idle_(std::move(idle)),
      next_(network.loop, [this] { go_on(); }) {}

void Webhook::set(std::optional<Settings> settings) {
  settings_ = std::move(settings);
  if (!settings_) queue_.drop_all();
}

void Webhook::put(const Delivery& delivery) {
  if (!settings_) return;
  queue_.put(delivery);
  if (!current_ && !next_.active()) next_.start({});
}

void Webhook::go_on() {
  fetch_.reset();
  if (current_ && !settings_) {
    queue_.failed("there is no webhook any more");
    current_.reset();
  }
  if (!current_) {
    current_ = queue_.next();
    attempts_ = 0;
  }
  current_ ? post() : idle_();
}

void Webhook::post() {
  http::ClientRequest request;
  request.url = settings_->url;
  request.method = "POST";
  request.fields = "Content-Type: application/json\r\n";
  if (!settings_->token.empty()) request.fields += "Authorization: Bearer " + settings_->token + "\r\n";
  request.body = current_->json;
  request.trust = settings_->trust;
  fetch_ = std::make_unique<http::Client>(
      network_, std::move(request), http::ClientLimits{settings_->timeout, max_answer},
      [this](Result<http::Answer> response) { answered(std::move(response)); });
  fetch_->start();
}

/// A redirect is a failure like another: what is told here is meant for this server.
void Webhook::answered(Result<http::Answer> response) {
  if (response && response->status / 100 == 2) {
    queue_.delivered();
    current_.reset();
    return next_.start({});
  }
  if (is_worth_another_try(response) && attempts_ < std::size(pauses)) {
    if (attempts_ == 0) queue_.warn(describe(response) + "; it is asked again");
    return next_.start(pauses[attempts_++]);
  }
  queue_.failed(describe(response) + (attempts_ == 0 ? "" : ", " + std::to_string(attempts_ + 1) + " times"));
  current_.reset();
  next_.start({});
}

void Webhook::stop() {
  next_.stop();
  fetch_.reset();
  if (current_) {
    queue_.failed("mailtap ends");
    current_.reset();
  }
  queue_.drop_all();
}

}  // namespace mailtap::alerts
