// What somebody who misspelled a word may have meant.
#pragma once

#include <string_view>
#include <vector>

namespace mailtap {

/// The candidate with the fewest letters changed, added, left out or swapped with a neighbour (the optimal
/// string alignment distance); empty when none is near enough to be worth naming.
std::string_view closest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace mailtap
