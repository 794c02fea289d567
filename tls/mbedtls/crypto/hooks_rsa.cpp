// mbedTLS's RSA (rsa_interposable.h). Padding, and its removal in constant time, stay mbedTLS's.
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include <vector>

#include <mbedtls/rsa.h>
#include <string.h>

#include "tls/crypto/backend.h"
#include "tls/crypto/job.h"
#include "tls/crypto/libcrypto.h"
#include "tls/mbedtls/crypto/numbers.h"
#include "tls/mbedtls/crypto/portable.h"

namespace mailtap::crypto {

namespace {

bool has_public(const mbedtls_rsa_context& key) {
  return key.len != 0 && key.len == mbedtls_mpi_size(&key.N) && mbedtls_mpi_get_bit(&key.N, 0) == 1 &&
         mbedtls_mpi_cmp_int(&key.N, 0) > 0 && mbedtls_mpi_cmp_int(&key.E, 0) > 0;
}

bool has_private(const mbedtls_rsa_context& key) {
  for (const auto* number : {&key.D, &key.P, &key.Q, &key.DP, &key.DQ, &key.QP})
    if (mbedtls_mpi_cmp_int(number, 0) <= 0) return false;
  return has_public(key);
}

/// The numbers of a key as jobs take them, erased when it goes.
class Numbers {
 public:
  explicit Numbers(std::initializer_list<const mbedtls_mpi*> numbers) {
    std::size_t size = 0;
    for (const auto* number : numbers) size += mbedtls_mpi_size(number);
    memory_.resize(size);
    std::size_t at = 0;
    for (const auto* number : numbers) {
      const auto bytes = MutableBytes(memory_).subspan(at, mbedtls_mpi_size(number));
      at += bytes.size();
      if (!write_be(*number, bytes)) return;
      views_.at(count_++) = bytes;
    }
  }
  ~Numbers() { ::explicit_bzero(memory_.data(), memory_.size()); }
  Numbers(const Numbers&) = delete;
  Numbers& operator=(const Numbers&) = delete;

  /// The i-th; empty if it couldn't be written, which no key takes.
  Bytes operator[](std::size_t i) const { return views_.at(i); }

 private:
  Buffer memory_;
  std::array<Bytes, 8> views_;
  std::size_t count_ = 0;
};

/// A stranger chooses the exponent, and one as long as a large modulus keeps a worker busy for seconds. As
/// OpenSSL does (OPENSSL_RSA_SMALL_MODULUS_BITS, OPENSSL_RSA_MAX_PUBEXP_BITS).
bool costs_too_much(const mbedtls_rsa_context& key) {
  constexpr std::size_t small_modulus = 3072;
  constexpr std::size_t max_exponent = 64;
  return mbedtls_mpi_bitlen(&key.N) > small_modulus && mbedtls_mpi_bitlen(&key.E) > max_exponent;
}

bool run(JobKind kind, const mbedtls_rsa_context& context, const RsaKey& key, const unsigned char* input,
         unsigned char* output) {
  Job job{.kind = kind,
          .bits = static_cast<std::uint16_t>(mbedtls_mpi_bitlen(&context.N)),
          .rsa = &key,
          .input = {input, context.len},
          .output = {output, context.len}};
  submit(job);
  return job.status == JobStatus::done;
}

}  // namespace

}  // namespace mailtap::crypto

using namespace mailtap;
using namespace mailtap::crypto;

extern "C" {

extern const int mailtap_rsa_hooks;
const int mailtap_rsa_hooks = 1;

int mbedtls_rsa_public(mbedtls_rsa_context* ctx, const unsigned char* input, unsigned char* output) {
  if (costs_too_much(*ctx)) return MBEDTLS_ERR_RSA_KEY_CHECK_FAILED;
  if (backend() == Backend::portable || !has_public(*ctx))
    return mailtap_portable_rsa_public(ctx, input, output);
  const Numbers numbers({&ctx->N, &ctx->E});
  const RsaKey key{.n = numbers[0], .e = numbers[1]};
  if (!libcrypto::takes(key)) return mailtap_portable_rsa_public(ctx, input, output);
  return run(JobKind::rsa_public, *ctx, key, input, output) ? 0 : MBEDTLS_ERR_RSA_PUBLIC_FAILED;
}

int mbedtls_rsa_private(mbedtls_rsa_context* ctx, mailtap_random f_rng, void* p_rng,
                        const unsigned char* input, unsigned char* output) {
  if (backend() == Backend::portable || !has_private(*ctx))
    return mailtap_portable_rsa_private(ctx, f_rng, p_rng, input, output);
  const Numbers numbers({&ctx->N, &ctx->E, &ctx->D, &ctx->P, &ctx->Q, &ctx->DP, &ctx->DQ, &ctx->QP});
  const RsaKey key{.n = numbers[0],
                   .e = numbers[1],
                   .d = numbers[2],
                   .p = numbers[3],
                   .q = numbers[4],
                   .dp = numbers[5],
                   .dq = numbers[6],
                   .qp = numbers[7],
                   .owner = ctx};
  if (!libcrypto::takes(key)) return mailtap_portable_rsa_private(ctx, f_rng, p_rng, input, output);
  return run(JobKind::rsa_private, *ctx, key, input, output) ? 0 : MBEDTLS_ERR_RSA_PRIVATE_FAILED;
}

void mbedtls_rsa_free(mbedtls_rsa_context* ctx) {
  // Only private keys have anything prepared for them; most that are freed are of peers' certificates.
  if (ctx != nullptr && ctx->P.p != nullptr) forget_rsa(ctx);
  mailtap_portable_rsa_free(ctx);
}

}  // extern "C"
