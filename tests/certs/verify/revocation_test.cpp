#include "certs/verify/revocation.h"

#include <catch2/catch_test_macros.hpp>

#include "certs/advice/full_verdict.h"
#include "certs/verify/trust_store_contents.h"
#include "tests/certs/ask.h"

using namespace mailtap;
using namespace mailtap::forge;

namespace {

const Ca& root() {
  static const Ca ca = Ca::root("Root");
  return ca;
}

certs::Verdict asked(const Buffer& list, certs::Profile profile = certs::Profile::rfc5280) {
  return ask({root().issue("mail.example.com")}, {root().der}, {.profile = profile, .crls = {list}});
}

}  // namespace

TEST_CASE("a certificate on its issuer's list is revoked") {
  const auto verdict = asked(crl(root(), {.revoked = {{0x01}, {0x2a}, {0x7f}}}));
  CHECK(faults(verdict) == Faults{"revoked@0"});
  CHECK(verdict.findings[0].detail == "revoked on 2026-06-14 (no reason given)");
  CHECK(verdict.dotnet.chain_status == std::vector<std::string>{"Revoked"});
}

TEST_CASE("a certificate that its issuer's list doesn't name is good") {
  CHECK(asked(crl(root(), {.revoked = {{0x2b}}})).trusted());
  CHECK(asked(crl(root(), {})).trusted());
}

TEST_CASE("another CA's list says nothing") {
  CHECK(asked(crl(Ca::root("Other"), {.revoked = {{0x2a}}})).trusted());
}

TEST_CASE("a list that can't be relied on fails closed") {
  Ca impostor = Ca::root("Root");
  for (const auto& list :
       {crl(root(), {.next_update = now() - std::chrono::seconds(1)}),
        crl(root(), {.this_update = now() + std::chrono::hours(1)}), crl(root(), {.break_signature = true}),
        crl(impostor, {}), crl(root(), {.extensions = {extension("1.2.3.4", true, as_bytes("?"))}}),
        crl(root(), {.extensions = {extension("2.5.29.27", true, Buffer{0x02, 0x01, 0x01})}})}) {
    const auto verdict = asked(list);
    REQUIRE(faults(verdict) == Faults{"revoked@0"});
    CHECK(verdict.findings[0].state_unknown);
    CHECK(verdict.dotnet.chain_status ==
          std::vector<std::string>{"RevocationStatusUnknown", "OfflineRevocation"});
  }
}

TEST_CASE("an outdated list still knows what was revoked") {
  const auto verdict =
      asked(crl(root(), {.revoked = {{0x2a}}, .next_update = now() - std::chrono::hours(1)}));
  REQUIRE(faults(verdict) == Faults{"revoked@0"});
  CHECK_FALSE(verdict.findings[0].state_unknown);
}

TEST_CASE("a list for CAs only leaves servers alone") {
  const auto scope = extension("2.5.29.28", true, tlv(0x30, Buffer{0x82, 0x01, 0xff}));
  CHECK(asked(crl(root(), {.revoked = {{0x2a}}, .extensions = {scope}})).trusted());
}

TEST_CASE("a list without a number is used, except under webpki") {
  CHECK(asked(crl(root(), {.numbered = false})).trusted());
  CHECK(faults(asked(crl(root(), {.numbered = false}), certs::Profile::webpki)).front() == "revoked@0");
  CHECK(faults(asked(crl(root(), {}), certs::Profile::webpki)).front() != "revoked@0");
}

TEST_CASE("a list that can't be parsed is an error of the trust store, not no list") {
  auto list = crl(root(), {});
  list.pop_back();
  const auto store = certs::TrustStore::of({root().der}, {list});
  REQUIRE_FALSE(store);
  CHECK(store.error().message.find("revocation list") != std::string::npos);
}

TEST_CASE("a list with a serial number that isn't DER, or an extension twice, can't be parsed") {
  const auto number = extension("2.5.29.20", false, Buffer{0x02, 0x01, 0x07});
  const auto scope = extension("2.5.29.28", true, tlv(0x30, Buffer{0x82, 0x01, 0x01}));
  for (const auto& list : {crl(root(), {.revoked = {{0x00, 0x2a}}}), crl(root(), {.extensions = {number}}),
                           crl(root(), {.extensions = {scope}})})
    CHECK_FALSE(certs::parse_crl(list));
}

TEST_CASE("only a delta list takes a revocation back") {
  const auto removed = extension("2.5.29.21", false, Buffer{0x0a, 0x01, 0x08});
  CHECK(faults(asked(crl(root(), {.revoked = {{0x2a}}, .entry_extensions = {removed}}))) ==
        Faults{"revoked@0"});
}

TEST_CASE("a list that was to be fetched and can't be had leaves the state of who names it unknown") {
  const auto point = tlv(0x30, tlv(0xa0, tlv(0xa0, uri("http://pki.example/root.crl"))));
  Recipe recipe = server("mail.example.com");
  recipe.extensions.push_back(extension("2.5.29.31", false, tlv(0x30, point)));
  const auto leaf = root().issue(recipe);
  const auto store = *certs::TrustStore::of({root().der});
  const auto judged = [&](const Buffer& certificate, const certs::TrustStore& trust) {
    return certs::full_verdict({certificate}, trust, {"mail.example.com", now()});
  };
  const auto without =
      certs::TrustStore::with_lists(*store, {}, {{"http://pki.example/root.crl", "no answer"}});
  const auto verdict = judged(leaf, *without);
  REQUIRE(faults(verdict) == Faults{"revoked@0"});
  CHECK(verdict.findings[0].state_unknown);
  CHECK(verdict.findings[0].detail ==
        "may be revoked: the revocation list http://pki.example/root.crl can't be had, no answer");
  CHECK(judged(leaf, *store).trusted());
  CHECK(judged(root().issue("mail.example.com"), *without).trusted());
  // With the issuer's list at hand the other isn't missed.
  const auto with = certs::TrustStore::with_lists(*without, {*certs::parse_crl(crl(root(), {}))}, {});
  CHECK(judged(leaf, *with).trusted());
  CHECK(store->contents().identity != without->contents().identity);
  CHECK(with->contents().identity != without->contents().identity);
}

TEST_CASE("a revoked intermediate is found at its place") {
  Recipe recipe = authority("Issuing");
  recipe.serial = {0x55};
  const auto issuing = root().issue_ca(recipe);
  const auto verdict = ask({issuing.issue("mail.example.com"), issuing.der}, {root().der},
                           {.crls = {crl(root(), {.revoked = {{0x55}}})}});
  CHECK(faults(verdict) == Faults{"revoked@1"});
}
