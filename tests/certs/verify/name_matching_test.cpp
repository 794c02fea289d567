#include "certs/verify/name_matching.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/certs/ask.h"

using namespace mailtap;
using namespace mailtap::forge;

namespace {

const Ca& root() {
  static const Ca ca = Ca::root("Root");
  return ca;
}

certs::Verdict asked(const std::vector<Buffer>& san, const std::string& name, const std::string& cn = "x") {
  Recipe recipe = server("unused");
  recipe.subject = forge::name(cn);
  recipe.extensions.pop_back();
  if (!san.empty()) recipe.extensions.push_back(subject_alt_name(san));
  return ask({root().issue(recipe)}, {root().der}, {.name = name});
}

bool matches(const std::vector<Buffer>& san, const std::string& name) {
  return asked(san, name).name_matches;
}

}  // namespace

TEST_CASE("a DNS name matches whatever its letter case, with or without a trailing dot") {
  CHECK(matches({dns("Mail.Example.com")}, "mail.example.COM"));
  CHECK(matches({dns("mail.example.com")}, "mail.example.com."));
  CHECK_FALSE(matches({dns("mail.example.com.")}, "mail.example.com"));
  CHECK_FALSE(matches({dns("mail.example.com")}, "example.com"));
  CHECK_FALSE(matches({dns("mail.example.com")}, "mail.example.com.."));
}

TEST_CASE("a wildcard stands for one whole left-most label") {
  CHECK(matches({dns("*.example.com")}, "mail.example.com"));
  CHECK_FALSE(matches({dns("*.example.com")}, "example.com"));
  CHECK_FALSE(matches({dns("*.example.com")}, "a.b.example.com"));
  CHECK_FALSE(matches({dns("m*.example.com")}, "mail.example.com"));
  CHECK_FALSE(matches({dns("mail.*.com")}, "mail.example.com"));
  CHECK_FALSE(matches({dns("*.com")}, "example.com"));
  CHECK_FALSE(matches({dns("*")}, "localhost"));
  CHECK_FALSE(matches({dns("*.*.com")}, "mail.example.com"));
  CHECK_FALSE(matches({dns("*.example.com")}, ".example.com"));
}

TEST_CASE("an address matches an iPAddress, never text in a dNSName") {
  CHECK(matches({ip({192, 0, 2, 1})}, "192.0.2.1"));
  CHECK(matches({ip({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})}, "[2001:db8::1]"));
  CHECK_FALSE(matches({dns("192.0.2.1")}, "192.0.2.1"));
  CHECK_FALSE(matches({dns("*.0.2.1")}, "192.0.2.1"));
  CHECK_FALSE(matches({ip({192, 0, 2, 2})}, "192.0.2.1"));
  CHECK_FALSE(matches({dns("*.0.2.1"), dns("192.0.2.1")}, "192.0.2.1."));
}

TEST_CASE("an address in a dNSName is a mismatch that Windows doesn't mind") {
  for (const auto* name : {"192.0.2.1", "[192.0.2.1]"}) {
    const auto verdict = asked({dns("mail.example.com"), dns("192.0.2.1")}, name);
    CHECK_FALSE(verdict.name_matches);
    CHECK(verdict.address_as_dns_name);
    CHECK(verdict.causes == std::vector<int>{2});
    CHECK(verdict.dotnet.policy_errors.empty());
    CHECK(verdict.advice.find("as a DNS name only") != std::string::npos);
  }
  const auto other = asked({dns("192.0.2.1")}, "192.0.2.10");
  CHECK_FALSE(other.address_as_dns_name);
  CHECK(other.dotnet.policy_errors == std::vector<std::string>{"RemoteCertificateNameMismatch"});
  CHECK_FALSE(asked({dns("*.0.2.1")}, "192.0.2.1").address_as_dns_name);
  const auto both = asked({dns("192.0.2.1"), ip({192, 0, 2, 1})}, "192.0.2.1");
  CHECK(both.name_matches);
  CHECK_FALSE(both.address_as_dns_name);
}

TEST_CASE("a name with U-labels is asked for by its A-labels") {
  CHECK(matches({dns("xn--bcher-kva.example")}, "bücher.example"));
  CHECK(matches({dns("xn--bcher-kva.example")}, "BÜCHER.example"));
  CHECK(matches({dns("*.xn--bcher-kva.example")}, "thư.bücher.example"));
  CHECK_FALSE(matches({dns("bucher.example")}, "bücher.example"));
}

TEST_CASE("the common name counts only as what old .NET accepts, and is said apart") {
  const auto verdict = asked({}, "mail.example.com", "mail.example.com");
  CHECK_FALSE(verdict.name_matches);
  CHECK(verdict.legacy_cn_match);
  CHECK(verdict.names == std::vector<std::string>{"mail.example.com"});
  CHECK(verdict.causes == std::vector<int>{2});
  CHECK(verdict.dotnet.policy_errors.empty());

  const auto with_san = asked({dns("other.example.com")}, "mail.example.com", "mail.example.com");
  CHECK_FALSE(with_san.name_matches);
  CHECK(with_san.legacy_cn_match);
  CHECK(with_san.dotnet.policy_errors == std::vector<std::string>{"RemoteCertificateNameMismatch"});
  CHECK(verdict.advice.find("old .NET accepts that") != std::string::npos);
  CHECK(with_san.advice.find("old .NET") == std::string::npos);
  CHECK(with_san.advice.find("the certificate is for other.example.com") != std::string::npos);
}

TEST_CASE("what isn't a name matches nothing") {
  for (const std::string bad : {"", ".", "a b", "a..b", "-", "mail.example.com\n", "*.example.com", "[::1"})
    CHECK_FALSE(matches({dns("*.example.com"), dns("mail.example.com"), dns("")}, bad));
  CHECK_FALSE(matches({dns("mail.example.com")}, std::string("mail.example.com\0x", 18)));
  CHECK_FALSE(matches({dns(std::string_view("mail.example.com\0.evil.org", 26))}, "mail.example.com"));
  CHECK_FALSE(certs::is_dns_name(std::string(64, 'a')));
  CHECK(certs::is_dns_name(std::string(63, 'a')));
}

TEST_CASE("a name that a reader would take for the one asked for is quoted, with what isn't seen") {
  const auto shown = [](const char* name) { return certs::name_for_people(name, certs::Language::english); };
  CHECK(shown("mail.example.com.") ==
        "\"mail.example.com.\" (with a dot at its end, which most clients don't take)");
  CHECK(shown("*.example.com.").find("a dot at its end") != std::string::npos);
  CHECK(shown(" mail.example.com") == "\" mail.example.com\" (with a blank, which most clients don't take)");
  CHECK(shown("mail.example.com. ").find("with a blank") != std::string::npos);
  for (const auto* plain :
       {"mail.example.com", "*.example.com", "Contoso Root CA", "192.0.2.7", ".", " ", ""})
    CHECK(shown(plain) == plain);
  CHECK(certs::name_for_people("a.example.", certs::Language::vietnamese).find("dấu chấm") !=
        std::string::npos);
}
