// The verdict harness for x509-limbo's testcases: reads the suite, judges each case, writes results.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "certs/clients/profile.h"
#include "certs/verify/question.h"
#include "certs/verify/verdict.h"
#include "config/base/result.h"

namespace mailtap::limbo {

struct Case {
  std::string id;
  std::string peer;                  ///< the leaf, PEM
  std::vector<std::string> sent;     ///< intermediates, PEM
  std::vector<std::string> trusted;  ///< PEM
  std::vector<std::string> crls;     ///< PEM
  std::string peer_name;             ///< empty: none is checked
  std::string validation_time;       ///< RFC 3339; empty: now
  bool server = true;                ///< validation_kind SERVER
  bool max_chain_depth = false;      ///< wants a limit that mailtap hasn't
  bool contradicted = false;         ///< another case of the suite wants the opposite
  std::string expected;              ///< SUCCESS or FAILURE
};

/// An error names what isn't as the suite's schema has it.
Result<std::vector<Case>> parse_suite(std::string_view json);

struct Outcome {
  std::string id;
  std::string actual;   ///< SUCCESS, FAILURE, SKIPPED
  std::string context;  ///< why
};

/// SUCCESS only when the chain is trusted and the name matches.
Outcome run(const Case& test, certs::Profile profile, Time now);

/// What the client of that profile would do with it.
Outcome run_as(const Case& test, const certs::clients::Profile& client, Time now);

std::string write_results(const std::vector<Outcome>& outcomes, std::string_view harness);

}  // namespace mailtap::limbo
