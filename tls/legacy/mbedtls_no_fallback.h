/* Included before mbedTLS 2.28's server (cmake/MbedTlsLegacy.cmake), whose source stays as released.
 *
 * Its check of TLS_FALLBACK_SCSV in an SSLv2-format hello is the wrong way round (2.28.3, ssl_srv.c: "!="),
 * so that every such hello for less than the newest version is refused. The server's two checks are left out
 * here; a hello that is a fallback never gets as far as this engine (RFC 7507 section 3,
 * proxy/connection/old_peers.h).
 */
#pragma once

#include "common.h"
#include "mbedtls/ssl.h"
#include "mbedtls/ssl_internal.h"

#undef MBEDTLS_SSL_FALLBACK_SCSV
