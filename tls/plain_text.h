// Bytes that came where TLS was expected: what they look like.
#pragma once

#include <string>

#include "config/base/bytes.h"

namespace mailtap::tls {

/// Names what `start`, the first bytes of a stream, look like: "an HTTP request in plain text", "an SMTP
/// greeting in plain text". Empty: nothing known. A few dozen bytes are enough.
std::string what_it_looks_like(Bytes start);

/// A web server's answer; five bytes, a record's head, are enough.
bool is_http_response(Bytes start);

/// A client hello in the format of SSLv2, for a newer version or not (RFC 5246 appendix E.2). A few bytes of
/// it are enough.
bool is_sslv2_hello(Bytes start);

}  // namespace mailtap::tls
