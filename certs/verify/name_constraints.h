// Name constraints (RFC 5280 section 4.2.1.10): may the certificates below this CA have the names they have?
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "certs/model/certificate.h"

namespace mailtap::certs {

/// Comparisons of one name with one subtree that a whole verdict may cost; a path that needs more is refused.
inline constexpr std::size_t name_comparison_limit = 1U << 18;

/// How constraints are applied. The defaults are RFC 5280's, and the verdict's; others' are in certs/clients.
struct ConstraintRules {
  /// What becomes of a form of names that constraints speak of.
  enum class Support {
    compared,
    ignored,
    refused_if_excluded,  ///< any such excluded subtree refuses
    refused_if_critical,  ///< any such subtree in a critical extension refuses
    refused,              ///< any such subtree refuses, whatever the certificate's names
    refused_if_named,     ///< refuses a certificate that has such a name
  };
  enum class Emails { unless_in_san, always, never };
  Support directory = Support::compared;
  Support uri = Support::compared;
  Support others = Support::refused_if_named;  ///< otherName, X.400, EDI, registeredID
  Emails subject_emails = Emails::unless_in_san;
  bool common_name = false;         ///< where the SAN has no dNSName, a common name like a host's is bound
  bool common_name_address = true;  ///< also one that is an IP address in text
  enum class Form { all, addresses, none } well_formed = Form::all;  ///< names that aren't are refused
  bool wildcards_overlap = true;   ///< *.example.com is excluded where bad.example.com is
  bool dot_is_below = true;        ///< ".example.com" of DNS: strictly below; else the dot is nothing
  bool masks_are_checked = false;  ///< an iPAddress subtree that is none refuses
  bool strict_dns = false;         ///< so does a dNSName subtree that isn't a host's name
  bool families_apart = false;  ///< subtrees of IPv4 say nothing of IPv6 addresses, nor the other way round
  bool exempt_self_issued = true;  ///< but for the leaf: section 6.1.3 (b)
  bool leaf_only = false;
  bool all_count = true;  ///< also comparisons of a name with subtrees of other forms
  std::size_t comparisons = name_comparison_limit;
};

struct ConstraintViolation {
  enum class Kind { permitted, excluded, unsupported, malformed, too_many } kind;
  NameForm form;
  std::string name;
  std::string constraint;    ///< of excluded
  std::string text() const;  ///< for a person
};

/// The same as below, under other rules. `critical`: the extension is.
std::optional<ConstraintViolation> constraint_violation(const NameConstraints& constraints, bool critical,
                                                        const Certificate& below, std::size_t& comparisons,
                                                        const ConstraintRules& rules);

/// What is wrong with `below` under the constraints of `ca`, for a person; nothing if all is well.
/// Constraints hold whether the extension is critical or not. `comparisons` counts up to the limit.
std::optional<std::string> violated_constraint(const NameConstraints& constraints, const Certificate& below,
                                               std::size_t& comparisons);

/// A constraint that means nothing: a mask with holes, a mailbox with two @. Nothing if all is well.
std::optional<std::string> senseless_constraint(const NameConstraints& constraints);

}  // namespace mailtap::certs
