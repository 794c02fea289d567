// Holds a chain against a profile's stages.
#pragma once

#include <string>
#include <vector>

#include "certs/clients/chains.h"
#include "certs/verify/question.h"
#include "certs/verify/revocation.h"
#include "certs/verify/verdict.h"

namespace mailtap::certs::clients {

/// A broken rule, with what its text may speak of.
struct Failure {
  Rule rule;
  std::size_t place;   ///< on the chain, 0 the leaf
  std::string oid{};   ///< of an extension
  std::string kind{};  ///< of a name that constraints forbid: "DNS name"
  std::string value{};
  std::string constraint{};
};

struct RuleContext {
  const Profile& profile;
  const Question& question;
  const Presented& presented;
  const CertificateSet& anchors;
  const RevocationLists& lists;
  SignatureChecker& signatures;
  bool past_the_second;
  std::size_t comparisons;  ///< the most a chain may take
};

/// The first that is broken, or all, as the profile's wording wants; none: the client accepts.
std::vector<Failure> broken_rules(const Chain& chain, const RuleContext& context);

}  // namespace mailtap::certs::clients
