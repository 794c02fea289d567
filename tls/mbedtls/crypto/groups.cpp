#include "tls/mbedtls/crypto/groups.h"

#include "tls/crypto/backend.h"
#include "tls/crypto/spare_keys.h"

namespace mailtap::crypto {

namespace {

using libcrypto::Curve;

bool run(Job job) {
  submit(job);
  return job.status == JobStatus::done;
}

/// The kinds of job of a curve, if its operations are jobs.
struct Kinds {
  JobKind public_key, shared_secret, sign, verify;
};

std::optional<Kinds> kinds(Curve curve) {
  using enum JobKind;
  switch (curve) {
    case Curve::p256: return Kinds{p256_public_key, p256_shared_secret, p256_sign, p256_verify};
    case Curve::p384: return Kinds{p384_public_key, p384_shared_secret, p384_sign, p384_verify};
    case Curve::p521: return Kinds{p521_public_key, p521_shared_secret, p521_sign, p521_verify};
    default: return std::nullopt;
  }
}

std::optional<Curve> curve_of(mbedtls_ecp_group_id group) {
  switch (group) {
    case MBEDTLS_ECP_DP_SECP192R1: return Curve::p192;
    case MBEDTLS_ECP_DP_SECP224R1: return Curve::p224;
    case MBEDTLS_ECP_DP_SECP256R1: return Curve::p256;
    case MBEDTLS_ECP_DP_SECP384R1: return Curve::p384;
    case MBEDTLS_ECP_DP_SECP521R1: return Curve::p521;
    case MBEDTLS_ECP_DP_BP256R1: return Curve::brainpool256;
    case MBEDTLS_ECP_DP_BP384R1: return Curve::brainpool384;
    case MBEDTLS_ECP_DP_BP512R1: return Curve::brainpool512;
    case MBEDTLS_ECP_DP_SECP192K1: return Curve::k192;
    case MBEDTLS_ECP_DP_SECP224K1: return Curve::k224;
    case MBEDTLS_ECP_DP_SECP256K1: return Curve::k256;
    default: return std::nullopt;
  }
}

constexpr std::size_t x25519_size = 32;
constexpr std::size_t x448_size = 56;

}  // namespace

bool Weierstrass::spare_key(MutableBytes scalar, MutableBytes xy) const {
  const auto k = kinds(curve);
  return k && take_spare_key(k->public_key, scalar, xy);
}

bool Weierstrass::public_key(Bytes scalar, MutableBytes xy) const {
  if (const auto k = kinds(curve)) return run({.kind = k->public_key, .private_key = scalar, .output = xy});
  return libcrypto::ec_public_key(curve, scalar, xy);
}

bool Weierstrass::shared_secret(Bytes scalar, Bytes peer_xy, MutableBytes x) const {
  if (const auto k = kinds(curve))
    return run({.kind = k->shared_secret, .private_key = scalar, .public_key = peer_xy, .output = x});
  return libcrypto::ec_shared_secret(curve, scalar, peer_xy, x);
}

bool Weierstrass::sign(Bytes scalar, Bytes hash, MutableBytes r_and_s) const {
  if (const auto k = kinds(curve))
    return run({.kind = k->sign, .private_key = scalar, .input = hash, .output = r_and_s});
  return libcrypto::ec_sign(curve, scalar, hash, r_and_s);
}

bool Weierstrass::verify(Bytes xy, Bytes hash, Bytes r_and_s) const {
  if (const auto k = kinds(curve))
    return run({.kind = k->verify, .public_key = xy, .input = hash, .signature = r_and_s});
  return libcrypto::ec_verify(curve, xy, hash, r_and_s);
}

bool Montgomery::spare_key(MutableBytes scalar, MutableBytes u) const {
  return size == x25519_size && take_spare_key(JobKind::x25519_public_key, scalar, u);
}

bool Montgomery::public_key(Bytes scalar, MutableBytes u) const {
  if (size == x25519_size)
    return run({.kind = JobKind::x25519_public_key, .private_key = scalar, .output = u});
  return libcrypto::montgomery_public_key(scalar, u);
}

bool Montgomery::shared_secret(Bytes scalar, Bytes peer_u, MutableBytes u) const {
  if (size == x25519_size)
    return run(
        {.kind = JobKind::x25519_shared_secret, .private_key = scalar, .public_key = peer_u, .output = u});
  return libcrypto::montgomery_shared_secret(scalar, peer_u, u);
}

std::optional<Weierstrass> weierstrass(mbedtls_ecp_group_id group) {
  const auto curve = curve_of(group);
  if (backend() == Backend::portable || !curve || !libcrypto::has(*curve)) return std::nullopt;
  return Weierstrass{*curve, libcrypto::widths(*curve)};
}

std::optional<Montgomery> montgomery(mbedtls_ecp_group_id group) {
  if (backend() == Backend::portable) return std::nullopt;
  if (group == MBEDTLS_ECP_DP_CURVE25519) return Montgomery{x25519_size};
  if (group == MBEDTLS_ECP_DP_CURVE448) return Montgomery{x448_size};
  return std::nullopt;
}

}  // namespace mailtap::crypto
