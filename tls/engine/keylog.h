// Lines of SSLKEYLOGFILE (draft-ietf-tls-keylogfile), which Wireshark reads.
#pragma once

#include <string>

#include "config/base/bytes.h"
#include "tls/mbedtls/engine.h"

namespace mailtap::tls {
inline namespace MAILTAP_TLS_ENGINE {

/// "CLIENT_RANDOM <random> <master secret>"; empty for a secret that the format has no label for.
std::string keylog_line(mbedtls_ssl_key_export_type type, Bytes client_random, Bytes secret);

}  // namespace MAILTAP_TLS_ENGINE
}  // namespace mailtap::tls
