// verdict-bench: what a verdict costs, fresh and remembered, beside the public-key operations that a client
// of a full TLS 1.2 ECDHE-ECDSA P-256 handshake can't avoid (an ephemeral key, a shared secret, a
// verification of the server's signature).

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include <mbedtls/ecdh.h>

#include "certs/advice/full_verdict.h"
#include "certs/advice/verdict_cache.h"
#include "certs/model/certificate.h"
#include "certs/model/signature.h"
#include "certs/verify/trust_store.h"
#include "config/base/random.h"
#include "tests/certs/forge.h"

namespace {

using namespace mailtap;

/// Microseconds of one call, the best of five rounds.
double cost_of(int calls, const std::function<void()>& work) {
  double best = 1e18;
  for (int round = 0; round < 5; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < calls; ++i) work();
    const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
    best = std::min(best, spent.count() / calls);
  }
  return best;
}

void exchange_keys() {
  mbedtls_ecp_group group;
  mbedtls_ecp_point ours, theirs;
  mbedtls_mpi secret, shared;
  mbedtls_ecp_group_init(&group);
  mbedtls_ecp_point_init(&ours);
  mbedtls_ecp_point_init(&theirs);
  mbedtls_mpi_init(&secret);
  mbedtls_mpi_init(&shared);
  const bool done =
      mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1) == 0 &&
      mbedtls_ecdh_gen_public(&group, &secret, &ours, random_for_mbedtls, nullptr) == 0 &&
      mbedtls_ecp_copy(&theirs, &group.G) == 0 &&
      mbedtls_ecdh_compute_shared(&group, &shared, &theirs, &secret, random_for_mbedtls, nullptr) == 0;
  mbedtls_ecp_group_free(&group);
  mbedtls_ecp_point_free(&ours);
  mbedtls_ecp_point_free(&theirs);
  mbedtls_mpi_free(&secret);
  mbedtls_mpi_free(&shared);
  if (!done) std::abort();
}

}  // namespace

int main() {
  const auto root = forge::Ca::root("Root");
  const auto issuing = root.issue_ca("Issuing");
  const std::vector<Buffer> chain{issuing.issue("mail.example.com"), issuing.der};
  const auto store = *certs::TrustStore::of({root.der});
  const certs::Question question{"mail.example.com", forge::now()};

  const auto leaf = *certs::parse_certificate(chain[0]);
  const auto issuer = *certs::parse_certificate(chain[1]);
  const double verification = cost_of(20, [&] {
    (void)certs::verify_signature(leaf->tbs, leaf->signature_algorithm, leaf->signature, issuer->spki);
  });
  const double handshake = verification + cost_of(20, exchange_keys);
  const double parsing = cost_of(2000, [&] { (void)certs::parse_certificate(chain[0]); });
  const double fresh = cost_of(20, [&] { (void)certs::full_verdict(chain, *store, question); });
  certs::SignatureMemo signatures;
  const double known_signatures =
      cost_of(500, [&] { (void)certs::full_verdict(chain, *store, question, signatures); });
  certs::VerdictCache cache;
  const double remembered = cost_of(20000, [&] { (void)cache.verify(chain, *store, question); });

  std::printf("public-key work of a client's full handshake  %9.2f us\n", handshake);
  const auto line = [&](const char* what, double cost) {
    std::printf("%-45s %9.2f us  %7.3f %%\n", what, cost, cost * 100 / handshake);
  };
  line("parse a certificate", parsing);
  line("verify one signature", verification);
  line("verdict, fresh (leaf, intermediate, root)", fresh);
  line("verdict, signatures known", known_signatures);
  line("verdict, remembered", remembered);
  return 0;
}
