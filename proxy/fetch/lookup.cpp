#include "proxy/fetch/lookup.h"

#include <algorithm>

#include "certs/advice/full_verdict.h"
#include "certs/asn1/oids.h"
#include "certs/model/locations.h"
#include "certs/model/ocsp.h"
#include "certs/model/pem.h"
#include "certs/model/signature.h"
#include "certs/verify/revocation.h"
#include "certs/verify/trust_store_contents.h"
#include "inspect/verdict_facts.h"

namespace mailtap::fetch {

bool is_incomplete(const certs::Verdict& verdict) {
  return std::any_of(verdict.findings.begin(), verdict.findings.end(), [](const certs::Finding& finding) {
    return finding.fault == certs::Fault::incomplete_chain;
  });
}

Lookup::Lookup(FetchCache& cache, LookupRequest request, Done done)
    : cache_(cache), request_(std::move(request)), done_(std::move(done)), chain_(request_.chain) {
  result_.trust = request_.trust;
}

Lookup::~Lookup() {
  cache_.forget(this);
}

void Lookup::start() {
  if (request_.issuers && is_incomplete(certs::full_verdict(chain_, *request_.trust, request_.question)))
    return complete();
  collect_certificates();
}

// --- the chain's missing issuers --------------------------------------------------------------------------

/// Issuer after issuer, from the highest certificate of the path on. It ends when the chain reaches a root,
/// when nothing more can be had, or after max_issuers.
void Lookup::complete() {
  const auto verdict = certs::full_verdict(chain_, *request_.trust, request_.question);
  if (!is_incomplete(verdict)) return completed(true, {});
  if (verdict.path.empty() || verdict.path.back() >= chain_.size())
    return completed(false, "there is no certificate to begin with");
  if (issuers_ >= max_issuers)
    return completed(false, "after " + std::to_string(max_issuers) + " issuers still no root");
  const auto last = certs::parse_certificate(chain_[verdict.path.back()]);
  const auto urls = last ? certs::issuer_urls(**last) : std::vector<std::string>{};
  if (urls.empty())
    return completed(false,
                     verdict.chain[verdict.path.back()].subject + " names no http:// URL of its issuer");
  ++issuers_;
  cache_.get(urls.front(), max_issuer_bytes, this,
             [this, url = urls.front()](const FetchCache::Body& body) { on_issuer(url, *body); });
}

void Lookup::on_issuer(const std::string& url, const Result<std::string>& body) {
  result_.failed = !body;
  if (!body) return completed(false, url + ": " + body.error().message);
  const auto issuers = certs::certificates_in(*body);
  if (!issuers || issuers->empty()) return completed(false, url + " holds no certificate");
  const auto before = chain_.size();
  for (const auto& issuer : *issuers)
    if (std::find(chain_.begin(), chain_.end(), issuer) == chain_.end()) chain_.push_back(issuer);
  if (chain_.size() == before) return completed(false, url + " holds nothing new");
  complete();
}

void Lookup::completed(bool reaches_root, std::string detail) {
  result_.found.completion = inspect::Completion{reaches_root, {}, std::move(detail)};
  collect_certificates();
}

// --- revocation lists -------------------------------------------------------------------------------------

/// Those of the path, but for its end: who isn't issued by another can't be revoked.
void Lookup::collect_certificates() {
  if (!request_.lists && !request_.responses) return finish();
  if (request_.lists) result_.found.lists.emplace();
  if (request_.responses) result_.found.responses.emplace();
  const auto path = certs::full_verdict(chain_, *request_.trust, request_.question).path;
  for (auto position = path.rbegin(); position != path.rend(); ++position) {
    if (*position >= chain_.size()) continue;
    auto certificate = certs::parse_certificate(chain_[*position]);
    const bool ends_path = position == path.rbegin();
    if (!certificate || (*certificate)->self_issued()) continue;
    if (ends_path && request_.trust->contents().anchors.contains(**certificate)) continue;
    if (request_.lists) unasked_.push_back(*certificate);
    if (request_.responses) unquestioned_.push_back(std::move(*certificate));
  }
  next_list();
}

void Lookup::next_list() {
  if (unasked_.empty()) return next_question();
  const auto certificate = std::move(unasked_.back());
  unasked_.pop_back();
  if (!certs::list_urls(*certificate).empty()) return ask_for_list(certificate, 0);
  if (certificate->find(certs::oid::crl_distribution_points) != nullptr) give_up(*certificate);
  next_list();
}

/// It names lists, and none that can be fetched: its state is unknown, unless a list at hand has it.
void Lookup::give_up(const certs::Certificate& certificate) {
  auto locations = certs::list_locations(certificate);
  if (locations.empty()) {
    const std::string problem = "where its revocation list is can't be read";
    unavailable_[certs::nameless_list(certificate)] = problem;
    result_.found.lists->push_back({{}, certificate.subject.text() + ": " + problem});
  }
  for (auto& url : locations) {
    const std::string problem = http::parse_http_url(url) ? "it is of another signer or for some reasons only"
                                                          : "only http:// addresses are fetched from";
    unavailable_[url] = problem;
    result_.found.lists->push_back({std::move(url), problem});
  }
}

void Lookup::ask_for_list(const certs::CertificatePtr& certificate, std::size_t which) {
  const auto urls = certs::list_urls(*certificate);
  const auto& url = urls[which];
  cache_.get(url, request_.max_list_bytes, this,
             [this, certificate, which, url, count = urls.size()](const FetchCache::Body& body) {
               auto problem = keep_list(*certificate, *body);
               const bool usable = problem.empty();
               result_.found.lists->push_back({url, problem});
               if (!usable && which + 1 < count) return ask_for_list(certificate, which + 1);
               if (!usable) {
                 unavailable_[url] = std::move(problem);
                 result_.failed = true;
               }
               next_list();
             });
}

/// Says why it can't be used; whether its signature and dates are right is the verdict's to say.
std::string Lookup::keep_list(const certs::Certificate& certificate, const Result<std::string>& body) {
  if (!body) return body.error().message;
  const auto found = certs::crls_in(*body);
  if (!found || found->size() != 1) return "it holds no revocation list";
  auto list = certs::parse_crl(found->front());
  if (!list) return list.error().message;
  if (!((*list)->issuer == certificate.issuer)) return "it is the list of " + (*list)->issuer.text();
  if ((*list)->next_update) result_.lists_until = std::min(result_.lists_until, *(*list)->next_update);
  lists_.push_back(std::move(*list));
  return {};
}

// --- OCSP responders --------------------------------------------------------------------------------------

void Lookup::next_question() {
  if (unquestioned_.empty()) return finish();
  const auto certificate = std::move(unquestioned_.back());
  unquestioned_.pop_back();
  if (certs::responder_urls(*certificate).empty()) return next_question();
  const auto issuer = issuer_of(*certificate);
  if (issuer != nullptr) return ask_responder(certificate, issuer, 0);
  leave_unanswered(*certificate, certs::responder_urls(*certificate).front(),
                   "the certificate's issuer isn't known, and the question names it");
  next_question();
}

void Lookup::ask_responder(const certs::CertificatePtr& certificate, const certs::CertificatePtr& issuer,
                           std::size_t which) {
  const auto urls = certs::responder_urls(*certificate);
  const auto& url = urls[which];
  const auto question = certs::ocsp_request(*certificate, *issuer);
  cache_.post(url, {"application/ocsp-request", std::string(as_text(question))}, certs::max_ocsp_response,
              this,
              [this, certificate, issuer, which, url, count = urls.size()](const FetchCache::Body& body) {
                const auto problem = keep_response(*certificate, *issuer, *body);
                const bool usable = problem.empty();
                if (usable || which + 1 < count) result_.found.responses->push_back({url, problem});
                if (!usable && which + 1 < count) return ask_responder(certificate, issuer, which + 1);
                if (!usable) {
                  leave_unanswered(*certificate, url, problem);
                  result_.failed = true;
                }
                next_question();
              });
}

/// Says why it can't be used; whether its signature and dates are right is the verdict's to say.
std::string Lookup::keep_response(const certs::Certificate& certificate, const certs::Certificate& issuer,
                                  const Result<std::string>& body) {
  if (!body) return body.error().message;
  auto response = certs::parse_ocsp_response(as_bytes(*body));
  if (!response) return response.error().message;
  if ((*response)->status != certs::OcspStatus::successful)
    return "it answered with the error " + std::string(certs::to_string((*response)->status));
  const auto* single = (*response)->find(certificate, issuer);
  if (single == nullptr) return "it answered about another certificate";
  if (single->next_update) result_.lists_until = std::min(result_.lists_until, *single->next_update);
  responses_.push_back(std::move(*response));
  return {};
}

void Lookup::leave_unanswered(const certs::Certificate& certificate, const std::string& url,
                              const std::string& problem) {
  unavailable_[certs::unanswered_question(certificate)] =
      "the OCSP responder " + url + " gave no answer to use, " + problem;
  result_.found.responses->push_back({url, problem});
}

/// By name and signature, of what was sent, fetched or is trusted; null: there is none.
certs::CertificatePtr Lookup::issuer_of(const certs::Certificate& certificate) const {
  const auto has_issued = [&](const certs::Certificate& issuer) {
    return issuer.subject == certificate.issuer &&
           certs::verify_signature(certificate.tbs, certificate.signature_algorithm, certificate.signature,
                                   issuer.spki) == certs::SignatureCheck::good;
  };
  for (const auto& issuer : request_.trust->contents().anchors.with_subject(certificate.issuer))
    if (has_issued(*issuer)) return issuer;
  for (const auto& der : chain_)
    if (auto issuer = certs::parse_certificate(der); issuer && has_issued(**issuer)) return *issuer;
  return nullptr;
}

void Lookup::finish() {
  if (!lists_.empty() || !responses_.empty() || !unavailable_.empty())
    result_.trust = certs::TrustStore::with_lists(*request_.trust, lists_, unavailable_, responses_);
  if (auto& completion = result_.found.completion; completion && completion->reaches_root)
    completion->faults =
        inspect::distinct_faults(certs::full_verdict(chain_, *result_.trust, request_.question));
  done_(std::move(result_));
}

}  // namespace mailtap::fetch
