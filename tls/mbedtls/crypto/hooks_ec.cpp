// mbedTLS's ECDH and ECDSA (MBEDTLS_ECDH_.._ALT, MBEDTLS_ECDSA_.._ALT).
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include <mbedtls/ecdh.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>
#include <mbedtls/error.h>

#include "tls/mbedtls/crypto/groups.h"
#include "tls/mbedtls/crypto/numbers.h"
#include "tls/mbedtls/crypto/portable.h"

namespace mailtap::crypto {

namespace {

using Scalar = Erased<max_scalar>;
using Point = Erased<max_point>;

/// False: not affine, or a coordinate is out of range. That it is on the curve is for who computes with it.
bool write_point(const mbedtls_ecp_point& point, MutableBytes xy) {
  const auto width = xy.size() / 2;
  return mbedtls_mpi_cmp_int(&point.Z, 1) == 0 && write_be(point.X, xy.first(width)) &&
         write_be(point.Y, xy.last(width));
}

int read_point(mbedtls_ecp_point& point, Bytes xy) {
  const auto width = xy.size() / 2;
  int result = read_be(point.X, xy.first(width));
  if (result == 0) result = read_be(point.Y, xy.last(width));
  return result == 0 ? mbedtls_mpi_lset(&point.Z, 1) : result;
}

int gen_public(const Weierstrass& by, const mbedtls_mpi& d, mbedtls_ecp_point& q) {
  Scalar scalar;
  Point point;
  const auto scalar_bytes = scalar.first(by.widths.scalar);
  const auto xy = point.first(2 * by.widths.coordinate);
  if (!write_be(d, scalar_bytes) || !by.public_key(scalar_bytes, xy)) return MBEDTLS_ERR_ECP_INVALID_KEY;
  return read_point(q, xy);
}

int gen_public(const Montgomery& by, const mbedtls_mpi& d, mbedtls_ecp_point& q) {
  Scalar scalar;
  Point point;
  const auto scalar_bytes = scalar.first(by.size);
  const auto u = point.first(by.size);
  if (!write_le(d, scalar_bytes) || !by.public_key(scalar_bytes, u)) return MBEDTLS_ERR_ECP_INVALID_KEY;
  mbedtls_mpi_free(&q.Y);  // as mbedTLS leaves it
  const int result = read_le(q.X, u);
  return result == 0 ? mbedtls_mpi_lset(&q.Z, 1) : result;
}

/// Both halves of a pair that was made before, if there is one.
bool take_spare(const Weierstrass& by, mbedtls_mpi& d, mbedtls_ecp_point& q, int& result) {
  Scalar scalar;
  Point point;
  const auto scalar_bytes = scalar.first(by.widths.scalar);
  const auto xy = point.first(2 * by.widths.coordinate);
  if (!by.spare_key(scalar_bytes, xy)) return false;
  result = read_be(d, scalar_bytes);
  if (result == 0) result = read_point(q, xy);
  return true;
}

bool take_spare(const Montgomery& by, mbedtls_mpi& d, mbedtls_ecp_point& q, int& result) {
  Scalar scalar;
  Point point;
  const auto scalar_bytes = scalar.first(by.size);
  const auto u = point.first(by.size);
  if (!by.spare_key(scalar_bytes, u)) return false;
  mbedtls_mpi_free(&q.Y);  // as mbedTLS leaves it
  result = read_le(d, scalar_bytes);
  if (result == 0) result = read_le(q.X, u);
  if (result == 0) result = mbedtls_mpi_lset(&q.Z, 1);
  return true;
}

int compute_shared(const Weierstrass& by, mbedtls_mpi& z, const mbedtls_ecp_point& q, const mbedtls_mpi& d) {
  Scalar scalar;
  Point point;
  Scalar secret;
  const auto scalar_bytes = scalar.first(by.widths.scalar);
  const auto xy = point.first(2 * by.widths.coordinate);
  const auto x = secret.first(by.widths.coordinate);
  if (!write_be(d, scalar_bytes) || !write_point(q, xy) || !by.shared_secret(scalar_bytes, xy, x))
    return MBEDTLS_ERR_ECP_INVALID_KEY;
  return read_be(z, x);
}

int compute_shared(const Montgomery& by, mbedtls_mpi& z, const mbedtls_ecp_point& q, const mbedtls_mpi& d) {
  Scalar scalar;
  Point point;
  Scalar secret;
  const auto scalar_bytes = scalar.first(by.size);
  const auto peer = point.first(by.size);
  const auto u = secret.first(by.size);
  if (!write_le(d, scalar_bytes) || !write_le(q.X, peer) || !by.shared_secret(scalar_bytes, peer, u))
    return MBEDTLS_ERR_ECP_INVALID_KEY;
  return read_le(z, u);
}

}  // namespace

}  // namespace mailtap::crypto

using namespace mailtap;
using namespace mailtap::crypto;

extern "C" {

int mbedtls_ecdh_gen_public(mbedtls_ecp_group* grp, mbedtls_mpi* d, mbedtls_ecp_point* Q,
                            mailtap_random f_rng, void* p_rng) {
  const auto on_weierstrass = weierstrass(grp->id);
  const auto on_montgomery = montgomery(grp->id);
  if (!on_weierstrass && !on_montgomery) return mailtap_portable_ecdh_gen_public(grp, d, Q, f_rng, p_rng);
  int result = 0;
  if (on_weierstrass ? take_spare(*on_weierstrass, *d, *Q, result)
                     : take_spare(*on_montgomery, *d, *Q, result))
    return result;
  if (const int failed = mbedtls_ecp_gen_privkey(grp, d, f_rng, p_rng)) return failed;
  return on_weierstrass ? gen_public(*on_weierstrass, *d, *Q) : gen_public(*on_montgomery, *d, *Q);
}

int mbedtls_ecdh_compute_shared(mbedtls_ecp_group* grp, mbedtls_mpi* z, const mbedtls_ecp_point* Q,
                                const mbedtls_mpi* d, mailtap_random f_rng, void* p_rng) {
  if (const auto by = weierstrass(grp->id)) return compute_shared(*by, *z, *Q, *d);
  if (const auto by = montgomery(grp->id)) return compute_shared(*by, *z, *Q, *d);
  return mailtap_portable_ecdh_compute_shared(grp, z, Q, d, f_rng, p_rng);
}

int mbedtls_ecdsa_sign(mbedtls_ecp_group* grp, mbedtls_mpi* r, mbedtls_mpi* s, const mbedtls_mpi* d,
                       const unsigned char* buf, size_t blen, mailtap_random f_rng, void* p_rng) {
  const auto by = weierstrass(grp->id);
  if (!by) return mailtap_portable_ecdsa_sign(grp, r, s, d, buf, blen, f_rng, p_rng);
  Scalar scalar;
  Point signature;
  const auto scalar_bytes = scalar.first(by->widths.scalar);
  const auto r_and_s = signature.first(2 * by->widths.scalar);
  if (!write_be(*d, scalar_bytes) || !by->sign(scalar_bytes, {buf, blen}, r_and_s))
    return MBEDTLS_ERR_ECP_INVALID_KEY;
  const int failed = read_be(*r, r_and_s.first(by->widths.scalar));
  return failed != 0 ? failed : read_be(*s, r_and_s.last(by->widths.scalar));
}

int mbedtls_ecdsa_verify(mbedtls_ecp_group* grp, const unsigned char* buf, size_t blen,
                         const mbedtls_ecp_point* Q, const mbedtls_mpi* r, const mbedtls_mpi* s) {
  const auto by = weierstrass(grp->id);
  if (!by) return mailtap_portable_ecdsa_verify(grp, buf, blen, Q, r, s);
  Point point;
  Point signature;
  const auto xy = point.first(2 * by->widths.coordinate);
  const auto r_and_s = signature.first(2 * by->widths.scalar);
  if (!write_point(*Q, xy)) return MBEDTLS_ERR_ECP_INVALID_KEY;
  const bool good = write_be(*r, r_and_s.first(by->widths.scalar)) &&
                    write_be(*s, r_and_s.last(by->widths.scalar)) && by->verify(xy, {buf, blen}, r_and_s);
  return good ? 0 : MBEDTLS_ERR_ECP_VERIFY_FAILED;
}

}  // extern "C"
