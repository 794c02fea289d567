// Texts made from the command line's definitions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "packaging/pages/definition.h"

namespace mailtap::pages {

struct Page {
  std::string file;  ///< "mailtap-run.1"
  std::string text;
};

/// mailtap.1, one for each of its commands (those of `ca` are in mailtap-ca.1), and mailtap.toml.5. `date` is
/// YYYY-MM-DD, `version` "mailtap 1.2.3".
std::vector<Page> man_pages(const Command& program, std::string_view date, std::string_view version);

std::string bash_completion(const Command& program);
std::string zsh_completion(const Command& program);
std::string fish_completion(const Command& program);
std::string powershell_completion(const Command& program);

}  // namespace mailtap::pages
