#include "bench/tool/openssl.h"

#include <array>

#include <openssl/err.h>

namespace mailtap::bench {

std::string openssl_error() {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  return text.data();
}

Result<ContextPtr> make_context(const SSL_METHOD* method, const Scenario& scenario) {
  ContextPtr context(SSL_CTX_new(method));
  const char* suites =
      scenario.key == Key::ecdsa ? "ECDHE-ECDSA-AES256-GCM-SHA384" : "ECDHE-RSA-AES256-GCM-SHA384";
  const char* signatures = scenario.key == Key::ecdsa ? "ECDSA+SHA256" : "RSA-PSS+SHA256:RSA+SHA256";
  const bool done =
      context && SSL_CTX_set_min_proto_version(context.get(), scenario.version) == 1 &&
      SSL_CTX_set_max_proto_version(context.get(), scenario.version) == 1 &&
      SSL_CTX_set_cipher_list(context.get(), suites) == 1 &&
      SSL_CTX_set_ciphersuites(context.get(), "TLS_AES_256_GCM_SHA384") == 1 &&
      SSL_CTX_set1_sigalgs_list(context.get(), signatures) == 1 &&
      SSL_CTX_set1_groups_list(context.get(), scenario.version == TLS1_3_VERSION ? "X25519" : "P-256") == 1;
  if (!done) return fail("OpenSSL refuses the settings of " + scenario.name + ": " + openssl_error());
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  if (!scenario.resumed) {
    SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context.get(), 0);
  }
  return context;
}

}  // namespace mailtap::bench
