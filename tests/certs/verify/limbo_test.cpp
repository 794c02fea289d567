// The harness itself, on a suite made here.

#include "bench/limbo/limbo.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/certs/forge.h"

using namespace mailtap;
using namespace mailtap::forge;

namespace {

std::string pem(Bytes der) {
  return "-----BEGIN CERTIFICATE-----\\n" + to_base64(der) + "\\n-----END CERTIFICATE-----\\n";
}

std::string suite_of(const std::string& peer, const std::string& root, const std::string& more) {
  return R"({"version":1,"testcases":[{"id":"a","peer_certificate":")" + peer + R"(","trusted_certs":[")" +
         root + R"("],"untrusted_intermediates":[],"validation_kind":"SERVER","expected_result":"SUCCESS",)" +
         R"("validation_time":"2026-06-15T12:00:00Z","expected_peer_name":{"kind":"DNS","value":"mail.example.com"})" +
         more + "}]}";
}

std::string outcome(const std::string& more) {
  const auto root = Ca::root("Root");
  const auto suite = limbo::parse_suite(suite_of(pem(root.issue("mail.example.com")), pem(root.der), more));
  REQUIRE(suite);
  return limbo::run(suite->front(), certs::Profile::rfc5280, Time{}).actual;
}

}  // namespace

TEST_CASE("a good chain of the suite is a success") {
  CHECK(outcome("") == "SUCCESS");
}

TEST_CASE("a chain for another name is a failure") {
  const auto root = Ca::root("Root");
  const auto suite = limbo::parse_suite(suite_of(pem(root.issue("other.example.com")), pem(root.der), ""));
  REQUIRE(suite);
  CHECK(limbo::run(suite->front(), certs::Profile::rfc5280, Time{}).actual == "FAILURE");
}

TEST_CASE("a CRL that can't be parsed is a failure, a limit on the chain's length is skipped") {
  CHECK(outcome(R"(,"crls":["junk"])") == "FAILURE");
  CHECK(outcome(R"(,"max_chain_depth":1)") == "SKIPPED");
}

TEST_CASE("a certificate that can't be parsed is a failure") {
  const auto suite = limbo::parse_suite(suite_of("junk", pem(Ca::root("Root").der), ""));
  REQUIRE(suite);
  CHECK(limbo::run(suite->front(), certs::Profile::rfc5280, Time{}).actual == "FAILURE");
}

TEST_CASE("what isn't a suite is refused") {
  for (const auto* text :
       {"", "[]", "{}", R"({"testcases":3})", R"({"testcases":[3]})", R"({"testcases":[{}]})"})
    CHECK_FALSE(limbo::parse_suite(text));
}

TEST_CASE("results are written as the suite's scorer reads them") {
  CHECK(
      limbo::write_results({{"a", "SUCCESS", ""}, {"b", "FAILURE", "expired@0"}}, "mailtap-1") ==
      R"({"version":1,"harness":"mailtap-1","results":[{"id":"a","actual_result":"SUCCESS","context":null},)"
      R"({"id":"b","actual_result":"FAILURE","context":"expired@0"}]})");
}
