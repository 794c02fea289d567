// Published vectors, each done as a job of its own.
#include <catch2/catch_test_macros.hpp>

#include "tests/tls/crypto/hex.h"
#include "tls/crypto/job.h"

using namespace mailtap;
using namespace mailtap::crypto;
using tests::from_hex;

namespace {

Buffer x25519(const Buffer& scalar, const Buffer& u) {
  Buffer out(32);
  Job job{.kind = JobKind::x25519_shared_secret, .private_key = scalar, .public_key = u, .output = out};
  perform(job);
  REQUIRE(job.status == JobStatus::done);
  return out;
}

}  // namespace

TEST_CASE("X25519 gives RFC 7748's results") {
  CHECK(x25519(from_hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
               from_hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")) ==
        from_hex("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"));

  // Section 6.1.
  const auto bob = from_hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
  Buffer bob_public(32);
  Job job{.kind = JobKind::x25519_public_key, .private_key = bob, .output = bob_public};
  perform(job);
  CHECK(job.status == JobStatus::done);
  CHECK(bob_public == from_hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"));
}

TEST_CASE("a signature verifies, and no longer when a bit of it changes") {
  const auto scalar = from_hex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
  Buffer xy(64);
  Job public_key{.kind = JobKind::p256_public_key, .private_key = scalar, .output = xy};
  perform(public_key);
  CHECK(xy == from_hex("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                       "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"));

  const auto hash = from_hex("af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf");
  Buffer signature(64);
  Job sign{.kind = JobKind::p256_sign, .private_key = scalar, .input = hash, .output = signature};
  perform(sign);
  REQUIRE(sign.status == JobStatus::done);

  Job verify{.kind = JobKind::p256_verify, .public_key = xy, .input = hash, .signature = signature};
  perform(verify);
  CHECK(verify.status == JobStatus::done);
  signature[40] ^= 1;
  perform(verify);
  CHECK(verify.status == JobStatus::failed);
}
