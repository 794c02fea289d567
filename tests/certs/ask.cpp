#include "tests/certs/ask.h"

#include <catch2/catch_test_macros.hpp>

#include "certs/advice/full_verdict.h"
#include "certs/model/stapled.h"
#include "certs/verify/trust_store.h"

namespace mailtap::forge {

certs::Verdict ask(const std::vector<Buffer>& sent, const std::vector<Buffer>& anchors, const Asked& asked) {
  const auto store = certs::TrustStore::of(anchors, asked.crls);
  REQUIRE(store);
  certs::Question question{asked.name, asked.at, asked.profile};
  if (asked.staple) question.stapled = std::make_shared<certs::Stapled>(certs::Stapled{*asked.staple, {}});
  return certs::full_verdict(sent, **store, question);
}

std::vector<std::string> faults(const certs::Verdict& verdict) {
  Faults all;
  for (const auto& finding : verdict.findings)
    all.push_back(std::string(to_string(finding.fault)) + "@" + std::to_string(finding.position));
  return all;
}

}  // namespace mailtap::forge
