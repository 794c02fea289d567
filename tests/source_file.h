// Files of the repository that tests read.
#pragma once

#include <string>
#include <string_view>

namespace mailtap::tests {

/// The absolute path of what is named from the repository's folder on, e.g. "docs/log.md".
std::string source_file(std::string_view name);

}  // namespace mailtap::tests
