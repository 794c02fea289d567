#include "certs/verify/ocsp.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "certs/advice/full_verdict.h"
#include "certs/advice/verdict_cache.h"
#include "certs/model/stapled.h"
#include "certs/verify/trust_store_contents.h"
#include "tests/certs/ask.h"

using namespace mailtap;
using namespace mailtap::forge;
using certs::OcspState;

namespace {

const Ca& root() {
  static const Ca ca = Ca::root("Root");
  return ca;
}

constexpr auto ocsp_signing = "1.3.6.1.5.5.7.3.9";

/// A certificate for who signs responses.
Recipe responder(std::vector<std::string> purposes = {ocsp_signing}) {
  Recipe recipe;
  recipe.subject = name("Responder");
  recipe.serial = {0x11};
  recipe.extensions = {key_usage(0x80, 7), extended_key_usage(purposes)};
  return recipe;
}

Buffer must_staple_leaf() {
  auto recipe = server("mail.example.com");
  recipe.extensions.push_back(extension("1.3.6.1.5.5.7.1.24", false, Buffer{0x30, 0x03, 0x02, 0x01, 0x05}));
  return root().issue(recipe);
}

certs::Verdict asked(const std::optional<Buffer>& staple) {
  return ask({root().issue("mail.example.com")}, {root().der}, {.staple = staple});
}

/// Those about the staple; the profile has others.
std::vector<std::string> lints_of(const certs::Verdict& verdict) {
  std::vector<std::string> lints;
  for (const auto& lint : verdict.lints)
    if (lint.find("staple") != std::string::npos) lints.push_back(lint);
  return lints;
}

OcspState state_of(const certs::Verdict& verdict) {
  REQUIRE(verdict.staple.ocsp);
  return verdict.staple.ocsp->state;
}

}  // namespace

TEST_CASE("a response signed by the issuer says that the certificate is good") {
  const auto by_key = GENERATE(true, false);
  const auto hash = GENERATE(MBEDTLS_MD_SHA1, MBEDTLS_MD_SHA256);
  const auto verdict = asked(ocsp(root(), {.id_hash = hash, .by_key = by_key}));
  CHECK(state_of(verdict) == OcspState::good);
  CHECK(verdict.trusted());
  CHECK(lints_of(verdict).empty());
  CHECK(verdict.staple.ocsp->next_update == now() + std::chrono::days(6));
  CHECK(verdict.staple.ocsp->responder.starts_with(by_key ? "key " : "CN=Root"));
}

TEST_CASE("a revoked certificate is a fault, however old the response is") {
  for (const auto& next : {now() + std::chrono::days(1), now() - std::chrono::hours(1)}) {
    const auto verdict = asked(ocsp(root(), {.says = OcspRecipe::Says::revoked, .next_update = next}));
    CHECK(state_of(verdict) == OcspState::revoked);
    REQUIRE(faults(verdict) == Faults{"revoked@0"});
    CHECK_FALSE(verdict.findings[0].state_unknown);
    CHECK(verdict.findings[0].detail ==
          "revoked on 2026-06-14 (key compromise), says the OCSP response that the server staples");
    // .NET asks for no revocation unless it is told to.
    CHECK(verdict.dotnet.chain_status.empty());
  }
}

TEST_CASE("a response that can't be relied on is told, and is no fault where none is demanded") {
  const Ca impostor = Ca::root("Root");
  const Ca stranger = Ca::root("Stranger");
  const auto delegate = root().issue_ca(responder());
  const auto unfit = root().issue_ca(responder({std::string(server_auth)}));
  auto late = responder();
  late.not_after = now() - std::chrono::days(1);
  const auto expired = root().issue_ca(late);
  const auto self_made = Ca::root(responder());
  struct Case {
    Buffer staple;
    OcspState state;
  };
  const Buffer critical = extension("1.2.3.4", true, as_bytes("?"));
  const std::vector<Case> cases{
      {ocsp(root(), {.next_update = now() - std::chrono::seconds(1)}), OcspState::expired},
      {ocsp(root(), {.this_update = now() + std::chrono::hours(1)}), OcspState::not_yet_valid},
      {ocsp(root(), {.serial = {0x2b}}), OcspState::other_certificate},
      {ocsp(stranger), OcspState::other_certificate},
      {ocsp(impostor), OcspState::other_certificate},
      {ocsp(root(), {.says = OcspRecipe::Says::unknown}), OcspState::unknown},
      {ocsp(root(), {.break_signature = true}), OcspState::bad_signature},
      {ocsp(root(), {.by_key = false}, impostor), OcspState::bad_signature},
      {ocsp(root(), {.hash = MBEDTLS_MD_SHA1}), OcspState::bad_signature},
      {ocsp(root(), {}, stranger), OcspState::unauthorised},
      {ocsp(root(), {}, delegate), OcspState::unauthorised},
      {ocsp(root(), {.certificates = {stranger.der}}, stranger), OcspState::unauthorised},
      {ocsp(root(), {.certificates = {unfit.der}}, unfit), OcspState::unauthorised},
      {ocsp(root(), {.certificates = {expired.der}}, expired), OcspState::unauthorised},
      {ocsp(root(), {.certificates = {self_made.der}}, self_made), OcspState::unauthorised},
      {ocsp(root(), {.single_extensions = {critical}}), OcspState::unjudged},
      {ocsp(root(), {.extensions = {critical}}), OcspState::unjudged},
      {ocsp_error(3), OcspState::unsuccessful},
      {Buffer{0x30, 0x00}, OcspState::malformed},
      {Buffer{'n', 'o'}, OcspState::malformed},
  };
  for (const auto& [staple, state] : cases) {
    INFO(certs::to_string(state));
    const auto verdict = asked(staple);
    CHECK(certs::to_string(state_of(verdict)) == certs::to_string(state));
    CHECK(verdict.trusted());
    CHECK(lints_of(verdict) ==
          std::vector<std::string>{"certificate 0: the stapled OCSP response can't be relied on, " +
                                   verdict.staple.ocsp->detail});
    const auto demanded = ask({must_staple_leaf()}, {root().der}, {.staple = staple});
    CHECK(faults(demanded) == Faults{"missing-staple@0"});
    CHECK(lints_of(demanded).empty());
  }
}

TEST_CASE("whom the issuer has made a responder may sign, by name or by key") {
  const auto delegate = root().issue_ca(responder());
  for (const bool by_key : {true, false})
    CHECK(state_of(asked(ocsp(root(), {.certificates = {delegate.der}, .by_key = by_key}, delegate))) ==
          OcspState::good);
}

TEST_CASE("a clock that is a little ahead does no harm, and a response without an end has none") {
  CHECK(state_of(asked(ocsp(root(), {.this_update = now() + std::chrono::minutes(4)}))) == OcspState::good);
  CHECK(state_of(asked(ocsp(root(), {.next_update = std::nullopt}))) == OcspState::good);
}

TEST_CASE(
    "a certificate that demands a staple is faulty where none is sent, and where nobody asked it isn't") {
  const auto leaf = must_staple_leaf();
  const auto verdict = ask({leaf}, {root().der}, {.staple = Buffer{}});
  REQUIRE(faults(verdict) == Faults{"missing-staple@0"});
  CHECK(verdict.findings[0].detail ==
        "it demands a stapled OCSP response (TLS feature), and the server staples none");
  CHECK(verdict.dotnet.chain_status.empty());
  CHECK(ask({leaf}, {root().der}).trusted());
  CHECK(ask({leaf}, {root().der}, {.staple = ocsp(root())}).trusted());
  CHECK(faults(ask({leaf}, {root().der}, {.staple = ocsp(root(), {.says = OcspRecipe::Says::revoked})})) ==
        Faults{"revoked@0"});
  CHECK(asked(Buffer{}).trusted());
}

TEST_CASE("of a certificate whose issuer isn't known nothing can be said") {
  const auto verdict =
      ask({root().issue("mail.example.com")}, {Ca::root("Other").der}, {.staple = ocsp(root())});
  CHECK(state_of(verdict) == OcspState::unjudged);
}

TEST_CASE("a self-signed certificate's response is judged by its own key") {
  auto recipe = server("mail.example.com");
  const auto own = Ca::root(recipe);
  CHECK(state_of(ask({own.der}, {own.der}, {.staple = ocsp(own)})) == OcspState::good);
}

TEST_CASE("a good staple answers for a list that can't be had") {
  const auto point = tlv(0x30, tlv(0xa0, tlv(0xa0, uri("http://pki.example/root.crl"))));
  auto recipe = server("mail.example.com");
  recipe.extensions.push_back(extension("2.5.29.31", false, tlv(0x30, point)));
  const auto leaf = root().issue(recipe);
  const auto store = certs::TrustStore::with_lists(**certs::TrustStore::of({root().der}), {},
                                                   {{"http://pki.example/root.crl", "no answer"}});
  const auto judged = [&](const Buffer& staple) {
    certs::Question question{"mail.example.com", now()};
    question.stapled = std::make_shared<certs::Stapled>(certs::Stapled{staple, {}});
    return faults(certs::full_verdict({leaf}, *store, question));
  };
  CHECK(judged({}) == Faults{"revoked@0"});
  CHECK(judged(ocsp(root())).empty());
  CHECK(judged(ocsp(root(), {.break_signature = true})) == Faults{"revoked@0"});
}

TEST_CASE("a response that was fetched counts as a list does, and one that can't be had fails closed") {
  const auto leaf = root().issue("mail.example.com");
  const auto store = *certs::TrustStore::of({root().der});
  const auto judged = [&](const Buffer& response) {
    const auto with = certs::TrustStore::with_lists(*store, {}, {}, {*certs::parse_ocsp_response(response)});
    CHECK(with->contents().identity != store->contents().identity);
    return certs::full_verdict({leaf}, *with, {"mail.example.com", now()});
  };
  CHECK(judged(ocsp(root())).trusted());
  CHECK(judged(ocsp(root(), {.serial = {0x2b}})).trusted());
  const auto revoked = judged(ocsp(root(), {.says = OcspRecipe::Says::revoked}));
  REQUIRE(faults(revoked) == Faults{"revoked@0"});
  CHECK(revoked.findings[0].detail == "revoked on 2026-06-14 (key compromise), says its OCSP responder");
  CHECK(revoked.findings[0].key_compromised);
  CHECK(revoked.dotnet.chain_status == std::vector<std::string>{"Revoked"});
  for (const auto& bad :
       {ocsp(root(), {.break_signature = true}), ocsp(root(), {.says = OcspRecipe::Says::unknown}),
        ocsp(root(), {.next_update = now() - std::chrono::hours(1)})}) {
    const auto unknown = judged(bad);
    REQUIRE(faults(unknown) == Faults{"revoked@0"});
    CHECK(unknown.findings[0].state_unknown);
  }
  const auto parsed = *certs::parse_certificate(leaf);
  const auto without =
      certs::TrustStore::with_lists(*store, {}, {{certs::unanswered_question(*parsed), "no answer"}});
  const auto unanswered = certs::full_verdict({leaf}, *without, {"mail.example.com", now()});
  REQUIRE(faults(unanswered) == Faults{"revoked@0"});
  CHECK(unanswered.findings[0].detail == "may be revoked: no answer");
  CHECK_FALSE(unanswered.findings[0].responder.empty());
}

TEST_CASE("a verdict holds until its response ends, and another response is another question") {
  const auto leaf = root().issue("mail.example.com");
  const auto store = *certs::TrustStore::of({root().der});
  certs::VerdictCache cache;
  const auto judged = [&](const Buffer& staple, Time at) {
    certs::Question question{"mail.example.com", at};
    question.stapled = std::make_shared<certs::Stapled>(certs::Stapled{staple, {}});
    return cache.verify({leaf}, *store, question)->staple.ocsp->state;
  };
  const auto staple = ocsp(root(), {.next_update = now() + std::chrono::minutes(10)});
  CHECK(judged(staple, now()) == OcspState::good);
  CHECK(judged(staple, now() + std::chrono::minutes(10)) == OcspState::good);
  CHECK(cache.hits() == 1);
  CHECK(judged(staple, now() + std::chrono::minutes(11)) == OcspState::expired);
  CHECK(judged(ocsp(root(), {.serial = {1}}), now()) == OcspState::other_certificate);
}

TEST_CASE("a request names the certificate as a responder knows it") {
  const auto leaf = *certs::parse_certificate(root().issue("mail.example.com"));
  const auto issuer = *certs::parse_certificate(root().der);
  const auto request = certs::ocsp_request(*leaf, *issuer);
  // OCSPRequest, TBSRequest, requestList, Request: each holds the next alone; then the CertID of a response.
  const auto response = *certs::parse_ocsp_response(ocsp(root()));
  REQUIRE(response->find(*leaf, *issuer) != nullptr);
  const auto& id = response->find(*leaf, *issuer)->id;
  const std::string text(as_text(request));
  CHECK(text.find(as_text(id.issuer_name_hash)) != std::string::npos);
  CHECK(text.find(as_text(id.issuer_key_hash)) != std::string::npos);
  CHECK(text.ends_with(std::string(as_text(id.serial))));
}

TEST_CASE("timestamps are counted in the certificate, the handshake and the response") {
  // One of version 1 (its log, its time, no extensions, a signature of two bytes), and one of a version to
  // come.
  Buffer one{0};
  one.insert(one.end(), 32, 0xab);
  for (const std::uint8_t byte :
       {0x00, 0x00, 0x01, 0x98, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x03, 0x00, 0x00})
    one.push_back(byte);
  const auto list_of = [&](std::size_t count) {
    Buffer list;
    for (std::size_t i = 0; i < count; ++i) {
      list.push_back(0);
      list.push_back(static_cast<std::uint8_t>(one.size()));
      list.insert(list.end(), one.begin(), one.end());
    }
    Buffer whole{static_cast<std::uint8_t>(list.size() >> 8), static_cast<std::uint8_t>(list.size())};
    whole.insert(whole.end(), list.begin(), list.end());
    return whole;
  };
  auto recipe = server("mail.example.com");
  recipe.extensions.push_back(extension("1.3.6.1.4.1.11129.2.4.2", false, tlv(0x04, Bytes(list_of(2)))));
  const auto leaf = root().issue(recipe);
  const auto in_response = extension("1.3.6.1.4.1.11129.2.4.5", false, tlv(0x04, Bytes(list_of(3))));
  const auto store = *certs::TrustStore::of({root().der});
  certs::Question question{"mail.example.com", now()};
  question.stapled = std::make_shared<certs::Stapled>(
      certs::Stapled{ocsp(root(), {.single_extensions = {in_response}}), list_of(1)});
  const auto verdict = certs::full_verdict({leaf}, *store, question);
  CHECK(verdict.staple.in_certificate == 2U);
  CHECK(verdict.staple.in_handshake == 1U);
  CHECK(verdict.staple.in_ocsp == 3U);
  question.stapled = std::make_shared<certs::Stapled>(certs::Stapled{{}, Buffer{0, 9, 1}});
  CHECK(certs::full_verdict({leaf}, *store, question).staple.in_handshake == std::nullopt);
}
