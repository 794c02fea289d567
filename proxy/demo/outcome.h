// What came of one mail server, and whether it is what was expected.
#pragma once

#include <string>
#include <vector>

#include "proxy/demo/installation.h"
#include "proxy/demo/logged.h"
#include "proxy/demo/router.h"

namespace mailtap::demo {

struct Outcome {
  Result<Poll> alone;    ///< the router without mailtap
  Result<Poll> through;  ///< and through it
  Result<Logged> logged;
  std::vector<std::string> complaints;  ///< one sentence for each thing that isn't as expected

  bool as_expected() const { return complaints.empty(); }
};

/// Polls the lab's server number `index`, alone and through mailtap, and reads mailtap's log of it.
Outcome poll_server(const Installation& installation, const Lab& lab, std::size_t index);

}  // namespace mailtap::demo
