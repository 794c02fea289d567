#include "certs/verify/verify.h"

#include <algorithm>
#include <tuple>

#include "certs/model/signature.h"
#include "certs/model/stapled.h"
#include "certs/verify/checks.h"
#include "certs/verify/dates.h"
#include "certs/verify/dotnet.h"
#include "certs/verify/kind.h"
#include "certs/verify/name_matching.h"
#include "certs/verify/ocsp.h"
#include "certs/verify/profile.h"
#include "certs/verify/thresholds.h"
#include "certs/verify/trust_store_contents.h"

namespace mailtap::certs {

namespace {

/// What the server sent, read.
struct Sent {
  CertificatePtr leaf;  ///< none: it can't be read
  CertificateSet others;
  Positions positions;
  std::vector<Finding> malformed;
};

Sent read_sent(const std::vector<Buffer>& sent, Verdict& verdict) {
  Sent read;
  read.positions.set_sent(sent.size());
  const std::size_t count = std::min(sent.size(), PathLimits{}.sent);
  for (std::size_t i = 0; i < count; ++i) {
    auto certificate = parse_certificate(sent[i]);
    if (!certificate) {
      read.malformed.push_back({Fault::malformed, i, certificate.error().message, false,
                                std::string(dotnet_flag(Fault::malformed))});
      verdict.chain.push_back(summary_of_unreadable(sent[i]));
      continue;
    }
    verdict.chain.push_back(summary_of(**certificate));
    read.positions.add(**certificate, i);
    if (i == 0) {
      read.leaf = std::move(*certificate);
    } else {
      read.others.add(std::move(*certificate));
    }
  }
  return read;
}

/// One path with all that is to be said of it.
struct PathFindings {
  Path path;
  std::vector<Finding> findings;
  std::vector<std::string> lints;
  Staple staple;

  /// Lower tells more of what is wrong: reaching an anchor before not, ending in a root before ending
  /// nowhere, then as few faults as possible.
  auto rank() const { return std::tuple(path.end, findings.size(), path.certificates.size()); }
};

/// Who issued the leaf, as far as the path shows; null: nobody is known.
const Certificate* issuer_of_leaf(const Path& path) {
  if (path.certificates.size() > 1) return path.certificates[1].get();
  const auto& leaf = *path.certificates[0];
  return leaf.self_issued() ? &leaf : nullptr;
}

/// What the server stapled counts for the leaf as a list at hand does; but only where the certificate demands
/// a response is one that can't be relied on worse than none.
void add_staple(PathFindings& found, const CheckContext& context) {
  const auto& leaf = *found.path.certificates[0];
  const auto& question = context.question;
  found.staple =
      judge_staple(question.stapled.get(), leaf, issuer_of_leaf(found.path), question.at, context.signatures);
  const auto& staple = found.staple;
  const auto position = context.positions.of(leaf);
  const auto is_of_leaf = [&](const Finding& finding, bool unknown) {
    return finding.fault == Fault::revoked && finding.position == position &&
           finding.state_unknown == unknown;
  };
  if (staple.is_good() || staple.is_revoked())
    std::erase_if(found.findings, [&](const Finding& finding) { return is_of_leaf(finding, true); });
  const bool known = std::any_of(found.findings.begin(), found.findings.end(),
                                 [&](const Finding& finding) { return is_of_leaf(finding, false); });
  // .NET asks for no revocation unless it is told to, and then asks others too.
  if (staple.is_revoked() && !known) {
    found.findings.push_back(
        {Fault::revoked, position, staple.ocsp->detail + ", says the OCSP response that the server staples"});
    found.findings.back().key_compromised = staple.ocsp->key_compromised;
  }
  const std::string why =
      staple.ocsp ? "the stapled one can't be relied on, " + staple.ocsp->detail : "the server staples none";
  if (staple.is_missing())
    found.findings.push_back(
        {Fault::missing_staple, position, "it demands a stapled OCSP response (TLS feature), and " + why});
  else if (staple.is_useless())
    found.lints.push_back("certificate " + std::to_string(position) +
                          ": the stapled OCSP response can't be relied on, " + staple.ocsp->detail);
}

PathFindings findings_of(const Path& path, const CheckContext& context) {
  PathFindings found{path, check_path(path, context), {}, {}};
  add_staple(found, context);
  for (auto& [finding, lint_only] : profile_findings(path, context.positions)) {
    if (context.question.profile == Profile::webpki && !lint_only) {
      found.findings.push_back(std::move(finding));
    } else {
      found.lints.push_back("certificate " + std::to_string(finding.position) + ": " + finding.detail);
    }
  }
  return found;
}

/// Narrows the window in which the verdict holds by a moment at which something changes.
void bound(Verdict& verdict, Time at, Time change) {
  if (change <= at) {
    verdict.holds_from = std::max(verdict.holds_from, change);
  } else {
    verdict.holds_until = std::min(verdict.holds_until, change);
  }
}

void bound_by_validity(Verdict& verdict, Time at, const Certificate& certificate) {
  constexpr std::chrono::seconds second{1};  // a certificate is still valid at its notAfter
  bound(verdict, at, certificate.not_before);
  bound(verdict, at, certificate.not_after + second);
}

void bound_by_crls(Verdict& verdict, Time at, const std::vector<CrlPtr>& crls) {
  for (const auto& crl : crls) {
    bound(verdict, at, crl->this_update);
    if (crl->next_update) bound(verdict, at, *crl->next_update + std::chrono::seconds{1});
  }
}

void bound_by_staple(Verdict& verdict, Time at) {
  const auto& ocsp = verdict.staple.ocsp;
  if (!ocsp) return;
  if (ocsp->this_update) bound(verdict, at, *ocsp->this_update - clock_skew);
  if (ocsp->next_update) bound(verdict, at, *ocsp->next_update + std::chrono::seconds{1});
}

/// Those that were fetched; which certificates of the path they are about doesn't matter.
void bound_by_responses(Verdict& verdict, Time at, const std::vector<OcspPtr>& responses) {
  for (const auto& response : responses) {
    for (const auto& single : response->singles) {
      bound(verdict, at, single.this_update - clock_skew);
      if (single.next_update) bound(verdict, at, *single.next_update + std::chrono::seconds{1});
    }
  }
}

/// What was sent comes first. Nothing: there are no others.
std::optional<CertificateSet> with_intermediates(const CertificateSet& sent,
                                                 const CertificateSet& intermediates) {
  if (intermediates.all().empty()) return std::nullopt;
  auto all = sent;
  for (const auto& one : intermediates.all()) all.add(one);
  return all;
}

/// Who lacks what this machine has can't complete the chain.
void tell_of_completion(Verdict& verdict, const Path& path, const Sent& sent,
                        const TrustStore::Contents& store) {
  for (const auto& certificate : path.certificates)
    if (sent.positions.of(*certificate) >= verdict.chain.size() &&
        store.intermediates.contains(*certificate) && !store.anchors.contains(*certificate))
      verdict.lints.push_back(
          "the server doesn't send " + certificate->short_name() +
          ", which this machine has in its own store: a client elsewhere may not be able to "
          "complete the chain");
}

std::string spki_pin(const Certificate& leaf) {
  return to_base64(sha256_of(leaf.spki));
}

void verify_trust(Verdict& verdict, const Sent& sent, const TrustStore::Contents& store,
                  const Question& question, SignatureMemo& memo) {
  const PathLimits limits;
  SignatureChecker signatures(memo, limits.signatures);
  std::size_t comparisons = 0;
  const CheckContext context{question,    sent.positions, store.anchors, sent.others,
                             store.lists, signatures,     comparisons};
  std::optional<PathFindings> best;
  const auto candidates = with_intermediates(sent.others, store.intermediates);
  PathBuilder(candidates ? *candidates : sent.others, store.anchors, signatures, limits)
      .build(sent.leaf, [&](const Path& path) {
        for (const auto& certificate : path.certificates)
          bound_by_validity(verdict, question.at, *certificate);
        auto found = findings_of(path, context);
        if (!best || found.rank() < best->rank()) best = std::move(found);
        return !best->findings.empty() || best->path.end != PathEnd::anchor;
      });
  verdict.kind = kind_of(best->path, store.public_roots, signatures);
  verdict.findings = std::move(best->findings);
  verdict.lints = std::move(best->lints);
  verdict.staple = std::move(best->staple);
  bound_by_staple(verdict, question.at);
  tell_of_completion(verdict, best->path, sent, store);
  for (auto& lint : dated_lints(best->path, verdict.kind == Kind::public_ca, question.at))
    verdict.lints.push_back(std::move(lint));
  // What couldn't be read may be what was missing.
  if (!verdict.findings.empty())
    verdict.findings.insert(verdict.findings.end(), sent.malformed.begin(), sent.malformed.end());
  std::stable_sort(verdict.findings.begin(), verdict.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.position < b.position; });
  Time end = best->path.certificates.front()->not_after;
  for (const auto& certificate : best->path.certificates) {
    verdict.path.push_back(sent.positions.of(*certificate));
    if (certificate->not_after >= end) continue;
    end = certificate->not_after;
    verdict.first_to_end = verdict.path.back();
  }
  verdict.days_left = days_between(question.at, end);
}

bool has_dns_names(const Certificate& leaf) {
  return leaf.subject_alt_name &&
         std::any_of(leaf.subject_alt_name->begin(), leaf.subject_alt_name->end(),
                     [](const GeneralName& name) { return name.form == NameForm::dns; });
}

void verify_name(Verdict& verdict, const Certificate& leaf, const std::string& name) {
  // A subjectAltName that can't be read has names that nobody knows, and the common name says nothing then.
  verdict.has_dns_names = has_dns_names(leaf);
  verdict.name_known = !leaf.subject_alt_name || !leaf.subject_alt_name->empty();
  if (!verdict.name_known) return;
  const auto match = match_name(leaf, reference_name(name));
  verdict.name_matches = match.matches;
  verdict.legacy_cn_match = match.legacy_cn;
  verdict.address_as_dns_name = match.address_as_dns;
  verdict.names = names_of(leaf);
}

}  // namespace

Verdict verify(const std::vector<Buffer>& sent, const TrustStore& anchors, const Question& question,
               SignatureMemo& signatures) {
  Verdict verdict;
  verdict.name_checked = question.name;
  // "997 days ago" is true until midnight.
  const auto today = std::chrono::floor<std::chrono::days>(question.at);
  verdict.holds_from = today;
  verdict.holds_until = today + std::chrono::days{1};
  bound_by_crls(verdict, question.at, anchors.contents().lists.crls);
  bound_by_responses(verdict, question.at, anchors.contents().lists.responses);

  const auto read = read_sent(sent, verdict);
  if (read.leaf != nullptr) {
    verdict.spki_sha256 = spki_pin(*read.leaf);
    verdict.template_name = template_name_of(*read.leaf);
    verify_trust(verdict, read, anchors.contents(), question, signatures);
    verify_name(verdict, *read.leaf, question.name);
  } else if (verdict.name_known = false; sent.empty()) {
    verdict.findings.push_back({Fault::incomplete_chain, 0, "the server sent no certificate"});
  } else {
    verdict.findings = read.malformed;
  }
  if (!verdict.trusted()) verdict.causes.push_back(1);
  if (verdict.name_mismatches()) verdict.causes.push_back(2);
  return verdict;
}

const ClientOpinion* Verdict::opinion_of(std::string_view name) const {
  const auto found =
      std::find_if(clients.begin(), clients.end(), [&](const auto& one) { return one.client == name; });
  return found == clients.end() ? nullptr : &*found;
}

bool Verdict::ends_soon() const {
  return trusted() && days_left && *days_left < warn_days_of(*this);
}

}  // namespace mailtap::certs
