// Powers modulo a large number, for Diffie-Hellman in groups of primes: mbedTLS's take many times as long.
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include <mbedtls/bignum.h>
#include <openssl/bn.h>

#include "tls/crypto/backend.h"
#include "tls/crypto/handles.h"
#include "tls/mbedtls/crypto/numbers.h"

using namespace mailtap;
using namespace mailtap::crypto;

namespace {

/// Below, the conversion isn't worth it.
constexpr std::size_t min_bits = 1024;

libcrypto::Number number_of(const mbedtls_mpi& from) {
  const Bytes limbs{reinterpret_cast<const std::uint8_t*>(from.p), from.n * sizeof(mbedtls_mpi_uint)};
  return libcrypto::Number(BN_lebin2bn(limbs.data(), static_cast<int>(limbs.size()), nullptr));
}

}  // namespace

extern "C" {

int mailtap_mpi_exp_mod(mbedtls_mpi* X, const mbedtls_mpi* A, const mbedtls_mpi* E, const mbedtls_mpi* N);

/// As mbedtls_mpi_exp_mod (X = A^E mod N, in time that doesn't depend on E's bits), where N is odd: 0 done, 1
/// not done here.
int mailtap_mpi_exp_mod(mbedtls_mpi* X, const mbedtls_mpi* A, const mbedtls_mpi* E, const mbedtls_mpi* N) {
  if (backend() == Backend::portable || A->s < 0 || mbedtls_mpi_bitlen(N) < min_bits) return 1;
  const libcrypto::ErrorsForgotten errors;
  using Context = libcrypto::Handle<BN_CTX, BN_CTX_free>;
  const Context context(BN_CTX_new());
  const auto base = number_of(*A), exponent = number_of(*E), modulus = number_of(*N);
  const libcrypto::Number power(BN_new());
  if (!context || !base || !exponent || !modulus || !power) return MBEDTLS_ERR_MPI_ALLOC_FAILED;
  BN_set_flags(exponent.get(), BN_FLG_CONSTTIME);
  if (BN_mod_exp_mont_consttime(power.get(), base.get(), exponent.get(), modulus.get(), context.get(),
                                nullptr) != 1)
    return 1;
  const auto limbs = N->n;
  if (const int failure = mbedtls_mpi_grow(X, limbs); failure != 0) return failure;
  X->s = 1;
  return BN_bn2lebinpad(power.get(), reinterpret_cast<unsigned char*>(X->p),
                        static_cast<int>(X->n * sizeof(mbedtls_mpi_uint))) < 0
             ? MBEDTLS_ERR_MPI_BUFFER_TOO_SMALL
             : 0;
}

}  // extern "C"
