#include "certs/clients/opinions.h"

#include "certs/clients/judge.h"
#include "certs/clients/profiles.h"
#include "certs/model/signature.h"
#include "certs/verify/question.h"
#include "certs/verify/trust_store_contents.h"

namespace mailtap::certs::clients {

namespace {

bool is_of_name(Rule rule) {
  return rule == Rule::name || rule == Rule::address || rule == Rule::no_names ||
         rule == Rule::no_addresses || rule == Rule::invalid_name;
}

/// Of a client that takes the chain.
void hold_against_staple(const StapleRules& rules, const Staple& staple, ClientOpinion& opinion) {
  const auto refuse = [&](std::string_view code, std::string_view text) {
    opinion.accepts = false;
    opinion.code = code;
    opinion.message = text;
  };
  if (!opinion.accepts || !staple.asked) return;
  const bool has_one =
      staple.ocsp && !(rules.error_is_missing && staple.ocsp->state == OcspState::unsuccessful);
  if (!has_one && staple.demanded && !rules.missing_code.empty())
    return refuse(rules.missing_code, rules.missing_text);
  if (!staple.ocsp) return;
  for (const auto& [state, code, text] : rules.refused)
    if (state == staple.ocsp->state) return refuse(code, text);
}

}  // namespace

std::vector<ClientOpinion> opinions_of(const std::vector<Buffer>& sent, const TrustStore& store,
                                       const Question& question, SignatureMemo& signatures,
                                       const Verdict& verdict) {
  const Judge judge(sent, store.contents(), question, signatures);
  std::vector<ClientOpinion> opinions;
  opinions.reserve(profiles().size());
  for (const auto* profile : profiles()) {
    auto opinion = judge.ask(*profile, &verdict);
    opinions.push_back({profile->name, profile->title, opinion.accepts, is_of_name(opinion.rule),
                        std::move(opinion.code), std::move(opinion.message)});
    hold_against_staple(profile->staples, verdict.staple, opinions.back());
  }
  return opinions;
}

}  // namespace mailtap::certs::clients
