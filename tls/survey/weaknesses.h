// What a survey's findings mean: weaknesses by the names that they are known by, and a grade.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tls/survey/findings.h"

namespace mailtap::tls::survey {

enum class State {
  no,         ///< not there
  potential,  ///< what it needs is there; whether it can be used depends on what a survey can't see
  yes,
  unknown,  ///< it couldn't be asked, or the answers weren't clear
};
std::string_view to_string(State state);

struct Weakness {
  std::string_view name;  ///< "POODLE"; one word for scripts
  std::string_view id;    ///< "CVE-2014-3566"; empty: none
  State state = State::unknown;
  std::string detail;  ///< what was seen; empty where nothing is to be said
};

/// All that are known here, each with its state, the gravest first.
std::vector<Weakness> weaknesses_of(const Findings& findings);

struct Grade {
  char letter = '?';  ///< 'A' to 'D' and 'F'; '?': no version that is spoken, or too little was answered
  std::vector<std::string> reasons;  ///< what keeps it from the next better one
};

/// By the rules that docs/protocols.md has. The certificate has no part in it.
Grade grade_of(const Findings& findings, const std::vector<Weakness>& weaknesses);

}  // namespace mailtap::tls::survey
