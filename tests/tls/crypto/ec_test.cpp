// ECDH and ECDSA as mbedTLS's callers see them, with each backend: published vectors, what must be refused,
// and the backends against each other on every curve.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <iterator>
#include <set>
#include <vector>

#include <psa/crypto.h>

#include "tests/tls/crypto/backends.h"
#include "tests/tls/crypto/ec_keys.h"
#include "tests/tls/crypto/hex.h"

using namespace mailtap;
using namespace mailtap::tests;

namespace {

Buffer random(std::size_t size) {
  Buffer bytes(size);
  REQUIRE(random_bytes(bytes));
  return bytes;
}

std::vector<mbedtls_ecp_group_id> groups() {
  std::vector<mbedtls_ecp_group_id> all;
  for (const auto* info = mbedtls_ecp_curve_list(); info->grp_id != MBEDTLS_ECP_DP_NONE; ++info)
    all.push_back(info->grp_id);
  return all;
}

struct Signed {
  mbedtls_ecp_group_id group;
  const char *x, *y, *hash, *r, *s;
};

// RFC 6979 appendices A.2.5, A.2.6 and A.2.7: "sample" with SHA-256, SHA-384 and SHA-512.
const Signed published[] = {
    {MBEDTLS_ECP_DP_SECP256R1, "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6",
     "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299",
     "AF2BDBE1AA9B6EC1E2ADE1D694F41FC71A831D0268E9891562113D8A62ADD1BF",
     "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
     "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"},
    {MBEDTLS_ECP_DP_SECP384R1,
     "EC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E06AAE5286B300C64DEF8F0EA9055866064A254515480BC13",
     "8015D9B72D7D57244EA8EF9AC0C621896708A59367F9DFB9F54CA84B3F1C9DB1288B231C3AE0D4FE7344FD2533264720",
     "9A9083505BC92276AEC4BE312696EF7BF3BF603F4BBD381196A029F340585312313BCA4A9B5B890EFEE42C77B1EE25FE",
     "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46",
     "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8"},
    {MBEDTLS_ECP_DP_SECP521R1,
     "01894550D0785932E00EAA23B694F213F8C3121F86DC97A04E5A7167DB4E5BCD371123D46E45DB6B5D5370A7F20FB633155D38F"
     "FA16D2B"
     "D761DCAC474B9A2F5023A4",
     "00493101C962CD4D2FDDF782285E64584139C2F91B47F87FF82354D6630F746A28A0DB25741B5B34A828008B22ACC23F924FAAF"
     "BD4D33F"
     "81EA66956DFEAA2BFDFCF5",
     "39A5E04AAFF7455D9850C605364F514C11324CE64016960D23D5DC57D3FFD8F49A739468AB8049BF18EEF820CDB1AD6C9015F83"
     "8556BC7"
     "FAD4138B23FDF986C7",
     "00C328FAFCBD79DD77850370C46325D987CB525569FB63C5D3BC53950E6D4C5F174E25A1EE9017B5D450606ADD152B534931D7D"
     "4E8455C"
     "C91F9B15BF05EC36E377FA",
     "00617CCE7CF5064806C467F678D3B4080D6F1CC50AF26CA209417308281B68AF282623EAA63E5B5C0723D8B8C37FF0777B1A20F"
     "8CCB1DC"
     "CC43997F1EE0E44DA4A67A"},
};

void set_affine(EcPoint& point, Bytes x, Bytes y) {
  mbedtls_mpi_read_binary(&point.x(), x.data(), x.size());
  mbedtls_mpi_read_binary(&point.y(), y.data(), y.size());
  mbedtls_mpi_lset(&point.z(), 1);
}

}  // namespace

TEST_CASE("RFC 6979's signatures verify with each backend, and with no number changed") {
  const auto backend = GENERATE(from_range(usable_backends()));
  const auto& vector = GENERATE(from_range(std::begin(published), std::end(published)));
  CAPTURE(crypto::to_string(backend), vector.group);
  const WithBackend with(backend);
  EcGroup group(vector.group);
  EcPoint q;
  set_affine(q, from_hex(vector.x), from_hex(vector.y));
  auto hash = from_hex(vector.hash);
  Mpi r(from_hex(vector.r));
  Mpi s(from_hex(vector.s));
  CHECK(verify(group, hash, q, r, s) == 0);

  const auto refused = [&](const Mpi& bad_r, const Mpi& bad_s) {
    return verify(group, hash, q, bad_r, bad_s) != 0;
  };
  Mpi zero;
  Mpi order;
  mbedtls_mpi_copy(&order.value, &group.value.N);
  Mpi too_large;
  mbedtls_mpi_add_mpi(&too_large.value, &r.value, &group.value.N);
  Mpi negative;
  mbedtls_mpi_sub_mpi(&negative.value, &r.value, &group.value.N);
  Mpi next;
  mbedtls_mpi_add_int(&next.value, &s.value, 1);
  CHECK(refused(zero, s));
  CHECK(refused(r, zero));
  CHECK(refused(zero, zero));
  CHECK(refused(order, s));
  CHECK(refused(r, order));
  CHECK(refused(too_large, s));
  CHECK(refused(negative, s));
  CHECK(refused(s, r));
  CHECK(refused(r, next));
  hash[0] ^= 1;
  CHECK(refused(r, s));
  hash[0] ^= 1;
  mbedtls_mpi_add_int(&q.y(), &q.y(), 1);
  CHECK(refused(r, s));
}

TEST_CASE("every backend's ephemeral keys, secrets and signatures are every other's, on every curve") {
  const auto backends = usable_backends();
  const auto id = GENERATE(from_range(groups()));
  CAPTURE(id);
  EcGroup group(id);
  for (const auto maker : backends) {
    Mpi ours;
    Mpi theirs;
    EcPoint our_public;
    EcPoint their_public;
    {
      const WithBackend with(maker);
      REQUIRE(gen_public(group, ours, our_public) == 0);
      REQUIRE(gen_public(group, theirs, their_public) == 0);
    }
    CHECK(mbedtls_ecp_check_pubkey(&group.value, &our_public.value) == 0);
    CHECK(mbedtls_ecp_check_privkey(&group.value, &ours.value) == 0);
    for (const auto user : backends) {
      CAPTURE(crypto::to_string(maker), crypto::to_string(user));
      const WithBackend with(user);
      Mpi secret;
      Mpi same;
      CHECK(compute_shared(group, secret, their_public, ours) == 0);
      CHECK(compute_shared(group, same, our_public, theirs) == 0);
      CHECK(mbedtls_mpi_cmp_mpi(&secret.value, &same.value) == 0);
    }
    if (!group.signs()) continue;
    for (const std::size_t hash_size : {20, 32, 48, 64}) {
      const auto hash = random(hash_size);
      Mpi r;
      Mpi s;
      {
        const WithBackend with(maker);
        REQUIRE(sign(group, r, s, ours, hash) == 0);
      }
      for (const auto user : backends) {
        CAPTURE(crypto::to_string(maker), crypto::to_string(user), hash_size);
        const WithBackend with(user);
        CHECK(verify(group, hash, our_public, r, s) == 0);
        CHECK(verify(group, hash, their_public, r, s) == MBEDTLS_ERR_ECP_VERIFY_FAILED);
      }
    }
  }
}

TEST_CASE("a peer's key that is no point of the curve is refused, and a private key out of range") {
  const auto backend = GENERATE(from_range(usable_backends()));
  const auto id = GENERATE(from_range(groups()));
  CAPTURE(crypto::to_string(backend), id);
  EcGroup group(id);
  if (!group.signs()) return;  // Montgomery's curves: below
  const WithBackend with(backend);
  Mpi d;
  EcPoint q;
  REQUIRE(gen_public(group, d, q) == 0);
  Mpi z;
  EcPoint bad;

  mbedtls_ecp_copy(&bad.value, &q.value);
  mbedtls_mpi_add_int(&bad.y(), &bad.y(), 1);
  CHECK(compute_shared(group, z, bad, d) != 0);
  mbedtls_ecp_copy(&bad.value, &q.value);
  mbedtls_mpi_add_mpi(&bad.x(), &bad.x(), &group.value.P);
  CHECK(compute_shared(group, z, bad, d) != 0);
  mbedtls_ecp_set_zero(&bad.value);
  CHECK(compute_shared(group, z, bad, d) != 0);
  mbedtls_mpi_lset(&bad.x(), 0);
  mbedtls_mpi_lset(&bad.y(), 0);
  mbedtls_mpi_lset(&bad.z(), 1);
  CHECK(compute_shared(group, z, bad, d) != 0);

  const auto hash = random(32);
  Mpi r;
  Mpi s;
  Mpi zero;
  Mpi order;
  mbedtls_mpi_copy(&order.value, &group.value.N);
  for (const auto* scalar : {&zero, &order}) {
    CHECK(compute_shared(group, z, q, *scalar) != 0);
    CHECK(sign(group, r, s, *scalar, hash) != 0);
  }
}

TEST_CASE("X25519 and X448 give RFC 7748's secrets, and none with a point of low order") {
  struct Exchange {
    mbedtls_ecp_group_id group;
    const char *private_key, *peer, *secret;
  };
  const auto backend = GENERATE(from_range(usable_backends()));
  const WithBackend with(backend);
  CAPTURE(crypto::to_string(backend));
  const auto read_le = [](mbedtls_mpi& into, const Buffer& bytes) {
    REQUIRE(mbedtls_mpi_read_binary_le(&into, bytes.data(), bytes.size()) == 0);
  };
  const Exchange exchanges[] = {
      // Section 6.1. Bob's side. The private keys are clamped, as mbedTLS keeps them.
      {MBEDTLS_ECP_DP_CURVE25519, "58ab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e06b",
       "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
       "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"},
      // Section 5.2.
      {MBEDTLS_ECP_DP_CURVE448,
       "3c262fddf9ec8e88495266fea19a34d28882acef045104d0d1aae121700a779c984c24f8cdd78fbff44943eba368f54b29259"
       "a4f1c600a"
       "d3",
       "06fce640fa3487bfda5f6cf2d5263f8aad88334cbd07437f020f08f9814dc031ddbdc38c19c6da2583fa5429db94ada18aa7a"
       "7fb4ef8a0"
       "86",
       "ce3e4ff95a60dc6697da1db1d85e6afbdf79b50a2412d7546d5f239fe14fbaadeb445fc66a01b0779d98223961111e2176628"
       "2f73dd96b"
       "6f"}};
  for (const auto& exchange : exchanges) {
    EcGroup group(exchange.group);
    Mpi d;
    EcPoint peer;
    Mpi z;
    read_le(d.value, from_hex(exchange.private_key));
    read_le(peer.x(), from_hex(exchange.peer));
    mbedtls_mpi_lset(&peer.z(), 1);
    REQUIRE(compute_shared(group, z, peer, d) == 0);
    Buffer secret(from_hex(exchange.secret).size());
    mbedtls_mpi_write_binary_le(&z.value, secret.data(), secret.size());
    CHECK(secret == from_hex(exchange.secret));
  }

  EcGroup group(MBEDTLS_ECP_DP_CURVE25519);
  Mpi d;
  EcPoint q;
  REQUIRE(gen_public(group, d, q) == 0);
  for (const auto* low : {"0000000000000000000000000000000000000000000000000000000000000000",
                          "0100000000000000000000000000000000000000000000000000000000000000",
                          "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                          "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                          "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                          "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    CAPTURE(low);
    EcPoint peer;
    Mpi z;
    read_le(peer.x(), from_hex(low));
    mbedtls_mpi_lset(&peer.z(), 1);
    CHECK(compute_shared(group, z, peer, d) != 0);
  }
}

TEST_CASE("PSA's keys, which TLS 1.3 agrees with, are the same with each backend") {
  REQUIRE(psa_crypto_init() == PSA_SUCCESS);
  struct Kind {
    psa_ecc_family_t family;
    std::size_t bits;
  };
  const Kind kinds[] = {{PSA_ECC_FAMILY_SECP_R1, 256},        {PSA_ECC_FAMILY_SECP_R1, 384},
                        {PSA_ECC_FAMILY_SECP_R1, 521},        {PSA_ECC_FAMILY_MONTGOMERY, 255},
                        {PSA_ECC_FAMILY_MONTGOMERY, 448},     {PSA_ECC_FAMILY_BRAINPOOL_P_R1, 256},
                        {PSA_ECC_FAMILY_BRAINPOOL_P_R1, 384}, {PSA_ECC_FAMILY_BRAINPOOL_P_R1, 512}};
  for (const auto& kind : kinds) {
    CAPTURE(kind.family, kind.bits);
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(kind.family));
    psa_set_key_bits(&attributes, kind.bits);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_DERIVE);
    psa_set_key_algorithm(&attributes, PSA_ALG_ECDH);
    psa_key_id_t ours = 0;
    psa_key_id_t theirs = 0;
    REQUIRE(psa_generate_key(&attributes, &ours) == PSA_SUCCESS);
    REQUIRE(psa_generate_key(&attributes, &theirs) == PSA_SUCCESS);
    std::vector<Buffer> publics;
    std::vector<Buffer> secrets;
    for (const auto backend : usable_backends()) {
      const WithBackend with(backend);
      Buffer our_public(PSA_EXPORT_PUBLIC_KEY_MAX_SIZE);
      Buffer their_public(PSA_EXPORT_PUBLIC_KEY_MAX_SIZE);
      Buffer secret(PSA_RAW_KEY_AGREEMENT_OUTPUT_MAX_SIZE);
      std::size_t size = 0;
      REQUIRE(psa_export_public_key(ours, our_public.data(), our_public.size(), &size) == PSA_SUCCESS);
      our_public.resize(size);
      REQUIRE(psa_export_public_key(theirs, their_public.data(), their_public.size(), &size) == PSA_SUCCESS);
      their_public.resize(size);
      REQUIRE(psa_raw_key_agreement(PSA_ALG_ECDH, ours, their_public.data(), their_public.size(),
                                    secret.data(), secret.size(), &size) == PSA_SUCCESS);
      secret.resize(size);
      Buffer same(PSA_RAW_KEY_AGREEMENT_OUTPUT_MAX_SIZE);
      REQUIRE(psa_raw_key_agreement(PSA_ALG_ECDH, theirs, our_public.data(), our_public.size(), same.data(),
                                    same.size(), &size) == PSA_SUCCESS);
      same.resize(size);
      CHECK(same == secret);
      publics.push_back(our_public);
      secrets.push_back(secret);

      auto bad = their_public;
      bad.pop_back();
      CHECK(psa_raw_key_agreement(PSA_ALG_ECDH, ours, bad.data(), bad.size(), same.data(), same.size(),
                                  &size) != PSA_SUCCESS);
      if (kind.family == PSA_ECC_FAMILY_MONTGOMERY) continue;
      bad = their_public;
      bad.back() ^= 1;
      same.resize(PSA_RAW_KEY_AGREEMENT_OUTPUT_MAX_SIZE);
      CHECK(psa_raw_key_agreement(PSA_ALG_ECDH, ours, bad.data(), bad.size(), same.data(), same.size(),
                                  &size) != PSA_SUCCESS);
    }
    for (const auto& each : publics) CHECK(each == publics.front());
    for (const auto& each : secrets) CHECK(each == secrets.front());
    CHECK(psa_destroy_key(ours) == PSA_SUCCESS);
    CHECK(psa_destroy_key(theirs) == PSA_SUCCESS);
  }
}

TEST_CASE("PSA takes the keys that were made ahead, each once, and each has its own public half") {
  struct Kind {
    psa_ecc_family_t family;
    std::size_t bits;
    crypto::JobKind job;
    std::size_t public_size;
  };
  const auto kind = GENERATE(Kind{PSA_ECC_FAMILY_SECP_R1, 256, crypto::JobKind::p256_public_key, 64},
                             Kind{PSA_ECC_FAMILY_MONTGOMERY, 255, crypto::JobKind::x25519_public_key, 32});
  if (!crypto::why_not(crypto::Backend::multibuffer).empty()) SKIP("no multi-buffer backend here");
  REQUIRE(psa_crypto_init() == PSA_SUCCESS);
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(kind.family));
  psa_set_key_bits(&attributes, kind.bits);
  psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_DERIVE | PSA_KEY_USAGE_EXPORT);
  psa_set_key_algorithm(&attributes, PSA_ALG_ECDH);
  const auto generate = [&] {
    psa_key_id_t key = 0;
    REQUIRE(psa_generate_key(&attributes, &key) == PSA_SUCCESS);
    return key;
  };
  const auto public_half = [](psa_key_id_t key) {
    Buffer bytes(PSA_EXPORT_PUBLIC_KEY_MAX_SIZE);
    std::size_t size = 0;
    REQUIRE(psa_export_public_key(key, bytes.data(), bytes.size(), &size) == PSA_SUCCESS);
    bytes.resize(size);
    return bytes;
  };
  const auto private_half = [](psa_key_id_t key) {
    Buffer bytes(32);
    std::size_t size = 0;
    REQUIRE(psa_export_key(key, bytes.data(), bytes.size(), &size) == PSA_SUCCESS);
    return bytes;
  };
  const auto spares_left = [&] {
    std::size_t left = 0;
    for (Buffer scalar(32), point(kind.public_size); crypto::take_spare_key(kind.job, scalar, point);) ++left;
    return left;
  };
  const auto make_ahead = [&] {
    psa_key_id_t lone = generate();
    (void)public_half(lone);
    psa_destroy_key(lone);
  };

  const WithBackend with(crypto::Backend::multibuffer);
  (void)spares_left();
  make_ahead();
  const psa_key_id_t keys[] = {generate(), generate(), generate(), generate()};
  CHECK(spares_left() == crypto::batch_size - 1 - std::size(keys));
  std::set<Buffer> seen;
  for (const std::size_t i : {0, 3, 1, 2}) {  // the one that was generated last not last
    const auto half = public_half(keys[i]);
    CHECK(public_half(keys[i]) == half);
    CHECK(seen.insert(private_half(keys[i])).second);
    const WithBackend portable(crypto::Backend::portable);
    CHECK(public_half(keys[i]) == half);
  }
  for (const auto key : keys) psa_destroy_key(key);
  (void)spares_left();
}
