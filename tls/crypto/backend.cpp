#include "tls/crypto/backend.h"

#include <atomic>

#include <openssl/crypto.h>

#include "tls/crypto/mlkem.h"
#include "tls/crypto/multibuffer.h"
#include "tls/crypto/shortcuts.h"

unsigned mailtap_shortcuts_left_out = 0;

namespace mailtap::crypto {

namespace {

std::atomic<Backend>& chosen() {
  static std::atomic<Backend> backend = best_backend();
  return backend;
}

std::string openssl_version() {
  return "OpenSSL " + std::string(OpenSSL_version(OPENSSL_VERSION_STRING));
}

}  // namespace

std::string_view to_string(Backend backend) {
  switch (backend) {
    case Backend::portable: return "portable";
    case Backend::libcrypto: return "libcrypto";
    case Backend::multibuffer: return "multibuffer";
  }
  return "";
}

std::string why_not(Backend backend) {
  return backend == Backend::multibuffer ? multibuffer::why_not() : std::string();
}

Backend best_backend() {
  return why_not(Backend::multibuffer).empty() ? Backend::multibuffer : Backend::libcrypto;
}

Backend backend() {
  return chosen().load(std::memory_order_relaxed);
}

Result<void> set_backend(Backend backend) {
  if (const auto reason = why_not(backend); !reason.empty())
    return fail("--crypto " + std::string(to_string(backend)) + ": " + reason +
                "; auto takes the best that there is");
  chosen().store(backend, std::memory_order_relaxed);
  return {};
}

std::string describe_backend() {
  std::string name(to_string(backend()));
  switch (backend()) {
    case Backend::portable: name += " (mbedTLS's own)"; break;
    case Backend::libcrypto: name += " (" + openssl_version() + ")"; break;
    case Backend::multibuffer: name += " (" + multibuffer::version() + ", " + openssl_version() + ")"; break;
  }
  const std::string mlkem = mailtap_mlkem_library();
  return name + ", ML-KEM: " + (mlkem.empty() ? "none" : mlkem);
}

}  // namespace mailtap::crypto
