#define OPENSSL_SUPPRESS_DEPRECATED  // EVP would parse, copy and fetch for each of these
#include <array>
#include <memory>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

#include "tls/crypto/handles.h"
#include "tls/crypto/libcrypto.h"

namespace mailtap::crypto::libcrypto {

namespace {

constexpr std::array<int, curves> nids{
    NID_X9_62_prime192v1, NID_secp224r1,       NID_X9_62_prime256v1, NID_secp384r1,
    NID_secp521r1,        NID_brainpoolP256r1, NID_brainpoolP384r1,  NID_brainpoolP512r1,
    NID_secp192k1,        NID_secp224k1,       NID_secp256k1,
};

/// A key without content for each curve, per thread: making one costs as much as using it.
EC_KEY* blank_key(Curve curve) {
  thread_local std::array<Handle<EC_KEY, EC_KEY_free>, curves> keys;
  auto& key = keys.at(static_cast<std::size_t>(curve));
  if (!key) key.reset(EC_KEY_new_by_curve_name(nids.at(static_cast<std::size_t>(curve))));
  return key.get();
}

struct Group {
  explicit Group(Curve curve) : key(blank_key(curve)), group(EC_KEY_get0_group(key)) {}
  explicit operator bool() const { return group != nullptr; }
  EC_KEY* key;
  const EC_GROUP* group;
};

std::size_t bytes_of(int bits) {
  return (static_cast<std::size_t>(bits) + 7) / 8;
}

Widths widths_of(const EC_GROUP* group) {
  return {bytes_of(EC_GROUP_get_degree(group)), bytes_of(EC_GROUP_order_bits(group))};
}

bool in_range(const EC_GROUP* group, const BIGNUM* scalar) {
  return BN_is_zero(scalar) == 0 && BN_cmp(scalar, EC_GROUP_get0_order(group)) < 0;
}

Handle<EC_POINT, EC_POINT_clear_free> point(const EC_GROUP* group, Bytes xy, BN_CTX* context) {
  const auto width = widths_of(group).coordinate;
  if (xy.size() != 2 * width) return nullptr;
  const auto x = number(xy.first(width));
  const auto y = number(xy.last(width));
  Handle<EC_POINT, EC_POINT_clear_free> result(EC_POINT_new(group));
  // OpenSSL reduces larger coordinates, which are not valid (SEC 1 section 3.2.2.1).
  const auto* field = EC_GROUP_get0_field(group);
  if (!x || !y || !result || BN_cmp(x.get(), field) >= 0 || BN_cmp(y.get(), field) >= 0) return nullptr;
  // Answers 0 for what is not on the curve; infinity has no affine coordinates.
  if (EC_POINT_set_affine_coordinates(group, result.get(), x.get(), y.get(), context) != 1) return nullptr;
  return result;
}

bool write_number(const BIGNUM* from, MutableBytes to) {
  return BN_bn2binpad(from, to.data(), static_cast<int>(to.size())) == static_cast<int>(to.size());
}

/// The affine coordinates, as many as fit into `out`: x, or x and y.
bool write_point(const EC_GROUP* group, const EC_POINT* from, MutableBytes out, BN_CTX* context) {
  const auto width = widths_of(group).coordinate;
  const bool both = out.size() == 2 * width;
  if (!both && out.size() != width) return false;
  const Number x(BN_new());
  const Number y(both ? BN_new() : nullptr);
  return x && (y || !both) && EC_POINT_get_affine_coordinates(group, from, x.get(), y.get(), context) == 1 &&
         write_number(x.get(), out.first(width)) && (!both || write_number(y.get(), out.last(width)));
}

/// A scalar and a context, both erased when they go.
struct Secret {
  Secret(const EC_GROUP* group, Bytes bytes) : scalar(number(bytes)), context(BN_CTX_new()) {
    if (scalar && !in_range(group, scalar.get())) scalar.reset();
    if (scalar) BN_set_flags(scalar.get(), BN_FLG_CONSTTIME);
  }
  explicit operator bool() const { return scalar && context; }
  Number scalar;
  Handle<BN_CTX, BN_CTX_free> context;
};

}  // namespace

bool has(Curve curve) {
  const ErrorsForgotten forgotten;
  return static_cast<bool>(Group(curve));
}

Widths widths(Curve curve) {
  const Group group(curve);
  return group ? widths_of(group.group) : Widths{};
}

bool ec_on_curve(Curve curve, Bytes xy) {
  const ErrorsForgotten forgotten;
  const Group group(curve);
  return group && point(group.group, xy, nullptr);
}

bool ec_scalar_in_range(Curve curve, Bytes scalar) {
  const Group group(curve);
  const auto value = number(scalar);
  return group && value && in_range(group.group, value.get());
}

bool ec_public_key(Curve curve, Bytes scalar, MutableBytes xy) {
  const ErrorsForgotten forgotten;
  const Group group(curve);
  if (!group) return false;
  const Secret secret(group.group, scalar);
  const Handle<EC_POINT, EC_POINT_clear_free> product(EC_POINT_new(group.group));
  return secret && product &&
         EC_POINT_mul(group.group, product.get(), secret.scalar.get(), nullptr, nullptr,
                      secret.context.get()) == 1 &&
         write_point(group.group, product.get(), xy, secret.context.get());
}

bool ec_shared_secret(Curve curve, Bytes scalar, Bytes peer_xy, MutableBytes x) {
  const ErrorsForgotten forgotten;
  const Group group(curve);
  if (!group) return false;
  const Secret secret(group.group, scalar);
  if (!secret) return false;
  const auto peer = point(group.group, peer_xy, secret.context.get());
  const Handle<EC_POINT, EC_POINT_clear_free> product(EC_POINT_new(group.group));
  return peer && product &&
         EC_POINT_mul(group.group, product.get(), nullptr, peer.get(), secret.scalar.get(),
                      secret.context.get()) == 1 &&
         write_point(group.group, product.get(), x, secret.context.get());
}

bool ec_sign(Curve curve, Bytes scalar, Bytes hash, MutableBytes r_and_s) {
  const ErrorsForgotten forgotten;
  const Group group(curve);
  if (!group) return false;
  const auto width = widths_of(group.group).scalar;
  const auto value = number(scalar);
  if (!value || !in_range(group.group, value.get()) || r_and_s.size() != 2 * width) return false;
  if (EC_KEY_set_private_key(group.key, value.get()) != 1) return false;
  const Handle<ECDSA_SIG, ECDSA_SIG_free> signature(
      ECDSA_do_sign(hash.data(), static_cast<int>(hash.size()), group.key));
  EC_KEY_set_private_key(group.key, nullptr);  // erases it, and answers 0
  return signature && write_number(ECDSA_SIG_get0_r(signature.get()), r_and_s.first(width)) &&
         write_number(ECDSA_SIG_get0_s(signature.get()), r_and_s.last(width));
}

bool ec_verify(Curve curve, Bytes xy, Bytes hash, Bytes r_and_s) {
  const ErrorsForgotten forgotten;
  const Group group(curve);
  if (!group) return false;
  const auto width = widths_of(group.group).scalar;
  const auto public_point = point(group.group, xy, nullptr);
  const Handle<ECDSA_SIG, ECDSA_SIG_free> signature(ECDSA_SIG_new());
  if (!public_point || !signature || r_and_s.size() != 2 * width) return false;
  auto r = number(r_and_s.first(width));
  auto s = number(r_and_s.last(width));
  // ECDSA_do_verify refuses r and s that are zero, or not below the order.
  if (!r || !s || ECDSA_SIG_set0(signature.get(), r.release(), s.release()) != 1 ||
      EC_KEY_set_public_key(group.key, public_point.get()) != 1)
    return false;
  return ECDSA_do_verify(hash.data(), static_cast<int>(hash.size()), signature.get(), group.key) == 1;
}

}  // namespace mailtap::crypto::libcrypto
