// Signed certificate timestamps (RFC 6962 section 3.2): promises of logs to list a certificate. They are
// counted and shown, not verified: that takes the logs' keys.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/base/bytes.h"
#include "config/base/text.h"

namespace mailtap::certs {

struct Certificate;

struct Timestamp {
  std::string log;  ///< its identifier, hex; empty: a version that we don't know
  Time time;        ///< of version 1
};

/// Of a SignedCertificateTimestampList (section 3.3), as the TLS extension and OCSP responses have it; none:
/// it can't be read.
std::optional<std::vector<Timestamp>> parse_timestamps(Bytes list);
/// Of the certificate's own extension; none: it can't be read.
std::optional<std::vector<Timestamp>> timestamps_of(const Certificate& certificate);

}  // namespace mailtap::certs
