// What mbedTLS gets to read in place of a certificate that it can't: a malformed extension, a signature of an
// unknown kind. A handshake asks a certificate for its public key only, as trust is judged elsewhere.
#pragma once

#include "config/base/bytes.h"

namespace mailtap::certs {

/// The subjectPublicKeyInfo of a certificate (RFC 5280 section 4.1), whole; empty when it can't be found.
Bytes public_key_of(Bytes certificate);

/// A version 1 certificate in DER with the same public key and nothing else that means anything; empty when
/// `certificate` is so broken that its public key can't be found.
Buffer placeholder_for(Bytes certificate);

}  // namespace mailtap::certs
