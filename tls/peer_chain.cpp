#include "tls/peer_chain.h"

#include <mbedtls/x509_crt.h>

#include "tls/crypto/fiber.h"

namespace mailtap::tls {

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

}  // namespace

TolerantParsing::TolerantParsing(std::vector<Buffer>* chain) : chain_(chain), outer_(current()) {
  crypto::Fiber::local() = this;
}

TolerantParsing::~TolerantParsing() {
  crypto::Fiber::local() = outer_;
}

int parse_tolerantly(mbedtls_x509_crt* chain, Bytes der) {
  // An empty head means a new chain: an unparsable first certificate ends the handshake.
  const bool is_first = chain->raw.p == nullptr;
  if (auto* recorded = current()->chain_; recorded != nullptr) {
    if (is_first) recorded->clear();
    recorded->emplace_back(der.begin(), der.end());
  }
  const int failure = mbedtls_x509_crt_parse_der_with_ext_cb(chain, der.data(), der.size(), /*make_copy=*/1,
                                                             accept_extension, nullptr);
  if (failure == 0 || failure == MBEDTLS_ERR_X509_ALLOC_FAILED) return failure;
  // mbedTLS would go on after a first certificate with an unknown signature algorithm and take the second
  // for the peer's own.
  return is_first ? MBEDTLS_ERR_X509_INVALID_FORMAT : 0;
}

}  // namespace mailtap::tls

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
