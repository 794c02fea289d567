// What client and server would have agreed on without mailtap in between, found out by playing the client's
// hello to the server (tls/offer); and what is to be said of it where they wouldn't have.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/base/language.h"
#include "inspect/leg.h"
#include "tls/numbers.h"
#include "tls/offer/answer.h"
#include "tls/offer/offer.h"

namespace mailtap::inspect {

enum class DirectCause {
  none,           ///< they agree
  version,        ///< no version in common
  cipher_suites,  ///< no cipher suite in common
  name,           ///< the server refuses the name in the SNI
  alpn,           ///< or the protocols
  fallback,       ///< the client says that it fell back, and the server has something newer
  alert,          ///< another alert: `alert`
  closed,         ///< the server closes at the hello without a word
  reset,          ///< or resets
  unasked,        ///< the server chose what the client hadn't offered
  not_tls,        ///< it answers by something else
  silent,         ///< it says nothing, which may have other reasons: nobody knows whether they would agree
  unreachable,    ///< it couldn't be asked: nobody knows
  signature,      ///< before TLS 1.2, signed with MD5 and SHA-1, which the client doesn't list: some take it
};
std::string_view to_string(DirectCause cause);  ///< "cipher-suites": as in the log

struct Direct {
  std::optional<bool> agrees;  ///< nothing: not known
  tls::Version version = tls::Version::none;
  tls::CipherSuite cipher_suite = tls::CipherSuite::TLS_NULL_WITH_NULL_NULL;
  tls::Group group = tls::Group::none;  ///< of a HelloRetryRequest: the one that the server wants
  std::string alpn;                     ///< TLS 1.2; in TLS 1.3 it is encrypted
  bool hello_retry_request = false;
  std::optional<int> alert;  ///< from the server
  DirectCause cause = DirectCause::none;
  std::string detail;  ///< in English, for programs and their authors: what came
  /// A sentence in the route's language where they don't agree, where nobody knows, and where they would
  /// agree on something else than with mailtap.
  std::string finding;
  std::string advice;  ///< and what to do
  bool from_cache = false;
};

/// `through`: what the server agreed on with mailtap; version none: nothing.
Direct direct_of(const tls::offer::Offer& offer, const tls::offer::Answer& answer, const Leg& through,
                 Language language);

/// The same of a server that is asked by mailtap check: findings don't begin with "Without mailtap".
Direct judged(const tls::offer::Offer& offer, const tls::offer::Answer& answer, const Leg& through,
              Language language);

/// "TLS 1.0 alone", "TLS 1.0 to 1.2": the versions that a client offers.
std::string offered_versions(const tls::ClientHello& hello, Language language);

/// Of a server that refused what mailtap repeated of the client's offer, and took mailtap's own.
/// `is_without_questions`: which didn't ask for what the first asked for and the client's doesn't.
std::string bridged(const std::string& refusal, bool is_without_questions, Language language);

}  // namespace mailtap::inspect
