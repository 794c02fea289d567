// What a server adds to its certificate in a handshake, judged: a stapled OCSP response (RFC 6066 section 8),
// which the certificate may demand (RFC 7633), and signed certificate timestamps (RFC 6962).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/base/text.h"

namespace mailtap::certs {

/// What an OCSP response is worth.
enum class OcspState : std::uint8_t {
  good,
  revoked,
  unknown,            ///< its responder doesn't know the certificate
  expired,            ///< nextUpdate is past
  not_yet_valid,      ///< thisUpdate is to come
  other_certificate,  ///< it says nothing of this one
  bad_signature,
  unauthorised,  ///< signed by somebody who may not
  malformed,
  unsuccessful,  ///< the responder's error instead of an answer
  unjudged,      ///< the issuer isn't known, or the signature can't be verified here
};
std::string_view to_string(OcspState state);

struct OcspJudgement {
  OcspState state = OcspState::unjudged;
  std::string detail{};          ///< a phrase for a person; empty when good
  bool key_compromised = false;  ///< of revoked: the reason is keyCompromise
  // Where they could be read:
  std::string responder{};
  std::optional<Time> this_update{};
  std::optional<Time> next_update{};
  std::optional<std::size_t> timestamps = 0;  ///< how many SCTs it has; nothing: they can't be read
};

struct Staple {
  bool asked = false;                 ///< the server was asked for one
  bool demanded = false;              ///< the certificate says that one is always sent
  std::optional<OcspJudgement> ocsp;  ///< nothing: none was sent
  /// How many SCTs came each way; nothing: what came can't be read.
  std::optional<std::size_t> in_certificate = 0;
  std::optional<std::size_t> in_handshake = 0;
  std::optional<std::size_t> in_ocsp = 0;

  bool is_good() const { return ocsp && ocsp->state == OcspState::good; }
  bool is_revoked() const { return ocsp && ocsp->state == OcspState::revoked; }
  /// Asked for, demanded, and not there to be relied on.
  bool is_missing() const { return asked && demanded && !is_good() && !is_revoked(); }
  /// Sent, and not to be relied on.
  bool is_useless() const { return ocsp && !is_good() && !is_revoked(); }
};

}  // namespace mailtap::certs
