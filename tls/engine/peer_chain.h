// No certificate ends a handshake by not being parsable: the verdict is about it, so it has to arrive.
//
// mbedTLS parses a Certificate message with mbedtls_x509_crt_parse_der, which fails on any critical
// extension it doesn't know (name constraints are one). Our function is put in its place: in 3.6 by the
// linker's --wrap, in 2.28 by the preprocessor.
// What mbedTLS can't read even so (a malformed extension, a signature of an unknown kind) is put before it as
// a placeholder with the same public key: a handshake needs no more, as trust is judged from the original.
// Outside the scope below it does what the original does.
#pragma once

#include <vector>

#include <mbedtls/x509_crt.h>

#include "config/base/bytes.h"
#include "tls/mbedtls/engine.h"

namespace mailtap::tls {
inline namespace MAILTAP_TLS_ENGINE {

/// While it lives, certificates that this thread's mbedTLS parses are parsed tolerantly: unknown critical
/// extensions pass, and an unparsable certificate is left out, or, as the first of its chain, replaced by a
/// placeholder. Only one whose public key can't be found ends the handshake. Scopes nest; they must end on
/// the thread, and in the fiber, where they began.
class TolerantParsing {
 public:
  /// Records each certificate's DER, in order, into `chain`, which is emptied when a new chain begins.
  /// Null: nothing is recorded.
  explicit TolerantParsing(std::vector<Buffer>* chain);
  ~TolerantParsing();
  TolerantParsing(const TolerantParsing&) = delete;
  TolerantParsing& operator=(const TolerantParsing&) = delete;

 private:
  friend int parse_tolerantly(mbedtls_x509_crt* chain, Bytes der);
  std::vector<Buffer>* chain_;
  TolerantParsing* outer_;
};

}  // namespace MAILTAP_TLS_ENGINE
}  // namespace mailtap::tls
