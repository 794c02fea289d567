#include <mbedtls/ssl.h>
#include <psa/crypto.h>

#include "tls/legacy/sessions.h"
#include "tls/sessions/sessions.h"

namespace mailtap::tls {

Result<void> initialise() {
  if (psa_crypto_init() != PSA_SUCCESS)
    return fail("mbedTLS's cryptography can't be initialised: is memory short?");
  // Makes its table of cipher suites at the first call, without a lock: now, while there is one thread.
  mbedtls_ssl_list_ciphersuites();
  initialise_legacy();
  return {};
}

}  // namespace mailtap::tls
