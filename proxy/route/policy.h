// Whether a connection goes on, given what is known of the upstream's certificate. One pure function.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "inspect/basis.h"

namespace mailtap::certs {
struct Verdict;
}  // namespace mailtap::certs

namespace mailtap::proxy {

struct Policy {
  bool require_trusted = false;
  std::vector<std::string> pins;  ///< sha256//BASE64 of a subjectPublicKeyInfo (as curl's --pinnedpubkey)
  bool remembers_keys = false;    ///< a pin file is given: trust on first use
  bool presents_trusted = false;  ///< the router is shown a certificate that it trusts: own, issue
};

using inspect::Basis;

struct Decision {
  bool proceed = false;
  Basis basis = Basis::nothing;
  std::string reason;  ///< when it doesn't proceed: for the log
  /// The router sees a certificate that it trusts, while the server's is neither trusted nor pinned: it can
  /// no longer tell the right server from a false one, and nobody does it in its stead.
  bool unprotected = false;
};

/// `remembered`: the keys that the pin file has for the configured name.
///
///   pins   | pin file | leaf's key is         | require_trusted | acceptable | decision
///   given  | any      | a pin                 | any             | any        | proceed (pin)
///   given  | any      | none of them          | any             | any        | refuse
///   none   | yes      | the remembered one    | any             | any        | proceed (pin_file)
///   none   | yes      | not the remembered    | any             | any        | refuse
///   none   | yes      | new, none remembered  | no              | any        | proceed (first_use)
///   none   | yes      | new, none remembered  | yes             | yes        | proceed (first_use)
///   none   | yes      | new, none remembered  | yes             | no         | refuse
///   none   | no       |                       | any             | yes        | proceed (trust)
///   none   | no       |                       | no              | no         | proceed (nothing)
///   none   | no       |                       | yes             | no         | refuse
///
/// "Acceptable" is trusted and matching. unprotected: what proceeds is presents_trusted, not acceptable, and
/// neither pin nor pin_file.
Decision decide(const Policy& policy, const certs::Verdict& verdict,
                const std::vector<std::string>& remembered = {});

/// The pin of the verdict's leaf; empty if its key can't be read.
std::string pin_of(const certs::Verdict& verdict);

}  // namespace mailtap::proxy
