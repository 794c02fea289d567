#include "certs/verify/fault.h"

namespace mailtap::certs {

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::self_signed: return "self-signed";
    case Fault::untrusted_root: return "untrusted-root";
    case Fault::incomplete_chain: return "incomplete-chain";
    case Fault::expired: return "expired";
    case Fault::not_yet_valid: return "not-yet-valid";
    case Fault::revoked: return "revoked";
    case Fault::bad_signature: return "bad-signature";
    case Fault::weak_key: return "weak-key";
    case Fault::weak_signature: return "weak-signature";
    case Fault::wrong_usage: return "wrong-usage";
    case Fault::constraint_violation: return "constraint-violation";
    case Fault::not_a_ca: return "not-a-ca";
    case Fault::malformed: return "malformed";
    case Fault::critical_extension: return "critical-extension";
    case Fault::missing_staple: return "missing-staple";
  }
  return "unknown";
}

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::self_signed: return "self-signed";
    case Kind::private_pki: return "private-pki";
    case Kind::public_ca: return "public-ca";
    case Kind::unknown: return "unknown";
  }
  return "unknown";
}

}  // namespace mailtap::certs
