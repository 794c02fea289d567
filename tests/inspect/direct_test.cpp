#include "inspect/direct.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "inspect/difference.h"
#include "inspect/record.h"

using namespace mailtap;
using namespace mailtap::inspect;
using tls::offer::Answer;
using tls::offer::Offer;
using End = Answer::End;

namespace {

Offer client(std::vector<std::uint16_t> suites, std::vector<std::uint16_t> versions,
             std::uint16_t legacy = 0x0303) {
  Offer offer;
  offer.hello.cipher_suites = std::move(suites);
  offer.hello.supported_versions = std::move(versions);
  offer.hello.legacy_version = legacy;
  offer.hello.groups = {29, 23};
  offer.hello.sni = "mail.contoso.local";
  offer.hello.alpn = {"h3"};
  return offer;
}

Answer alert(int number) {
  Answer answer;
  answer.end = End::refused;
  answer.flight.alert = number;
  return answer;
}

Answer terms(std::uint16_t version, std::uint16_t suite, std::uint16_t group = 29) {
  Answer answer;
  answer.end = End::answered;
  answer.flight.has_hello = true;
  answer.flight.version = version;
  answer.flight.suite = suite;
  answer.flight.group = group;
  return answer;
}

Leg with_mailtap(tls::Version version, std::uint16_t suite) {
  Leg leg;
  leg.version = version;
  leg.cipher_suite = tls::CipherSuite{suite};
  leg.group = tls::Group{29};
  return leg;
}

const Leg nothing;

}  // namespace

TEST_CASE("the server has TLS 1.2 alone and the router TLS 1.0 alone: that is said, and what to do") {
  const auto router = client({0x002F, 0x0005}, {}, 0x0301);
  const auto through = with_mailtap(tls::Version::tls12, 0xC02F);
  for (const auto& answer : {alert(70), alert(40), Answer{End::closed, {}, {}}, Answer{End::reset, {}, {}}}) {
    const auto direct = direct_of(router, answer, through, Language::english);
    CHECK(direct.agrees == false);
    CHECK(direct.cause == DirectCause::version);
    CHECK(direct.finding ==
          "Without mailtap, client and server would not come to terms: the client offers TLS 1.0 alone, and "
          "the "
          "server, which spoke TLS 1.2 with mailtap, takes none of that");
    CHECK(direct.advice.find("SchUseStrongCrypto") != std::string::npos);
    const auto vi = direct_of(router, answer, through, Language::vietnamese);
    CHECK(vi.finding.starts_with("Không có mailtap, máy khách và máy chủ sẽ không thỏa thuận được"));
    CHECK(vi.finding.find("TLS 1.0 mà thôi") != std::string::npos);
    CHECK_FALSE(vi.advice.empty());
  }
}

TEST_CASE("where the same is agreed on with mailtap and without there is nothing to say") {
  const auto direct = direct_of(client({0x1301}, {0x0304}), terms(0x0304, 0x1301),
                                with_mailtap(tls::Version::tls13, 0x1301), Language::english);
  CHECK(direct.agrees == true);
  CHECK(direct.finding.empty());
  CHECK(direct.advice.empty());
  CHECK(to_string(direct.cause).empty());
}

TEST_CASE("where something else is agreed on both are named; a resumed session is another matter") {
  const auto offer = client({0x1301, 0x1302}, {0x0304});
  auto through = with_mailtap(tls::Version::tls13, 0x1302);
  auto direct = direct_of(offer, terms(0x0304, 0x1301), through, Language::english);
  CHECK(direct.agrees == true);
  CHECK(direct.finding ==
        "Without mailtap, client and server would agree on TLSv1.3 TLS_AES_128_GCM_SHA256 x25519; "
        "with mailtap the server chose TLSv1.3 TLS_AES_256_GCM_SHA384 x25519");
  through.resumed = true;
  CHECK(direct_of(offer, terms(0x0304, 0x1301), through, Language::english).finding.empty());
  CHECK(direct_of(offer, terms(0x0304, 0x1301), nothing, Language::english).finding.empty());
}

TEST_CASE("each way of refusing has its cause, a finding and advice in both languages") {
  struct Case {
    Answer answer;
    DirectCause cause;
  };
  const auto offer = client({0xC02F}, {0x0304, 0x0303});
  const std::vector<Case> cases{{alert(70), DirectCause::version},
                                {alert(40), DirectCause::cipher_suites},
                                {alert(71), DirectCause::cipher_suites},
                                {alert(112), DirectCause::name},
                                {alert(120), DirectCause::alpn},
                                {alert(86), DirectCause::fallback},
                                {alert(50), DirectCause::alert},
                                {alert(0), DirectCause::closed},
                                {{End::closed, {}, {}}, DirectCause::closed},
                                {{End::reset, {}, {}}, DirectCause::reset},
                                {{End::not_tls, {}, "it sent an SMTP greeting"}, DirectCause::not_tls},
                                {terms(0x0302, 0xC02F), DirectCause::unasked},
                                {terms(0x0303, 0x000A), DirectCause::unasked},
                                {terms(0x0304, 0xC02F, 30), DirectCause::unasked}};
  for (const auto& [answer, cause] : cases) {
    INFO(to_string(cause));
    for (const auto language : {Language::english, Language::vietnamese}) {
      for (const auto& through : {nothing, with_mailtap(tls::Version::tls12, 0xC030)}) {
        const auto direct = direct_of(offer, answer, through, language);
        CHECK(direct.agrees == false);
        CHECK(direct.cause == cause);
        CHECK_FALSE(direct.finding.empty());
        CHECK_FALSE(direct.advice.empty());
        CHECK(direct.finding.find('{') == std::string::npos);
        CHECK(direct.advice.find('{') == std::string::npos);
      }
    }
  }
  CHECK(direct_of(offer, alert(112), nothing, Language::english).finding.find("mail.contoso.local") !=
        std::string::npos);
  CHECK(direct_of(offer, alert(120), nothing, Language::english).finding.find("h3") != std::string::npos);
}

TEST_CASE("a suite of the client's own wasn't what the server missed") {
  const auto offer = client({0xC02F}, {0x0303});
  const auto by = [&](std::uint16_t suite) {
    return direct_of(offer, alert(40), with_mailtap(tls::Version::tls12, suite), Language::english).finding;
  };
  CHECK(by(0xC030).find("with mailtap it chose TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384") != std::string::npos);
  CHECK(by(0xC02F).find("with mailtap") == std::string::npos);
}

TEST_CASE("of a server that is silent, or can't be asked, nobody knows") {
  for (const auto end : {End::silent, End::unreachable}) {
    const auto direct =
        direct_of(client({0xC02F}, {0x0303}), {end, {}, "refused"}, nothing, Language::english);
    CHECK_FALSE(direct.agrees);
    CHECK(direct.finding.find("isn't known") != std::string::npos);
  }
}

TEST_CASE("nobody knows what a client makes of a SHA-1 signature that it doesn't list") {
  auto offer = client({0xC013, 0x002F}, {}, 0x0303);
  const auto agrees = [&](std::uint16_t version, std::uint16_t suite, std::uint16_t group) {
    return direct_of(offer, terms(version, suite, group), nothing, Language::english).agrees;
  };
  CHECK(agrees(0x0301, 0xC013, 23) == true);
  offer.hello.signature_algorithms = {0x0804, 0x0401};
  CHECK_FALSE(agrees(0x0301, 0xC013, 23));
  CHECK(agrees(0x0303, 0xC013, 23) == true);
  CHECK(agrees(0x0301, 0x002F, 0) == true);  // nothing is signed
  const auto direct = direct_of(offer, terms(0x0301, 0xC013, 23), nothing, Language::english);
  CHECK(to_string(direct.cause) == "signature");
  CHECK(direct.finding.find("TLSv1.0 TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA") != std::string::npos);
  offer.hello.signature_algorithms.push_back(0x0201);
  CHECK(agrees(0x0301, 0xC013, 23) == true);
}

TEST_CASE("a HelloRetryRequest is terms, with the group that the server wants") {
  auto answer = terms(0x0304, 0x1301, 23);
  answer.flight.is_retry = true;
  const auto direct = direct_of(client({0x1301}, {0x0304}), answer, nothing, Language::english);
  CHECK(direct.agrees == true);
  CHECK(direct.hello_retry_request);
  CHECK(direct.group == tls::Group{23});
}

TEST_CASE("the versions of a client in words") {
  CHECK(offered_versions(client({}, {0x0304, 0x0303, 0x0301}).hello, Language::english) == "TLS 1.0 to 1.3");
  CHECK(offered_versions(client({}, {0x0304}).hello, Language::english) == "TLS 1.3 alone");
  CHECK(offered_versions(client({}, {}).hello, Language::english) == "up to TLS 1.2");
  CHECK(offered_versions(client({}, {}, 0x0300).hello, Language::english) == "SSL 3.0 alone");
  CHECK(offered_versions(client({}, {0x0304, 0x0303}).hello, Language::vietnamese) == "TLS 1.2 đến 1.3");
}

TEST_CASE("what came of the two legs is compared once both are there") {
  ConnectionRecord record;
  CHECK(differences_of(record, "ab", true).empty());
  record.downstream = with_mailtap(tls::Version::tls12, 0xC02F);
  record.upstream = with_mailtap(tls::Version::tls13, 0x1301);
  record.upstream.group = tls::Group{23};
  record.upstream.resumed = true;
  record.presented_sha256 = "cd";
  record.client_certificates.asked_by_server = true;
  const auto found = differences_of(record, "ab", true);
  const auto values = [&](DifferenceKind kind) {
    const auto at =
        std::find_if(found.begin(), found.end(), [&](const auto& each) { return each.kind == kind; });
    return at == found.end() ? std::vector<std::string>{"none"} : at->values;
  };
  using Values = std::vector<std::string>;
  CHECK(values(DifferenceKind::tls) == Values{"TLSv1.2", "TLSv1.3"});
  CHECK(values(DifferenceKind::cipher) ==
        Values{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"});
  CHECK(values(DifferenceKind::group) == Values{"x25519", "secp256r1"});
  CHECK(values(DifferenceKind::resumption) == Values{"full", "resumed"});
  CHECK(values(DifferenceKind::early_data).empty());
  CHECK(values(DifferenceKind::certificate) == Values{"cd", "ab"});
  CHECK(values(DifferenceKind::channel_binding) == Values{"tls-unique", "tls-server-end-point"});
  CHECK(values(DifferenceKind::client_certificate).empty());
}

TEST_CASE("a client of thousands of suites makes no long line") {
  tls::ClientHello many;
  many.legacy_version = 0x0303;
  for (std::uint16_t suite = 0xD000; suite < 0xD000 + 5000; ++suite) many.cipher_suites.push_back(suite);
  const auto differences = differences_of(many, {});
  const auto ciphers = std::find_if(differences.begin(), differences.end(), [](const Difference& one) {
    return one.kind == DifferenceKind::ciphers;
  });
  REQUIRE(ciphers != differences.end());
  CHECK(ciphers->values.size() == max_difference_values + 1);
  CHECK(ciphers->values.back() == "+4935");  // one of them is GREASE
}

TEST_CASE("with the server's own certificate on both legs that is no difference") {
  ConnectionRecord record;
  record.downstream = record.upstream = with_mailtap(tls::Version::tls13, 0x1301);
  record.presented_sha256 = "ab";
  const auto found = differences_of(record, "ab", false);
  REQUIRE(found.size() == 1);
  CHECK(found[0] == Difference{DifferenceKind::channel_binding, {"tls-exporter"}});
}
