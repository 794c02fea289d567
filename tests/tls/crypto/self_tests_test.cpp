// mbedTLS's own self-tests, with each backend below them (a build of mbedTLS with MBEDTLS_SELF_TEST on).
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>

#include <mbedtls/aes.h>
#include <mbedtls/aria.h>
#include <mbedtls/base64.h>
#include <mbedtls/bignum.h>
#include <mbedtls/camellia.h>
#include <mbedtls/ccm.h>
#include <mbedtls/chacha20.h>
#include <mbedtls/chachapoly.h>
#include <mbedtls/cmac.h>
#include <mbedtls/des.h>
#include <mbedtls/dhm.h>
#include <mbedtls/ecp.h>
#include <mbedtls/gcm.h>
#include <mbedtls/md5.h>
#include <mbedtls/nist_kw.h>
#include <mbedtls/pkcs5.h>
#include <mbedtls/poly1305.h>
#include <mbedtls/ripemd160.h>
#include <mbedtls/rsa.h>
#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>
#include <mbedtls/sha3.h>
#include <mbedtls/sha512.h>

#include "tests/tls/crypto/backends.h"

using namespace mailtap;

TEST_CASE("mbedTLS passes its self-tests with each backend") {
  const auto backend = GENERATE(from_range(tests::usable_backends()));
  CAPTURE(crypto::to_string(backend));
  const tests::WithBackend with(backend);
  constexpr int silent = 0;
  CHECK(mbedtls_aes_self_test(silent) == 0);
  CHECK(mbedtls_aria_self_test(silent) == 0);
  CHECK(mbedtls_base64_self_test(silent) == 0);
  CHECK(mbedtls_camellia_self_test(silent) == 0);
  CHECK(mbedtls_ccm_self_test(silent) == 0);
  CHECK(mbedtls_chacha20_self_test(silent) == 0);
  CHECK(mbedtls_chachapoly_self_test(silent) == 0);
  CHECK(mbedtls_cmac_self_test(silent) == 0);
  CHECK(mbedtls_des_self_test(silent) == 0);
  CHECK(mbedtls_dhm_self_test(silent) == 0);
  CHECK(mbedtls_ecp_self_test(silent) == 0);
  CHECK(mbedtls_gcm_self_test(silent) == 0);
  CHECK(mbedtls_md5_self_test(silent) == 0);
  CHECK(mbedtls_mpi_self_test(silent) == 0);
  CHECK(mbedtls_nist_kw_self_test(silent) == 0);
  CHECK(mbedtls_pkcs5_self_test(silent) == 0);
  CHECK(mbedtls_poly1305_self_test(silent) == 0);
  CHECK(mbedtls_ripemd160_self_test(silent) == 0);
  CHECK(mbedtls_rsa_self_test(silent) == 0);
  CHECK(mbedtls_sha1_self_test(silent) == 0);
  CHECK(mbedtls_sha224_self_test(silent) == 0);
  CHECK(mbedtls_sha256_self_test(silent) == 0);
  CHECK(mbedtls_sha384_self_test(silent) == 0);
  CHECK(mbedtls_sha512_self_test(silent) == 0);
  CHECK(mbedtls_sha3_self_test(silent) == 0);
}
