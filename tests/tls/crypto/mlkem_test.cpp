// ML-KEM-768 gives NIST's results (mlkem_768.txt, of the ACVP server's files for FIPS 203), whichever library
// has it.
#include "tls/crypto/mlkem.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "config/base/random.h"
#include "tests/source_file.h"
#include "tests/tls/crypto/hex.h"
#include "tls/crypto/job.h"

using namespace mailtap;
using namespace mailtap::crypto;

namespace {

using Case = std::map<std::string, Buffer>;

/// Of one function: blocks of lines "name hex" behind a line with the function's name.
std::vector<Case> cases_of(const std::string& function) {
  std::ifstream file(tests::source_file("tests/tls/crypto/mlkem_768.txt"));
  REQUIRE(file);
  std::vector<Case> cases;
  bool is_ours = false;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto space = line.find(' ');
    if (space == std::string::npos) {
      is_ours = line == function;
      if (is_ours) cases.emplace_back();
    } else if (is_ours) {
      cases.back()[line.substr(0, space)] = tests::from_hex(line.substr(space + 1));
    }
  }
  REQUIRE_FALSE(cases.empty());
  return cases;
}

void need_mlkem() {
  if (mailtap_has_mlkem() == 0) SKIP("NOT TESTED, this build has no ML-KEM: run scripts/setup, then cmake");
}

Buffer done(Job job, std::size_t size) {
  Buffer out(size);
  job.output = out;
  submit(job);
  REQUIRE(job.status == JobStatus::done);
  return out;
}

Buffer operator+(Buffer left, const Buffer& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

constexpr std::size_t both_keys = std::size_t{mailtap_mlkem_public_key} + mailtap_mlkem_private_key;
constexpr std::size_t both_results = std::size_t{mailtap_mlkem_ciphertext} + mailtap_mlkem_secret;

}  // namespace

TEST_CASE("ML-KEM-768 makes the keys of NIST's vectors") {
  need_mlkem();
  for (auto& one : cases_of("keyGen"))
    CHECK(done({.kind = JobKind::mlkem_generate, .input = one["seed"]}, both_keys) == one["ek"] + one["dk"]);
}

TEST_CASE("ML-KEM-768 encapsulates as NIST's vectors do") {
  need_mlkem();
  for (auto& one : cases_of("encapsulation"))
    CHECK(done({.kind = JobKind::mlkem_encapsulate, .public_key = one["ek"], .input = one["m"]},
               both_results) == one["c"] + one["k"]);
}

TEST_CASE("ML-KEM-768 decapsulates as NIST's vectors do, changed ciphertexts too") {
  need_mlkem();
  for (auto& one : cases_of("decapsulation"))
    CHECK(done({.kind = JobKind::mlkem_decapsulate, .private_key = one["dk"], .input = one["c"]},
               mailtap_mlkem_secret) == one["k"]);
}

TEST_CASE("what one side encapsulates the other decapsulates") {
  need_mlkem();
  Buffer seed(mailtap_mlkem_seed);
  Buffer m(mailtap_mlkem_random);
  REQUIRE(random_bytes(seed));
  REQUIRE(random_bytes(m));
  const auto keys = done({.kind = JobKind::mlkem_generate, .input = seed}, both_keys);
  const auto public_key = Bytes(keys).first(mailtap_mlkem_public_key);
  auto made = done({.kind = JobKind::mlkem_encapsulate, .public_key = public_key, .input = m}, both_results);
  const auto secret = Bytes(made).subspan(mailtap_mlkem_ciphertext);
  const auto decapsulated = [&] {
    return done({.kind = JobKind::mlkem_decapsulate,
                 .private_key = Bytes(keys).subspan(mailtap_mlkem_public_key),
                 .input = Bytes(made).first(mailtap_mlkem_ciphertext)},
                mailtap_mlkem_secret);
  };
  CHECK(decapsulated() == Buffer(secret.begin(), secret.end()));
  made[7] ^= 1;
  CHECK(decapsulated() != Buffer(secret.begin(), secret.end()));
}

TEST_CASE("a public key with a number above the modulus, and bytes of another length, are refused") {
  need_mlkem();
  auto key = cases_of("encapsulation").front()["ek"];
  const Buffer m(mailtap_mlkem_random);
  Buffer out(both_results);
  const auto status = [&] {
    Job job{.kind = JobKind::mlkem_encapsulate, .public_key = key, .input = m, .output = out};
    submit(job);
    return job.status;
  };
  CHECK(status() == JobStatus::done);
  auto modulus = key;  // 3329, of the first twelve bits
  modulus[0] = 0x01;
  modulus[1] = static_cast<std::uint8_t>((modulus[1] & 0xF0) | 0x0D);
  key = modulus;
  CHECK(status() == JobStatus::failed);
  key.pop_back();
  CHECK(status() == JobStatus::failed);
}
