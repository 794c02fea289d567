// A client's own words for a broken rule.
#pragma once

#include <string>
#include <vector>

#include "certs/clients/judge.h"
#include "certs/clients/rules.h"

namespace mailtap::certs::clients {

class Wordsmith {
 public:
  Wordsmith(const Profile& profile, const Question& question, const Presented& presented)
      : profile_(profile), question_(question), presented_(presented) {}

  /// `chain`: what the failures stand on; null: there is none.
  Opinion say(const std::vector<Failure>& failures, const Chain* chain) const;
  /// .NET Framework's and SChannel's, by the verdict's own view.
  Opinion windows(const Verdict& verdict) const;

 private:
  const Text* text_of(Rule rule) const;
  std::string fill(std::string_view text, const Failure& failure, const Chain* chain) const;

  const Profile& profile_;
  const Question& question_;
  const Presented& presented_;
};

}  // namespace mailtap::certs::clients
