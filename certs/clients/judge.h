// What each client would do with a server's chain, and the text that it would show.
//
//   chain, anchors, name, time --> Judge --ask(profile)--> Opinion
//                                    one parse, one memory of signatures for all profiles
//
// A profile (profile.h) is data; what is here reads it. Nothing here does I/O.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "certs/clients/chains.h"
#include "certs/verify/question.h"
#include "certs/verify/trust_store_contents.h"

namespace mailtap::certs {
struct Verdict;
}

namespace mailtap::certs::clients {

struct Opinion {
  bool accepts = false;
  std::string code;        ///< as the client numbers or names it; empty when it accepts
  std::string message;     ///< the text that the client shows; empty when it accepts
  Rule rule = Rule::none;  ///< the first that was broken
};

struct JudgeOptions {
  bool past_the_second = false;        ///< the time asked about has a fraction that Question::at hasn't
  std::size_t comparisons = 1U << 16;  ///< of names with constraints, a client; a client's own limit if lower
};

class Judge {
 public:
  /// All that is given must outlive it.
  Judge(const std::vector<Buffer>& sent, const TrustStore::Contents& store, const Question& question,
        SignatureMemo& signatures, JudgeOptions options = {});
  /// `verdict`: of the same question, for profiles that take Windows' view from it.
  Opinion ask(const Profile& profile, const Verdict* verdict = nullptr) const;

 private:
  Presented presented_;
  const TrustStore::Contents& store_;
  const Question& question_;
  SignatureMemo& signatures_;
  JudgeOptions options_;
};

}  // namespace mailtap::certs::clients
