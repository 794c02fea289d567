#include "bench/tool/scenario.h"

#include <openssl/ssl.h>

namespace mailtap::bench {

std::vector<Scenario> scenarios() {
  return {
      {"tls12-ecdsa", TLS1_2_VERSION, Key::ecdsa, false, ""},
      {"tls12-rsa", TLS1_2_VERSION, Key::rsa, false, ""},
      {"tls13-ecdsa", TLS1_3_VERSION, Key::ecdsa, false, ""},
      {"tls12-resumed", TLS1_2_VERSION, Key::ecdsa, true, ""},
      {"tls13-resumed", TLS1_3_VERSION, Key::ecdsa, true, ""},
      {"tls12-ecdsa-libcrypto", TLS1_2_VERSION, Key::ecdsa, false, "libcrypto"},
      {"tls12-rsa-libcrypto", TLS1_2_VERSION, Key::rsa, false, "libcrypto"},
      {"tls13-ecdsa-libcrypto", TLS1_3_VERSION, Key::ecdsa, false, "libcrypto"},
      {"tls12-resumed-libcrypto", TLS1_2_VERSION, Key::ecdsa, true, "libcrypto"},
      {"tls13-resumed-libcrypto", TLS1_3_VERSION, Key::ecdsa, true, "libcrypto"},
  };
}

}  // namespace mailtap::bench
