// The words of a verdict: what can be wrong with a certificate, and what kind of certificate it is.
#pragma once

#include <cstdint>
#include <string_view>

namespace mailtap::certs {

/// The fixed list that log lines and scripts use; to_string gives its spelling there ("self-signed").
enum class Fault : std::uint8_t {
  self_signed,
  untrusted_root,
  incomplete_chain,
  expired,
  not_yet_valid,
  revoked,
  bad_signature,
  weak_key,
  weak_signature,
  wrong_usage,
  constraint_violation,
  not_a_ca,
  malformed,
  critical_extension,
  missing_staple,
};
std::string_view to_string(Fault fault);

enum class Kind : std::uint8_t { self_signed, private_pki, public_ca, unknown };
std::string_view to_string(Kind kind);

}  // namespace mailtap::certs
