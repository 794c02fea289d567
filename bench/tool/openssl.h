// OpenSSL's objects, owned, and the settings that client and upstream share.
#pragma once

#include <memory>

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "bench/tool/scenario.h"
#include "config/base/result.h"

namespace mailtap::bench {

template <auto Free>
struct FreeBy {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using ContextPtr = std::unique_ptr<SSL_CTX, FreeBy<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, FreeBy<SSL_free>>;
using SessionPtr = std::unique_ptr<SSL_SESSION, FreeBy<SSL_SESSION_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, FreeBy<X509_free>>;

/// Exactly the scenario's version, AES-256-GCM, and the group of its key exchange: P-256 for TLS 1.2, X25519
/// for TLS 1.3.
Result<ContextPtr> make_context(const SSL_METHOD* method, const Scenario& scenario);

/// The oldest of OpenSSL's queued errors, as text.
std::string openssl_error();

}  // namespace mailtap::bench
