#include "certs/clients/judge.h"

#include <algorithm>
#include <optional>

#include "certs/clients/rules.h"
#include "certs/clients/wording.h"
#include "certs/verify/verdict.h"

namespace mailtap::certs::clients {

namespace {

/// Of chains that all fail, the one that a client speaks of: one that ends in an anchor before others.
struct Best {
  Chain chain;
  std::vector<Failure> failures;
};

bool better(const Chain& chain, const std::optional<Best>& best) {
  return !best || (chain.trusted() && !best->chain.trusted());
}

Presented parse(const std::vector<Buffer>& sent) {
  Presented presented;
  presented.anything_sent = !sent.empty();
  const auto count = std::min(sent.size(), PathLimits{}.sent);
  for (std::size_t i = 0; i < count; ++i) {
    auto certificate = parse_certificate(sent[i]);
    if (!certificate) {
      presented.all_readable = false;
    } else if (i == 0) {
      presented.leaf = std::move(*certificate);
    } else {
      presented.others.push_back(std::move(*certificate));
    }
  }
  return presented;
}

}  // namespace

Judge::Judge(const std::vector<Buffer>& sent, const TrustStore::Contents& store, const Question& question,
             SignatureMemo& signatures, JudgeOptions options)
    : presented_(parse(sent)),
      store_(store),
      question_(question),
      signatures_(signatures),
      options_(options) {}

Opinion Judge::ask(const Profile& profile, const Verdict* verdict) const {
  const Wordsmith words(profile, question_, presented_);
  if (profile.windows) return verdict == nullptr ? Opinion{} : words.windows(*verdict);
  if (!presented_.anything_sent) return words.say({{Rule::nothing_sent, 0}}, nullptr);
  // OpenSSL doesn't fail to parse such certificates, it finds no issuer for them.
  const bool parses_all = profile.building.search == Search::first_match;
  const auto refused = [&](const CertificatePtr& c) {
    return (presented_.form(*c) & profile.forms.refused) != 0;
  };
  const bool lenient = profile.forms.anchors_lenient && presented_.leaf != nullptr &&
                       store_.anchors.contains(*presented_.leaf);
  if (presented_.leaf == nullptr || (!parses_all && !lenient && refused(presented_.leaf)))
    return words.say({{Rule::unreadable, 0}}, nullptr);
  if (profile.forms.all_must_parse &&
      (!presented_.all_readable ||
       (!parses_all && std::any_of(presented_.others.begin(), presented_.others.end(), refused))))
    return words.say({{Rule::unreadable, 1}}, nullptr);

  SignatureChecker signatures(signatures_, PathLimits{}.signatures);
  const RuleContext rules{profile,
                          question_,
                          presented_,
                          store_.anchors,
                          store_.lists,
                          signatures,
                          options_.past_the_second,
                          options_.comparisons};
  std::optional<Best> best;
  bool accepted = false;
  build_chains(profile, {presented_, store_.anchors, signatures, question_.at}, [&](const Chain& chain) {
    auto failures = broken_rules(chain, rules);
    accepted = failures.empty();
    if (!accepted && better(chain, best)) best = Best{chain, std::move(failures)};
    return !accepted;
  });
  if (accepted) return {true, {}, {}, Rule::none};
  return words.say(best ? best->failures : std::vector<Failure>{{Rule::no_local_issuer, 0}},
                   best ? &best->chain : nullptr);
}

}  // namespace mailtap::certs::clients
