// How a server is treated that is asked many questions.
#pragma once

#include <chrono>
#include <cstddef>

namespace mailtap::probe {

struct Pace {
  std::size_t at_once = 8;             ///< connections to it
  std::chrono::milliseconds delay{0};  ///< between the beginnings of two
};

}  // namespace mailtap::probe
