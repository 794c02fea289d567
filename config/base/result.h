// Failures are return values.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace mailtap {

/// A sentence for a person: what failed, where (file, line, option, peer) and what to do.
struct Error {
  std::string message;  ///< doesn't begin with what `about` names
  /// The option that it is about, as a configuration file has it ("ca-key"), or the part of what was asked
  /// for
  /// ("key" of a certificate and its key). Empty: the whole of it, which the caller knows.
  std::string about{};
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string message, std::string about = {}) {
  return tl::unexpected<Error>(Error{std::move(message), std::move(about)});
}

/// The error as one about `option`.
inline tl::unexpected<Error> fail_about(std::string option, Error error) {
  return fail(std::move(error.message), std::move(option));
}

}  // namespace mailtap
