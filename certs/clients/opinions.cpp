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
  }
  return opinions;
}

}  // namespace mailtap::certs::clients
