// What mbedTLS's return codes mean: the only place that knows.
#pragma once

#include "tls/mbedtls/engine.h"
#include "tls/session.h"

namespace mailtap::tls {
inline namespace MAILTAP_TLS_ENGINE {

Step step_of(int code);

/// The alert that belongs to an error of mbedTLS's (RFC 8446 section 6.2).
int alert_for(int code);

/// What is known when a session fails.
struct FailureFacts {
  int code = 0;
  bool peer_is_server = false;
  std::optional<int> received_alert;
  std::optional<int> sent_alert;
  std::uint16_t offered_version = 0;   ///< the client's newest; 0: unknown
  std::uint16_t selected_version = 0;  ///< the server's; 0: unknown
  Bytes first_bytes;                   ///< of the peer's stream
  std::string excess;                  ///< of what the peer has sent too much; empty: of nothing
  bool established = false;
  // As in Agreed.
  bool certificate_in_question = false;
  bool certificate_shown = false;
  std::string wanted_keys;
  bool renegotiation_refused = false;
};

/// With a sentence for a person, and the likely cause where that is certain.
Failure failure_from(const FailureFacts& facts);

}  // namespace MAILTAP_TLS_ENGINE
}  // namespace mailtap::tls
