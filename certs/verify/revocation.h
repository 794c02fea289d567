// What revocation lists, and OCSP responses that were fetched, say of a certificate. They fail closed: a list
// that speaks for an issuer but can't be relied on leaves the certificate's state unknown, which is a fault,
// never "not revoked".
#pragma once

#include <map>
#include <string>
#include <vector>

#include "certs/model/crl.h"

namespace mailtap::certs {

class SignatureChecker;
struct Question;

struct RevocationLists {
  std::vector<CrlPtr> crls;
  std::vector<OcspPtr> responses;
  /// Why, by their URL; of a certificate whose lists have none that can be read, by nameless_list; of one
  /// that no responder has answered about, by unanswered_question.
  std::map<std::string, std::string> unavailable;
};

/// What RevocationLists::unavailable has instead of a URL.
std::string nameless_list(const Certificate& certificate);

std::string unanswered_question(const Certificate& certificate);

struct RevocationState {
  enum { good, not_covered, revoked, unknown } state = not_covered;
  std::string detail{};          ///< of revoked and unknown
  std::string responder{};       ///< of unknown: the URL of the OCSP responder that gave no answer to rely on
  bool key_compromised = false;  ///< of revoked: the reason is keyCompromise
};

/// What the lists say of `certificate`, issued by `issuer`. A list of that issuer's name counts when it
/// is within its dates, signed by that issuer and meant for such certificates; a response as judge_ocsp says.
RevocationState revocation_of(const Certificate& certificate, const Certificate& issuer,
                              const RevocationLists& lists, const Question& question,
                              SignatureChecker& signatures);

}  // namespace mailtap::certs
