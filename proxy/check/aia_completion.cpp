#include "proxy/check/aia_completion.h"

#include <algorithm>

#include "certs/pem.h"
#include "proxy/check/judgement.h"

namespace mailtap::check {

bool is_incomplete(const certs::Verdict& verdict) {
  return std::any_of(verdict.findings.begin(), verdict.findings.end(), [](const certs::Finding& finding) {
    return finding.fault == certs::Fault::incomplete_chain;
  });
}

AiaCompletion::AiaCompletion(const Network& network, const Options& options, std::string name,
                             std::vector<Buffer> chain, Done done)
    : network_(network),
      options_(options),
      name_(std::move(name)),
      chain_(std::move(chain)),
      done_(std::move(done)) {}

void AiaCompletion::start() {
  const auto verdict = verdict_on(options_, chain_, name_);
  if (!is_incomplete(verdict)) return done_({true, inspect::distinct_faults(verdict), {}});
  if (verdict.path.empty() || verdict.path.back() >= chain_.size())
    return done_({false, {}, "there is no certificate to begin with"});
  if (fetches_.size() >= most_issuers)
    return done_({false, {}, "after " + std::to_string(most_issuers) + " issuers still no root"});
  const auto urls = issuer_urls(chain_[verdict.path.back()]);
  if (urls.empty())
    return done_(
        {false, {}, verdict.chain[verdict.path.back()].subject + " names no http:// URL of its issuer"});
  auto url = parse_http_url(urls.front());
  if (!url) return done_({false, {}, urls.front() + ": " + url.error().message});
  fetches_.push_back(std::make_unique<HttpFetch>(
      network_, std::move(*url), options_.timeout,
      [this, text = urls.front()](Result<std::string> body) { on_fetched(text, std::move(body)); }));
  fetches_.back()->start();
}

void AiaCompletion::on_fetched(const std::string& url, Result<std::string> body) {
  if (!body) return done_({false, {}, url + ": " + body.error().message});
  const auto issuers = certs::certificates_in(*body);
  if (!issuers || issuers->empty()) return done_({false, {}, url + " holds no certificate"});
  const auto before = chain_.size();
  for (const auto& issuer : *issuers)
    if (std::find(chain_.begin(), chain_.end(), issuer) == chain_.end()) chain_.push_back(issuer);
  if (chain_.size() == before) return done_({false, {}, url + " holds nothing new"});
  start();
}

}  // namespace mailtap::check
