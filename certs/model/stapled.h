// What a server adds to its certificate in a handshake, as it came: RFC 6066 section 8, RFC 6962 section 3.3.
#pragma once

#include "config/base/bytes.h"

namespace mailtap::certs {

struct Stapled {
  Buffer ocsp;        ///< OCSPResponse of the leaf, DER as sent; empty: none
  Buffer timestamps;  ///< SignedCertificateTimestampList of the TLS extension; empty: none
};

}  // namespace mailtap::certs
