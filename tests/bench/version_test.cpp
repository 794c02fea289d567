#include "bench/tool/version.h"

#include <catch2/catch_test_macros.hpp>

using namespace mailtap::bench;

namespace {

std::string both(std::string_view name, std::string_view said) {
  const auto version = read_version(name, said);
  return version.program + " | " + version.tls;
}

}  // namespace

TEST_CASE("a peer's version and the TLS library that it runs with are told from what it says") {
  CHECK(both("haproxy",
             "HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/\nStatus: long-term\nBuilt "
             "with OpenSSL "
             "version : OpenSSL 3.0.22 25 Aug 2026\nRunning on OpenSSL version : OpenSSL 3.0.19 27 Jan "
             "2026\n") == "HAProxy version 2.6.12-1+deb12u4 | OpenSSL 3.0.19");
  CHECK(both("haproxy",
             "HAProxy version 3.5-dev5-50872daa6 2026/08/21 - https://haproxy.org/\nBuilt with SSL library "
             "version : "
             "OpenSSL 1.1.1 (compatible; AWS-LC 5.5.0)\nRunning on SSL library version : AWS-LC 5.5.0\n") ==
        "HAProxy version 3.5-dev5-50872daa6 | AWS-LC 5.5.0");
  CHECK(both("nginx",
             "nginx version: nginx/1.22.1\nbuilt with OpenSSL 3.0.22 25 Aug 2026 (running with OpenSSL "
             "3.0.19 27 Jan "
             "2026)\nTLS SNI support enabled\n") == "nginx version: nginx/1.22.1 | OpenSSL 3.0.19");
  CHECK(both("nginx", "nginx version: nginx/1.26.3\nbuilt with OpenSSL 3.5.1 1 Jul 2025\n") ==
        "nginx version: nginx/1.26.3 | OpenSSL 3.5.1");
  CHECK(both("stunnel",
             "Initializing inetd mode configuration\nstunnel 5.68 on x86_64-pc-linux-gnu "
             "platform\nCompiled/running with "
             "OpenSSL 3.0.19 27 Jan 2026\n") ==
        "stunnel 5.68 on x86_64-pc-linux-gnu platform | OpenSSL 3.0.19");
  CHECK(both("mailtap",
             "mailtap 0.1.0 (492312c39)\ncryptography by multibuffer (crypto_mb 1.0.14, OpenSSL 3.0.19)\n") ==
        "mailtap 0.1.0 (492312c39) | multibuffer (crypto_mb 1.0.14, OpenSSL 3.0.19)");
  CHECK(both("mailtap",
             "mailtap 0.1.0\ncryptography by libcrypto (OpenSSL 3.0.19)\noptimised by a profile\n") ==
        "mailtap 0.1.0, by profile | libcrypto (OpenSSL 3.0.19)");
}

TEST_CASE("a program that says nothing has no version") {
  CHECK(both("haproxy", "") == " | ");
  CHECK(both("nginx", "usage") == " | ");
}
