#include "tls/engine/peer_chain.h"

#include <mbedtls/x509_crt.h>

#include "certs/model/placeholder.h"
#include "tls/crypto/fiber.h"

namespace mailtap::tls {
inline namespace MAILTAP_TLS_ENGINE {

namespace {

/// The innermost scope of what runs now: a handshake that waits in the middle of one has its own.
TolerantParsing* current() {
  return static_cast<TolerantParsing*>(crypto::Fiber::local());
}

int accept_extension(void* /*context*/, const mbedtls_x509_crt* /*certificate*/,
                     const mbedtls_x509_buf* /*oid*/, int /*critical*/, const unsigned char* /*begin*/,
                     const unsigned char* /*end*/) {
  return 0;
}

int parse(mbedtls_x509_crt* chain, Bytes der) {
  return mbedtls_x509_crt_parse_der_with_ext_cb(chain, der.data(), der.size(), /*make_copy=*/1,
                                                accept_extension, nullptr);
}

}  // namespace

TolerantParsing::TolerantParsing(std::vector<Buffer>* chain) : chain_(chain), outer_(current()) {
  crypto::Fiber::local() = this;
}

TolerantParsing::~TolerantParsing() {
  crypto::Fiber::local() = outer_;
}

int parse_tolerantly(mbedtls_x509_crt* chain, Bytes der) {
  // An empty head means a new chain.
  const bool is_first = chain->raw.p == nullptr;
  if (auto* recorded = current()->chain_; recorded != nullptr) {
    if (is_first) recorded->clear();
    recorded->emplace_back(der.begin(), der.end());
  }
  const int failure = parse(chain, der);
  if (failure == 0 || failure == MBEDTLS_ERR_X509_ALLOC_FAILED) return failure;
  if (!is_first) return 0;
  const auto placeholder = certs::placeholder_for(der);
  // Anything else would let mbedTLS go on and take the second certificate for the peer's own.
  return !placeholder.empty() && parse(chain, placeholder) == 0 ? 0 : MBEDTLS_ERR_X509_INVALID_FORMAT;
}

}  // namespace MAILTAP_TLS_ENGINE
}  // namespace mailtap::tls

#if MBEDTLS_VERSION_MAJOR >= 3

// The linker's names for the two functions.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {

int __real_mbedtls_x509_crt_parse_der(mbedtls_x509_crt* chain, const unsigned char* der, size_t size);

int __wrap_mbedtls_x509_crt_parse_der(mbedtls_x509_crt* chain, const unsigned char* der, size_t size) {
  if (mailtap::tls::current() == nullptr) return __real_mbedtls_x509_crt_parse_der(chain, der, size);
  return mailtap::tls::parse_tolerantly(chain, {der, size});
}
}
// NOLINTEND(bugprone-reserved-identifier)

#else

// tls/mbedtls/legacy/edits/peer_chain.cmake has mbedTLS 2.28 call it.
extern "C" int mailtap_legacy_parse_peer_certificate(mbedtls_x509_crt* chain, const unsigned char* der,
                                                     size_t size) {
  if (mailtap::tls::current() == nullptr) return mbedtls_x509_crt_parse_der(chain, der, size);
  return mailtap::tls::parse_tolerantly(chain, {der, size});
}

#endif
