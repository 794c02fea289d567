// x509-limbo's testcases, when they are at hand: the file that MAILTAP_LIMBO in the environment
// names, or shared/limbo beside the repository.
#pragma once

#include <string>
#include <vector>

#include "bench/limbo/limbo.h"

namespace mailtap::limbo {

/// Where they are; empty: they aren't here.
const std::string& shared_file();
const std::vector<Case>& shared_cases();

}  // namespace mailtap::limbo
