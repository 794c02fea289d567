#include "proxy/check/judgement.h"

#include <algorithm>
#include <chrono>

#include "certs/advice/advice.h"
#include "certs/advice/client_certificate.h"
#include "certs/advice/full_verdict.h"
#include "certs/advice/mail_service.h"
#include "certs/asn1/oids.h"
#include "certs/model/certificate.h"
#include "certs/model/identity.h"
#include "certs/model/locations.h"
#include "certs/verify/name_matching.h"
#include "certs/verify/trust_store_contents.h"
#include "proxy/check/labels.h"
#include "proxy/check/product.h"

namespace mailtap::check {

namespace {

void leave_out_name(certs::Verdict& verdict, certs::Language language) {
  verdict.name_matches = verdict.name_known = true;
  verdict.legacy_cn_match = verdict.address_as_dns_name = false;
  std::erase(verdict.causes, 2);
  auto& dotnet = verdict.dotnet;
  std::erase(dotnet.policy_errors, "RemoteCertificateNameMismatch");
  if (dotnet.policy_errors.empty()) dotnet.exception.clear();
  verdict.advice = certs::advice(verdict, language);
}

/// Steps have commands with the server's name: without one asked for, the certificate's own stands there.
std::vector<std::string> steps_of(certs::Verdict verdict, certs::Language language,
                                  const certs::Source& source) {
  if (verdict.name_checked.empty())
    verdict.name_checked = verdict.names.empty() ? "SERVER" : verdict.names.front();
  return certs::steps(verdict, language, source);
}

certs::Source source_of(const Report& report) {
  const auto& target = report.target;
  certs::Source source{target.endpoint.host, target.endpoint.port, {}, target.file};
  if (target.starttls != Starttls::none) source.starttls = to_string(target.starttls);
  if (!target.is_file()) source.service = service_of(target);
  source.product = report.product;
  return source;
}

/// What helps against old versions comes before what helps the certificate: without it nobody sees that.
void add_steps_to_newer_versions(Report& report, certs::Language language) {
  if (!report.version_judgement.only_old) return;
  const auto newest = report.version_judgement.newest;
  std::vector<std::string> steps{certs::step_to_newer_tls(language, source_of(report))};
  const bool can_bridge = std::any_of(report.versions.begin(), report.versions.end(),
                                      [&](const auto& answer) { return answer.by_handshake; });
  if (can_bridge)
    steps.push_back(filled_in(version_words_of(language).until_then, "{command}",
                              bridging_command(report.target, newest)));
  report.steps.insert(report.steps.begin(), steps.begin(), steps.end());
}

/// A list that was given and says nothing of the path was given in vain, which must be told.
void tell_of_useless_lists(certs::Verdict& verdict, const certs::TrustStore& trust) {
  for (const auto& list : trust.contents().lists.crls) {
    const auto issuer = list->issuer.text();
    const bool concerns = std::any_of(verdict.path.begin(), verdict.path.end(), [&](std::size_t position) {
      return position < verdict.chain.size() && verdict.chain[position].issuer == issuer;
    });
    if (!concerns)
      verdict.lints.push_back("the revocation list of " + issuer +
                              " is of no CA on the path: nothing was checked by it");
  }
}

/// With --fetch-crl: who names no list isn't checked, which must be told where others are.
void tell_of_unlisted(certs::Verdict& verdict, const certs::TrustStore& trust,
                      const std::vector<Buffer>& chain) {
  std::vector<std::string> unlisted;
  bool any_listed = false;
  for (const auto position : verdict.path) {
    const auto certificate = position < chain.size() ? certs::parse_certificate(chain[position])
                                                     : Result<certs::CertificatePtr>(tl::unexpected(Error{}));
    if (!certificate || (*certificate)->self_issued() || trust.contents().anchors.contains(**certificate))
      continue;
    const auto& lists = trust.contents().lists.crls;
    const bool at_hand = std::any_of(
        lists.begin(), lists.end(), [&](const auto& list) { return list->issuer == (*certificate)->issuer; });
    const bool listed = (*certificate)->find(certs::oid::crl_distribution_points) != nullptr;
    any_listed = any_listed || listed;
    if (!listed && !at_hand)
      unlisted.push_back("certificate " + std::to_string(position) +
                         ": it names no revocation list, so it wasn't checked whether it was revoked");
  }
  // Where none names one, the report says that of all together.
  if (any_listed) verdict.lints.insert(verdict.lints.end(), unlisted.begin(), unlisted.end());
}

/// The same of --fetch-ocsp: who names no responder isn't asked about.
void tell_of_unanswered(certs::Verdict& verdict, const certs::TrustStore& trust,
                        const std::vector<Buffer>& chain) {
  std::vector<std::string> unanswered;
  bool any_named = false;
  for (const auto position : verdict.path) {
    const auto certificate = position < chain.size() ? certs::parse_certificate(chain[position])
                                                     : Result<certs::CertificatePtr>(tl::unexpected(Error{}));
    if (!certificate || (*certificate)->self_issued() || trust.contents().anchors.contains(**certificate))
      continue;
    const bool is_named = !certs::responder_urls(**certificate).empty();
    any_named = any_named || is_named;
    if (!is_named)
      unanswered.push_back("certificate " + std::to_string(position) +
                           ": it names no OCSP responder (http://), so none was asked about it");
  }
  if (any_named) verdict.lints.insert(verdict.lints.end(), unanswered.begin(), unanswered.end());
}

/// As dates.tsv has it.
std::string_view protocol_of(const Target& target) {
  switch (service_of(target)) {
    case certs::Service::smtp: return "smtp";
    case certs::Service::imap: return "imap";
    case certs::Service::pop3: return "pop3";
    case certs::Service::ldap: return "ldap";
    case certs::Service::web:
    case certs::Service::other: break;
  }
  return "http";
}

/// What the server's service refuses today, whatever its certificate is worth.
void tell_of_service(certs::Verdict& verdict, const Report& report, Time at) {
  if (report.target.is_file()) return;
  const auto& host = report.target.endpoint.host;
  const auto by_name = certs::mail_service_of(report.name, report.greeting);
  const auto service = by_name.empty() ? certs::mail_service_of(host, report.greeting) : by_name;
  for (auto& lint : certs::service_lints(service, protocol_of(report.target), at))
    verdict.lints.push_back(std::move(lint));
}

/// A client certificate that servers refuse, though this one may not have looked.
void tell_of_client_certificate(Report& report, const Options& options) {
  if (options.client_certificate == nullptr || report.client_certificate == ClientCertificate::not_asked)
    return;
  const auto& leaf = options.client_certificate->chain()->raw;
  const auto certificate = certs::parse_certificate(Bytes(leaf.p, leaf.len));
  if (!certificate) return;
  if (auto unfit = certs::unfit_for_clients(**certificate, options.language))
    report.steps.push_back(std::move(*unfit));
}

}  // namespace

certs::Question question_of(const Options& options, const std::string& name) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return {name, options.at.value_or(now), options.profile, options.language, options.as};
}

void judge(const Options& options, const certs::TrustStore& trust, const std::vector<Buffer>& chain,
           Report& report) {
  auto question = question_of(options, report.name);
  question.stapled = report.stapled;
  auto verdict = certs::full_verdict(chain, trust, question);
  if (report.name.empty()) leave_out_name(verdict, options.language);
  if (!verdict.path.empty()) tell_of_useless_lists(verdict, *options.trust);
  if (options.fetch_crl) tell_of_unlisted(verdict, trust, chain);
  if (options.fetch_ocsp) tell_of_unanswered(verdict, trust, chain);
  tell_of_service(verdict, report, question.at);
  report.verdict = std::make_shared<const certs::Verdict>(verdict);
  report.product = product_of(report);
  report.steps = steps_of(std::move(verdict), options.language, source_of(report));
  add_steps_to_newer_versions(report, options.language);
  if (!report.wanted_keys.empty())
    report.steps.push_back(std::string(labels_of(options.language).give_other_key) + report.wanted_keys +
                           ".");
  else if (report.client_certificate == ClientCertificate::demanded ||
           report.client_certificate == ClientCertificate::refused)
    report.steps.emplace_back(labels_of(options.language).give_certificate);
  tell_of_client_certificate(report, options);
}

std::string subject_of(const Options& options, const std::vector<Buffer>& chain) {
  const auto verdict = certs::full_verdict({chain.front()}, *options.trust, question_of(options, {}));
  const auto& subject = verdict.chain.front().subject;
  return subject.empty() && !verdict.names.empty() ? verdict.names.front() : subject;
}

NameFit fit_of(const std::string& presented, const certs::Verdict& verdict) {
  const auto& alternative = verdict.chain.front().names;
  if (std::find(alternative.begin(), alternative.end(), presented) == alternative.end()) return NameFit::none;
  const auto asked = certs::reference_name(verdict.name_checked);
  if (asked.form == certs::ReferenceName::Form::ip) {
    const auto shown = certs::reference_name(presented);
    return shown.form == asked.form && shown.ip == asked.ip ? NameFit::address : NameFit::none;
  }
  if (asked.form != certs::ReferenceName::Form::dns || !certs::dns_name_matches(presented, asked.dns))
    return NameFit::none;
  return presented.starts_with('*') ? NameFit::wildcard : NameFit::exact;
}

}  // namespace mailtap::check
