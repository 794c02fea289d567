// Name constraints (RFC 5280 section 4.2.1.10): may the certificates below this CA have the names they have?
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "certs/model/certificate.h"

namespace mailtap::certs {

/// Comparisons of one name with one subtree that a whole verdict may cost; a path that needs more is refused.
inline constexpr std::size_t name_comparison_limit = 1U << 18;

/// What is wrong with `below` under the constraints of `ca`, for a person; nothing if all is well.
/// Constraints hold whether the extension is critical or not. `comparisons` counts up to the limit.
std::optional<std::string> violated_constraint(const NameConstraints& constraints, const Certificate& below,
                                               std::size_t& comparisons);

/// A constraint that means nothing: a mask with holes, a mailbox with two @. Nothing if all is well.
std::optional<std::string> senseless_constraint(const NameConstraints& constraints);

}  // namespace mailtap::certs
