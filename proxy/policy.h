// Whether a connection goes on, given what is known of the upstream's certificate. One pure function.
#pragma once

#include <string>
#include <vector>

#include "certs/verdict.h"

namespace mailtap::proxy {

struct Policy {
  bool require_trusted = false;
  std::vector<std::string> pins;  ///< sha256//BASE64 of a subjectPublicKeyInfo (as curl's --pinnedpubkey)
};

struct Decision {
  bool proceed;
  std::string reason;  ///< when it doesn't: for the log
};

///   pins given | leaf's key is pinned | require_trusted | trusted and matching | decision
///   yes        | yes                  | any             | any                  | proceed
///   yes        | no                   | any             | any                  | refuse
///   no         |                      | no              | any                  | proceed
///   no         |                      | yes             | yes                  | proceed
///   no         |                      | yes             | no                   | refuse
Decision decide(const Policy& policy, const certs::Verdict& verdict);

}  // namespace mailtap::proxy
