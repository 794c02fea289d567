// OpenSSL's objects, owned, and the settings that client and upstream share.
#pragma once

#include <memory>

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "bench/tool/scenario.h"
#include "config/base/freed.h"
#include "config/base/result.h"

namespace mailtap::bench {

using ContextPtr = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, Freed<SSL_free>>;
using SessionPtr = std::unique_ptr<SSL_SESSION, Freed<SSL_SESSION_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Freed<X509_free>>;

/// Exactly the scenario's version, AES-256-GCM, and the group of its key exchange: P-256 for TLS 1.2, X25519
/// for TLS 1.3.
Result<ContextPtr> make_context(const SSL_METHOD* method, const Scenario& scenario);

/// The oldest of OpenSSL's queued errors, as text.
std::string openssl_error();

}  // namespace mailtap::bench
