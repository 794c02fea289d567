// Windows's verdict in words, on any system: what it answers here was written down, not asked for.

#include "certs/system/windows_says.h"

#include <catch2/catch_test_macros.hpp>

#include "certs/system/system_store.h"
#include "certs/verify/verdict.h"
#include "config/base/phrases.h"
#include "tests/certs/ask.h"

using namespace mailtap;
using namespace mailtap::certs;
using namespace mailtap::forge;

namespace {

constexpr std::uint32_t untrusted_root = 0x800B0109, no_match = 0x800B010F, expired = 0x800B0101;

SystemVerdict accepting() {
  SystemVerdict windows;
  windows.name_known = true;
  return windows;
}

SystemVerdict distrusting() {
  auto windows = accepting();
  windows.status = 0x20;
  windows.policy = windows.trust = untrusted_root;
  return windows;
}

SystemVerdict of_another_name() {
  auto windows = accepting();
  windows.policy = windows.name = no_match;
  return windows;
}

Verdict trusted(const std::string& name = "mail.example.com") {
  const auto root = Ca::root("Root");
  return ask({root.issue(name)}, {root.der});
}

Verdict untrusted() {
  return ask({Ca::root("Root").issue("mail.example.com")}, {Ca::root("Other").der});
}

}  // namespace

TEST_CASE("each bit of a status has its constant's name and its meaning") {
  const auto bits = bits_of(0x01 | 0x20 | 0x10000 | 0x08000000);
  REQUIRE(bits.size() == 4);
  CHECK(bits[0].name == "CERT_TRUST_IS_NOT_TIME_VALID");
  CHECK(bits[1].name == "CERT_TRUST_IS_UNTRUSTED_ROOT");
  CHECK(bits[1].meaning == "the root isn't trusted on this machine");
  CHECK(bits[2].name == "CERT_TRUST_IS_PARTIAL_CHAIN");
  CHECK(bits[3].name == "CERT_TRUST_HAS_NOT_SUPPORTED_CRITICAL_EXT");
  CHECK(bits_of(0).empty());
}

TEST_CASE("a number that nobody knows stands for itself") {
  REQUIRE(bits_of(0x80000000).size() == 1);
  CHECK(bits_of(0x80000000)[0].name == "0x80000000");
  CHECK(bits_of(0x80000000)[0].meaning.empty());
  CHECK(policy_name(0x80004005) == "0x80004005");
  CHECK(policy_code(0x80004005) == nullptr);
}

TEST_CASE("all meanings can be said in the reader's language") {
  for (std::uint32_t bit = 1; bit != 0; bit <<= 1U)
    for (const auto& [name, meaning] : bits_of(bit))
      if (!meaning.empty()) CHECK(in_language(meaning, Language::vietnamese) != meaning);
  for (const std::uint32_t error : {untrusted_root, no_match, expired}) {
    REQUIRE(policy_code(error) != nullptr);
    const std::string meaning(policy_code(error)->meaning);
    CHECK(in_language(meaning, Language::vietnamese) != meaning);
  }
}

TEST_CASE("what Windows says is its policy's error, then its status bit by bit") {
  CHECK(windows_says(accepting()) == std::vector<std::string>{"it accepts the certificate"});
  CHECK(windows_says(distrusting()) ==
        std::vector<std::string>{"it refuses the certificate, CERT_E_UNTRUSTEDROOT (0x800B0109): the root "
                                 "isn't trusted on this machine",
                                 "CERT_TRUST_IS_UNTRUSTED_ROOT: the root isn't trusted on this machine"});
  CHECK(in_language(windows_says(distrusting())[0], Language::vietnamese) ==
        "nó từ chối chứng chỉ, CERT_E_UNTRUSTEDROOT (0x800B0109): gốc không được máy này tin cậy");
  SystemVerdict failed;
  failed.failure = 0x80092009;
  CHECK_FALSE(failed.accepts());
  CHECK(windows_says(failed) ==
        std::vector<std::string>{"it can't be asked about this chain: its error is 0x80092009"});
}

TEST_CASE("where Windows and mailtap agree there is no difference") {
  CHECK(windows_differences(accepting(), trusted()).empty());
  CHECK(windows_differences(distrusting(), untrusted()).empty());
  CHECK(windows_differences(of_another_name(), trusted("other.example.com")).empty());
}

TEST_CASE("a difference in trust says who refuses and by what") {
  const auto refuses = windows_differences(distrusting(), trusted());
  REQUIRE(refuses.size() == 1);
  CHECK(refuses[0].starts_with("Windows refuses what mailtap trusts (CERT_TRUST_IS_UNTRUSTED_ROOT): "));
  const auto trusts = windows_differences(accepting(), untrusted());
  REQUIRE(trusts.size() == 1);
  CHECK(trusts[0].starts_with("Windows trusts what mailtap doesn't (incomplete-chain): "));
  for (const auto& sentence : {refuses[0], trusts[0]})
    CHECK(in_language(sentence, Language::vietnamese).starts_with("Windows t"));
}

TEST_CASE(
    "a chain with an error isn't trusted, whatever the policy makes of it; unknown revocation is none") {
  auto partial = accepting();
  partial.status = 0x10000;
  CHECK(windows_differences(partial, untrusted()).empty());
  CHECK(windows_differences(partial, trusted()).size() == 1);
  auto unchecked = accepting();
  unchecked.status = 0x01000040;
  CHECK(windows_differences(unchecked, trusted()).empty());
}

TEST_CASE("a difference about the name is one of its own") {
  const auto strict = windows_differences(of_another_name(), trusted());
  REQUIRE(strict.size() == 1);
  CHECK(strict[0] == "Windows doesn't take the certificate for mail.example.com, and mailtap does");
  const auto lenient = windows_differences(accepting(), trusted("other.example.com"));
  REQUIRE(lenient.size() == 1);
  CHECK(lenient[0] == "Windows takes the certificate for mail.example.com, and mailtap doesn't");
}

TEST_CASE("nothing is compared with what isn't known") {
  SystemVerdict failed;
  failed.failure = 1;
  CHECK(windows_differences(failed, trusted()).empty());
  auto nameless = accepting();
  nameless.name_known = false;
  CHECK(windows_differences(nameless, trusted("other.example.com")).empty());
  CHECK(windows_differences(distrusting(), Verdict{}).empty());
}

TEST_CASE("a thumbprint is known however it was copied, and a subject isn't taken for one") {
  const std::string plain = "00112233445566778899aabbccddeeff00112233";
  CHECK(thumbprint_in(plain) == plain);
  CHECK(thumbprint_in("\xe2\x80\x8e"
                      "00 11 22 33 44 55 66 77 88 99 AA BB CC DD EE FF 00 11 22 33") == plain);
  CHECK(thumbprint_in("00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33") == plain);
  CHECK(thumbprint_in("mail.contoso.local").empty());
  CHECK(thumbprint_in(plain + "0").empty());
  CHECK(thumbprint_in("").empty());
}
