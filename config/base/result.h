// Failures are return values.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace mailtap {

/// A sentence for a person: what failed, where (file, line, option, peer) and what to do.
struct Error {
  std::string message;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string message) {
  return tl::unexpected<Error>(Error{std::move(message)});
}

}  // namespace mailtap
