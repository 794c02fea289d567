#include "proxy/connection/hello_trial.h"

#include <utility>

#include "inspect/direct.h"
#include "inspect/record.h"

namespace mailtap::proxy {

void HelloTrial::keep(const tls::ClientHello& hello, Bytes stream) {
  if (!context_.settings().trial_hello) return;
  const auto taken = stream.first(std::min(hello.size, stream.size()));
  stream_.assign(taken.begin(), taken.end());
  sni_ = hello.sni;
}

void HelloTrial::play() {
  if (stream_.empty() || hello_.offer_key().empty()) return;
  // Of a connection that the server has reset the system no longer tells it.
  const auto address = net::Address::parse(context_.record.upstream.address);
  if (!address) return;
  Prober::Question question;
  question.address = *address;
  question.proxy_protocol = context_.settings().ingress.send_proxy_protocol;
  if (const auto& start = context_.record.starttls) question.starttls = start->protocol;
  question.sni = sni_;
  question.offer_key = hello_.offer_key();
  question.hello = std::exchange(stream_, {});
  is_asking_ = is_under_way_ = true;
  context_.services.prober.ask(question, this, [this](const ProbedPtr& probed) { answered(probed); });
  is_asking_ = false;
}

void HelloTrial::answered(const ProbedPtr& probed) {
  is_under_way_ = false;
  if (probed->offer) {
    auto& record = context_.record;
    record.direct =
        inspect::direct_of(*probed->offer, probed->answer, record.upstream, context_.route->language);
    record.direct->from_cache = is_asking_;
    hello_.learn(probed->answer, Context::Clock::now());
  }
  if (!is_asking_) done_();
}

void HelloTrial::forget() {
  if (std::exchange(is_under_way_, false)) context_.services.prober.forget(this);
}

}  // namespace mailtap::proxy
