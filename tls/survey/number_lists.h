// Lists of a registry's numbers, as hellos have them: suites, groups, signature algorithms.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

namespace mailtap::tls::survey {

using Numbers = std::vector<std::uint16_t>;

inline bool contains(const Numbers& numbers, std::uint16_t number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

inline Numbers without(Numbers numbers, std::uint16_t number) {
  numbers.erase(std::remove(numbers.begin(), numbers.end(), number), numbers.end());
  return numbers;
}

inline Numbers reversed(Numbers numbers) {
  std::reverse(numbers.begin(), numbers.end());
  return numbers;
}

template <class Predicate>
Numbers only(const Numbers& numbers, Predicate wanted) {
  Numbers selected;
  std::copy_if(numbers.begin(), numbers.end(), std::back_inserter(selected), wanted);
  return selected;
}

}  // namespace mailtap::tls::survey
