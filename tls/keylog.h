// Lines of SSLKEYLOGFILE (draft-ietf-tls-keylogfile), which Wireshark reads.
#pragma once

#include <string>

#include <mbedtls/ssl.h>

#include "config/base/bytes.h"

namespace mailtap::tls {

/// "CLIENT_RANDOM <random> <master secret>"; empty for a secret that the format has no label for.
std::string keylog_line(mbedtls_ssl_key_export_type type, Bytes client_random, Bytes secret);

}  // namespace mailtap::tls
