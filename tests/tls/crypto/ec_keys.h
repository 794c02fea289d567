// mbedTLS's elliptic curve objects, owned, and its ECDH and ECDSA on them as tests call them.
#pragma once

#include <mbedtls/ecdh.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>

#include "config/base/bytes.h"
#include "config/base/random.h"

namespace mailtap::tests {

struct Mpi {
  Mpi() { mbedtls_mpi_init(&value); }
  explicit Mpi(Bytes big_endian) : Mpi() {
    mbedtls_mpi_read_binary(&value, big_endian.data(), big_endian.size());
  }
  ~Mpi() { mbedtls_mpi_free(&value); }
  Mpi(const Mpi&) = delete;
  Mpi& operator=(const Mpi&) = delete;
  Buffer bytes() const {
    Buffer out(mbedtls_mpi_size(&value));
    mbedtls_mpi_write_binary(&value, out.data(), out.size());
    return out;
  }
  mbedtls_mpi value;
};

struct EcPoint {
  EcPoint() { mbedtls_ecp_point_init(&value); }
  ~EcPoint() { mbedtls_ecp_point_free(&value); }
  EcPoint(const EcPoint&) = delete;
  EcPoint& operator=(const EcPoint&) = delete;
  mbedtls_mpi& x() { return value.MBEDTLS_PRIVATE(X); }
  mbedtls_mpi& y() { return value.MBEDTLS_PRIVATE(Y); }
  mbedtls_mpi& z() { return value.MBEDTLS_PRIVATE(Z); }
  mbedtls_ecp_point value;
};

struct EcGroup {
  explicit EcGroup(mbedtls_ecp_group_id id) {
    mbedtls_ecp_group_init(&value);
    mbedtls_ecp_group_load(&value, id);
  }
  ~EcGroup() { mbedtls_ecp_group_free(&value); }
  EcGroup(const EcGroup&) = delete;
  EcGroup& operator=(const EcGroup&) = delete;
  bool signs() { return mbedtls_ecdsa_can_do(value.id) != 0; }
  mbedtls_ecp_group value;
};

inline int gen_public(EcGroup& group, Mpi& d, EcPoint& q) {
  return mbedtls_ecdh_gen_public(&group.value, &d.value, &q.value, random_for_mbedtls, nullptr);
}
inline int compute_shared(EcGroup& group, Mpi& z, const EcPoint& q, const Mpi& d) {
  return mbedtls_ecdh_compute_shared(&group.value, &z.value, &q.value, &d.value, random_for_mbedtls, nullptr);
}
inline int sign(EcGroup& group, Mpi& r, Mpi& s, const Mpi& d, Bytes hash) {
  return mbedtls_ecdsa_sign(&group.value, &r.value, &s.value, &d.value, hash.data(), hash.size(),
                            random_for_mbedtls, nullptr);
}
inline int verify(EcGroup& group, Bytes hash, const EcPoint& q, const Mpi& r, const Mpi& s) {
  return mbedtls_ecdsa_verify(&group.value, hash.data(), hash.size(), &q.value, &r.value, &s.value);
}

}  // namespace mailtap::tests
