#include "certs/verify/path.h"

#include <algorithm>

namespace mailtap::certs {

void CertificateSet::add(CertificatePtr certificate) {
  if (!digests_.emplace(as_text(certificate->sha256)).second) return;
  by_subject_[certificate->subject.key()].push_back(certificate);
  all_.push_back(std::move(certificate));
}

const std::vector<CertificatePtr>& CertificateSet::with_subject(const DistinguishedName& name) const {
  static const std::vector<CertificatePtr> none;
  const auto found = by_subject_.find(name.key());
  return found == by_subject_.end() ? none : found->second;
}

bool CertificateSet::contains(const Certificate& certificate) const {
  return digests_.contains(std::string(as_text(certificate.sha256)));
}

SignatureCheck SignatureChecker::check(const Certificate& child, Bytes issuer_spki) {
  return check(child.sha256, {child.tbs, child.signature_algorithm, child.signature}, issuer_spki);
}

SignatureCheck SignatureChecker::check(const std::array<std::uint8_t, 32>& digest, const Signed& content,
                                       Bytes issuer_spki) {
  const SignatureMemo::Key key{digest, sha256_of(issuer_spki)};
  if (const auto* known = memo_.find(key)) return *known;
  if (left_ == 0) {
    exhausted_ = true;
    return SignatureCheck::bad;
  }
  --left_;
  const auto outcome = verify_signature(content.bytes, content.algorithm, content.signature, issuer_spki);
  memo_.add(key, outcome);
  return outcome;
}

bool key_ids_may_match(const Certificate& child, const Certificate& issuer) {
  return !child.authority_key_id || !child.authority_key_id->key_id || !issuer.subject_key_id ||
         der::same(*child.authority_key_id->key_id, *issuer.subject_key_id);
}

void PathBuilder::build(const CertificatePtr& leaf, const Visit& visit) {
  visit_ = visit;
  path_.certificates = {leaf};
  extend();
}

void PathBuilder::finish(PathEnd end, bool gave_up) {
  path_.end = end;
  path_.gave_up = gave_up;
  if (!visit_(path_) || ++paths_ >= limits_.paths) stopped_ = true;
}

void PathBuilder::extend() {
  const auto current = path_.certificates.back();
  if (anchors_.contains(*current)) {
    finish(PathEnd::anchor);
    if (stopped_ || current->self_issued()) return;
  }
  if (path_.certificates.size() >= limits_.length) return finish(PathEnd::no_issuer, true);

  bool any_good = false;
  CertificatePtr likeliest_bad;
  for (const auto& candidate : candidates_for(*current)) {
    if (++steps_ > limits_.steps) break;
    if (signatures_.check(*current, candidate->spki) == SignatureCheck::good) {
      any_good = true;
      extend_with(candidate);
      if (stopped_) return;
    } else if (likeliest_bad == nullptr && key_ids_may_match(*current, *candidate)) {
      likeliest_bad = candidate;
    }
  }
  if (any_good || anchors_.contains(*current)) return;

  const bool self_signed = current->self_issued() && key_ids_may_match(*current, *current) &&
                           signatures_.check(*current, current->spki) != SignatureCheck::bad;
  if (self_signed) return finish(PathEnd::self_signed);
  if (likeliest_bad != nullptr && !signatures_.exhausted()) return extend_with(likeliest_bad);
  finish(PathEnd::no_issuer, signatures_.exhausted() || steps_ > limits_.steps);
}

void PathBuilder::extend_with(const CertificatePtr& issuer) {
  path_.certificates.push_back(issuer);
  extend();
  path_.certificates.pop_back();
}

std::vector<CertificatePtr> PathBuilder::candidates_for(const Certificate& child) const {
  std::vector<CertificatePtr> candidates;
  for (const auto* set : {&anchors_, &sent_})
    for (const auto& candidate : set->with_subject(child.issuer))
      if (!on_path(*candidate)) candidates.push_back(candidate);
  // Those whose key the child names come first, anchors before others among them.
  std::stable_partition(candidates.begin(), candidates.end(),
                        [&](const auto& candidate) { return key_ids_may_match(child, *candidate); });
  return candidates;
}

bool PathBuilder::on_path(const Certificate& certificate) const {
  // The same name with the same key is the same CA, whatever else differs: going there is a loop.
  return std::any_of(path_.certificates.begin(), path_.certificates.end(), [&](const auto& other) {
    return der::same(other->spki, certificate.spki) && other->subject == certificate.subject;
  });
}

}  // namespace mailtap::certs
