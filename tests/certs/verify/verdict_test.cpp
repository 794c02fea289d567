// Each fault, found at its place.

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "certs/model/signature.h"
#include "certs/verify/dotnet.h"
#include "tests/certs/ask.h"

using namespace mailtap;
using namespace mailtap::forge;
using certs::Kind;

namespace {

const Ca& root() {
  static const Ca ca = Ca::root("Contoso Root");
  return ca;
}

const Ca& issuing() {
  static const Ca ca = root().issue_ca("Contoso Issuing");
  return ca;
}

constexpr auto host = "mail.example.com";

Recipe with(Recipe recipe, const Buffer& extension) {
  recipe.extensions.push_back(extension);
  return recipe;
}

bool contains(const std::vector<std::string>& list, std::string_view what) {
  return std::find(list.begin(), list.end(), what) != list.end();
}

}  // namespace

TEST_CASE("a sound chain to a trusted root is trusted and matches") {
  const auto verdict = ask({issuing().issue(host), issuing().der}, {root().der});
  CHECK(faults(verdict).empty());
  CHECK(verdict.acceptable());
  CHECK(verdict.causes.empty());
  CHECK(verdict.dotnet.policy_errors.empty());
  CHECK(verdict.dotnet.exception.empty());
  CHECK(verdict.advice.empty());
  CHECK(verdict.path == std::vector<std::size_t>{0, 1, 2});
  CHECK(verdict.kind == Kind::private_pki);
  REQUIRE(verdict.chain.size() == 2);
  CHECK(verdict.chain[0].subject == "CN=mail.example.com");
  CHECK(verdict.chain[0].issuer == "CN=Contoso Issuing");
  CHECK(verdict.chain[0].key == "EC P-256");
  CHECK(verdict.chain[0].signature == "ecdsa-with-SHA256");
  CHECK(verdict.chain[0].serial == "2a");
  CHECK(verdict.days_left == 300);
}

TEST_CASE("a self-signed leaf is self-signed, unless it is trusted itself") {
  Recipe recipe = server(host);
  recipe.issuer = recipe.subject;
  const auto leaf = certificate(recipe, Ca::leaf_key(), Ca::leaf_key());
  const auto verdict = ask({leaf}, {root().der});
  CHECK(faults(verdict) == Faults{"self-signed@0"});
  CHECK(verdict.kind == Kind::self_signed);
  CHECK(verdict.causes == std::vector<int>{1});
  CHECK(verdict.dotnet.chain_status == std::vector<std::string>{"UntrustedRoot"});
  CHECK(verdict.dotnet.policy_errors == std::vector<std::string>{"RemoteCertificateChainErrors"});
  CHECK(ask({leaf}, {leaf}).acceptable());
}

TEST_CASE("a self-signed leaf marked as a CA, as openssl req makes it, is self-signed and nothing else") {
  Recipe recipe = with(server(host), basic_constraints(true));
  recipe.issuer = recipe.subject;
  const auto leaf = certificate(recipe, Ca::leaf_key(), Ca::leaf_key());
  CHECK(ask({leaf}, {leaf}).trusted());
  const auto verdict = ask({leaf}, {root().der});
  CHECK(faults(verdict) == Faults{"self-signed@0"});
  CHECK(verdict.dotnet.chain_status == std::vector<std::string>{"UntrustedRoot"});
  CHECK(contains(faults(ask({leaf}, {leaf}, {.profile = certs::Profile::webpki})), "wrong-usage@0"));
}

TEST_CASE("a CA's certificate as a server's doesn't trouble .NET, when somebody issued it") {
  const auto verdict = ask({root().issue(with(server(host), basic_constraints(true)))}, {root().der});
  CHECK(faults(verdict) == Faults{"wrong-usage@0"});
  CHECK(verdict.dotnet.policy_errors.empty());
}

TEST_CASE("another key of a trusted name is said to be one, wherever the path ends") {
  const auto renewed = Ca::root("Contoso Root");
  const auto says_so = [](const certs::Verdict& verdict) {
    REQUIRE_FALSE(verdict.findings.empty());
    CHECK(verdict.findings.front().same_name_trusted);
    CHECK(verdict.findings.front().detail.find("another key") != std::string::npos);
    CHECK(verdict.advice.find("same name") != std::string::npos);
  };
  // Not sent, sent, and without the identifiers that tell keys apart.
  auto verdict = ask({renewed.issue(host)}, {root().der});
  CHECK((faults(verdict) == Faults{"incomplete-chain@0"} || faults(verdict) == Faults{"bad-signature@0"}));
  says_so(verdict);
  verdict = ask({renewed.issue(host), renewed.der}, {root().der});
  CHECK(faults(verdict) == Faults{"untrusted-root@1"});
  says_so(verdict);

  Recipe recipe = server(host);
  recipe.issuer = recipe.subject;
  const auto old_key = Key::ec();
  const auto old_leaf = certificate(recipe, old_key, old_key);
  says_so(ask({certificate(recipe, Ca::leaf_key(), Ca::leaf_key())}, {old_leaf}));
  recipe.serial = Buffer{0x2b};
  const auto same_key = ask({certificate(recipe, old_key, old_key)}, {old_leaf});
  CHECK(same_key.findings.front().detail.find("same name and key") != std::string::npos);
  CHECK_FALSE(ask({root().issue(host)}, {Ca::root("Other").der}).findings.front().same_name_trusted);
}

TEST_CASE(
    "an issuing CA that is trusted itself and was renewed is said to be, whether its root was sent or not") {
  const auto old_issuing = root().issue_ca("Contoso Issuing");
  const auto renewed = root().issue_ca("Contoso Issuing");
  for (const auto& sent : {std::vector<Buffer>{renewed.issue(host), renewed.der},
                           std::vector<Buffer>{renewed.issue(host), renewed.der, root().der}}) {
    const auto verdict = ask(sent, {old_issuing.der});
    REQUIRE(verdict.findings.size() == 1);
    CHECK(verdict.findings.front().same_name_trusted);
    CHECK(verdict.findings.front().detail.find("the same name as Contoso Issuing is trusted") !=
          std::string::npos);
    CHECK(verdict.advice.find("same name") != std::string::npos);
  }
}

TEST_CASE("a signature that can't be verified says nothing of revocation to .NET") {
  certs::Verdict verdict;
  verdict.has_dns_names = true;
  verdict.findings = {{certs::Fault::bad_signature, 0, "its signature can't be verified here: ML-DSA-65",
                       true, "NotSignatureValid"}};
  CHECK(certs::dotnet_view(verdict, true).chain_status == std::vector<std::string>{"NotSignatureValid"});
}

TEST_CASE("of a leaf that can't be read nothing is claimed but that") {
  auto broken = root().issue(host);
  broken.resize(broken.size() - 1);
  for (const auto& sent : {std::vector<Buffer>{broken}, std::vector<Buffer>{broken, root().der}}) {
    const auto verdict = ask(sent, {root().der});
    CHECK(faults(verdict) == Faults{"malformed@0"});
    CHECK(verdict.causes == std::vector<int>{1});
    CHECK(verdict.dotnet.policy_errors == std::vector<std::string>{"RemoteCertificateChainErrors"});
    CHECK_FALSE(verdict.name_known);
    CHECK_FALSE(verdict.name_mismatches());
    CHECK_FALSE(verdict.acceptable());
    CHECK(verdict.names.empty());
    CHECK_FALSE(verdict.days_left);
    CHECK_FALSE(verdict.chain.front().readable);
  }
}

TEST_CASE("a serial number that is there isn't said to be missing, however it is written") {
  const auto root = Ca::root("Root");
  const auto detail_with = [&](const Buffer& serial) {
    auto recipe = server("mail.example.com");
    recipe.serial = serial;
    return ask({root.issue(recipe)}, {root.der}).findings.at(0).detail;
  };
  CHECK(detail_with({0, 0, 0, 0x12}) ==
        "not an X.509 certificate: its serial number begins with bytes that say nothing, which DER forbids");
  CHECK(detail_with({}) == "not an X.509 certificate: its serial number is empty");
}

TEST_CASE("names in a subjectAltName that can't be read are unknown, whatever the common name says") {
  Recipe recipe = server(host);
  recipe.subject = forge::name(host);
  recipe.extensions[2] = extension("2.5.29.17", false, as_bytes(host));
  for (const auto* name : {host, "other.example.com"}) {
    const auto verdict = ask({root().issue(recipe)}, {root().der}, {.name = name});
    CHECK(faults(verdict) == Faults{"malformed@0"});
    CHECK(verdict.causes == std::vector<int>{1});
    CHECK(verdict.names.empty());
    CHECK_FALSE(verdict.legacy_cn_match);
    CHECK(verdict.days_left);
    for (const auto& lint : verdict.lints) CHECK(lint.find("common name") == std::string::npos);
  }
}

TEST_CASE("an anchor that another CA issued is as good as a root, under every profile") {
  const auto other = Ca::root("Other");
  for (const auto profile : {certs::Profile::rfc5280, certs::Profile::webpki})
    for (const auto& sent : {std::vector<Buffer>{issuing().issue(host)},
                             std::vector<Buffer>{issuing().issue(host), issuing().der, root().der}}) {
      const auto found = faults(ask(sent, {issuing().der, other.der}, {.profile = profile}));
      CHECK_FALSE(contains(found, "incomplete-chain@1"));
      if (profile == certs::Profile::rfc5280) CHECK(found.empty());
    }
}

TEST_CASE("a sent root that isn't trusted is an untrusted root at its place") {
  const auto verdict = ask({issuing().issue(host), issuing().der, root().der}, {Ca::root("Other").der});
  CHECK(faults(verdict) == Faults{"untrusted-root@2"});
  CHECK(verdict.dotnet.chain_status == std::vector<std::string>{"UntrustedRoot"});
  CHECK(verdict.kind == Kind::private_pki);
}

TEST_CASE("a missing intermediate is an incomplete chain") {
  const auto verdict = ask({issuing().issue(host)}, {root().der});
  CHECK(faults(verdict) == Faults{"incomplete-chain@0"});
  CHECK(verdict.dotnet.chain_status == std::vector<std::string>{"PartialChain"});
}

TEST_CASE("an intermediate whose root is neither sent nor trusted is an incomplete chain") {
  CHECK(faults(ask({issuing().issue(host), issuing().der}, {Ca::root("Other").der})) ==
        Faults{"incomplete-chain@1"});
}

TEST_CASE("all faults are found at once, each at its place") {
  Recipe ca = authority("Old Issuing");
  ca.not_after = now() - std::chrono::days(2);
  const auto old = root().issue_ca(ca);
  Recipe leaf = server("other.example.com");
  leaf.not_after = now() - std::chrono::days(997);
  leaf.not_before = leaf.not_after - std::chrono::days(365);
  leaf.extensions[1] = extended_key_usage({std::string(client_auth)});
  const auto verdict = ask({old.issue(leaf), old.der}, {root().der});
  CHECK(faults(verdict) == Faults{"expired@0", "wrong-usage@0", "expired@1"});
  CHECK(verdict.findings[0].detail == "expired on 2023-09-22, 997 days ago");
  CHECK_FALSE(verdict.name_matches);
  CHECK(verdict.causes == std::vector<int>{1, 2});
  CHECK(verdict.dotnet.policy_errors ==
        std::vector<std::string>{"RemoteCertificateNameMismatch", "RemoteCertificateChainErrors"});
  CHECK(verdict.dotnet.chain_status == std::vector<std::string>{"NotTimeValid", "NotValidForUsage"});
  CHECK(verdict.dotnet.exception.starts_with("The underlying connection was closed"));
}

TEST_CASE("a certificate is valid from the first second to the last") {
  const Recipe recipe = server(host);
  const auto leaf = root().issue(recipe);
  const auto at = [&](Time time) { return faults(ask({leaf}, {root().der}, {.at = time})); };
  CHECK(at(recipe.not_before).empty());
  CHECK(at(recipe.not_before - std::chrono::seconds(1)) == Faults{"not-yet-valid@0"});
  CHECK(at(recipe.not_after).empty());
  CHECK(at(recipe.not_after + std::chrono::seconds(1)) == Faults{"expired@0"});
}

TEST_CASE("an expired anchor is a fault, one past the chain's end") {
  Recipe recipe = authority("Old Root");
  recipe.not_after = now() - std::chrono::days(1);
  const auto old = Ca::root(recipe);
  CHECK(faults(ask({old.issue(host)}, {old.der})) == Faults{"expired@1"});
}

TEST_CASE("a broken signature is a bad signature, on the leaf and above") {
  Recipe leaf = server(host);
  leaf.break_signature = true;
  CHECK(faults(ask({root().issue(leaf)}, {root().der})) == Faults{"bad-signature@0"});
  Recipe ca = authority("Forged Issuing");
  ca.break_signature = true;
  const auto forged = root().issue_ca(ca);
  CHECK(faults(ask({forged.issue(host), forged.der}, {root().der})) == Faults{"bad-signature@1"});
}

TEST_CASE("short keys and SHA-1 signatures are weak, and Windows's opinion of them is told apart") {
  const auto rsa = Key::rsa(1024);
  const auto verdict = ask({root().issue(server(host), rsa)}, {root().der});
  CHECK(faults(verdict) == Faults{"weak-key@0"});
  CHECK(verdict.dotnet.chain_status.empty());
  CHECK(faults(ask({root().issue(server(host), Key::ec_p192())}, {root().der})) == Faults{"weak-key@0"});
  Recipe sha1 = server(host);
  sha1.hash = MBEDTLS_MD_SHA1;
  CHECK(faults(ask({root().issue(sha1)}, {root().der})) == Faults{"weak-signature@0"});
}

TEST_CASE("the anchor's own signature may be weak") {
  Recipe recipe = authority("SHA-1 Root");
  recipe.hash = MBEDTLS_MD_SHA1;
  const auto old = Ca::root(recipe);
  CHECK(ask({old.issue(host)}, {old.der}).trusted());
}

TEST_CASE("an issuer that isn't a CA, or may not sign, is not a CA") {
  const auto impostor = root().issue_ca(with(server("impostor"), basic_constraints(false)));
  CHECK(contains(faults(ask({impostor.issue(host), impostor.der}, {root().der})), "not-a-ca@1"));
  Recipe silent = authority("No keyCertSign");
  silent.extensions = {basic_constraints(true), key_usage(0x80, 7)};
  const auto mute = root().issue_ca(silent);
  CHECK(faults(ask({mute.issue(host), mute.der}, {root().der})) == Faults{"not-a-ca@1"});
}

TEST_CASE("a CA's certificate isn't a server's") {
  Recipe recipe = with(server(host), basic_constraints(true));
  CHECK(faults(ask({root().issue(recipe)}, {root().der})) == Faults{"wrong-usage@0"});
  recipe = server(host);
  recipe.extensions[0] = key_usage(0x84, 2);
  CHECK(faults(ask({root().issue(recipe)}, {root().der})) == Faults{"wrong-usage@0"});
}

TEST_CASE("an intermediate for other purposes can't vouch for servers") {
  const auto mail = root().issue_ca(with(authority("Mail CA"), extended_key_usage({"1.3.6.1.5.5.7.3.4"})));
  CHECK(faults(ask({mail.issue(host), mail.der}, {root().der})) == Faults{"wrong-usage@1"});
}

TEST_CASE("a path length is exceeded by another CA, not by a self-issued one") {
  const auto narrow = root().issue_ca(authority("Narrow", 0));
  const auto below = narrow.issue_ca("Below");
  CHECK(faults(ask({below.issue(host), below.der, narrow.der}, {root().der})) ==
        Faults{"constraint-violation@2"});
  const auto rolled = narrow.issue_ca("Narrow");
  CHECK(ask({rolled.issue(host), rolled.der, narrow.der}, {root().der}).trusted());
}

TEST_CASE("an unknown critical extension counts on the path only") {
  const auto odd = extension("1.3.6.1.4.1.55738.666.1", true, as_bytes("?"));
  const auto verdict = ask({root().issue(with(server(host), odd))}, {root().der});
  CHECK(faults(verdict) == Faults{"critical-extension@0"});
  const auto stray = root().issue_ca(with(authority("Stray"), odd));
  CHECK(ask({issuing().issue(host), stray.der, issuing().der}, {root().der}).trusted());
}

TEST_CASE("malformed DER is a fault, never a crash") {
  const auto good = root().issue(host);
  for (std::size_t size = 0; size < good.size(); ++size) {
    const Buffer cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(faults(ask({cut}, {root().der})) == Faults{"malformed@0"});
  }
  auto long_form = good;
  long_form.push_back(0);
  CHECK(faults(ask({long_form}, {root().der})) == Faults{"malformed@0"});
}

TEST_CASE("any byte of a certificate changed is no way to be trusted") {
  const auto good = root().issue(host);
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto changed = good;
    changed[i] ^= 0x55;
    CHECK_FALSE(ask({changed}, {root().der}).trusted());
  }
}

TEST_CASE("an unreadable or repeated extension makes a certificate malformed") {
  Recipe recipe = server(host);
  recipe.extensions[2] = extension("2.5.29.17", false, as_bytes(host));
  CHECK(faults(ask({root().issue(recipe)}, {root().der})) == Faults{"malformed@0"});
  recipe = with(server(host), subject_alt_name({dns("other.example.com")}));
  const auto twice = ask({root().issue(recipe)}, {root().der}, {.name = "other.example.com"});
  CHECK(faults(twice) == Faults{"malformed@0"});
  CHECK_FALSE(twice.name_matches);
  CHECK_FALSE(twice.name_known);
  CHECK(twice.causes == std::vector<int>{1});
}

TEST_CASE("under webpki a wildcard may cover what one owner has, not a registry") {
  const auto covers = [](const std::string& name) {
    Recipe recipe = server(name);
    const auto found = ask({root().issue(recipe)}, {root().der}, {.profile = certs::Profile::webpki});
    return std::any_of(found.findings.begin(), found.findings.end(), [](const auto& finding) {
      return finding.detail.find("covers a public suffix") != std::string::npos;
    });
  };
  CHECK_FALSE(covers("*.s3.amazonaws.com"));
  CHECK_FALSE(covers("*.azurewebsites.net"));
  CHECK(covers("*.co.uk"));
  CHECK(covers("*.com"));
}

TEST_CASE("no certificate at all is said so") {
  const auto verdict = ask({}, {root().der});
  CHECK(faults(verdict) == Faults{"incomplete-chain@0"});
  CHECK(verdict.dotnet.policy_errors == std::vector<std::string>{"RemoteCertificateNotAvailable"});
  CHECK_FALSE(verdict.advice.empty());
}

TEST_CASE("AD CS is recognised by its template, whose name is shown") {
  const Buffer web_server{0x1e, 0x12, 0, 'W', 0, 'e', 0, 'b', 0, 'S', 0, 'e', 0, 'r', 0, 'v', 0, 'e', 0, 'r'};
  const auto leaf = issuing().issue(with(server(host), extension("1.3.6.1.4.1.311.20.2", false, web_server)));
  const auto verdict = ask({leaf}, {Ca::root("Other").der});
  CHECK(verdict.kind == Kind::private_pki);
  CHECK(verdict.template_name == "WebServer");
  const auto by_oid = tlv(0x30, std::vector<Buffer>{oid("1.3.6.1.4.1.311.21.8.1.2")});
  CHECK(ask({issuing().issue(with(server(host), extension("1.3.6.1.4.1.311.21.7", false, by_oid)))},
            {root().der})
            .template_name == "1.3.6.1.4.1.311.21.8.1.2");
}

TEST_CASE("findings of profile are lints, and faults under webpki") {
  Recipe recipe = server(host);
  recipe.serial = Buffer(24, 0x11);
  const auto leaf = root().issue(recipe);
  const auto lenient = ask({leaf}, {root().der});
  CHECK(lenient.trusted());
  CHECK(contains(lenient.lints, "certificate 0: a serial number of more than 20 bytes"));
  const auto strict = ask({leaf}, {root().der}, {.profile = certs::Profile::webpki});
  CHECK(contains(faults(strict), "malformed@0"));
  CHECK(strict.dotnet.chain_status.empty());
}

TEST_CASE("an authority key identifier that names more than the key is a lint") {
  const auto lint = "certificate 0: an authorityKeyIdentifier that names issuer or serial";
  const auto names_serial = with(server(host), extension("2.5.29.35", false, tlv(0x30, Buffer{0x82, 1, 9})));
  CHECK(contains(ask({root().issue(names_serial)}, {root().der}).lints, lint));
  const auto names_key = with(server(host), authority_key_id(as_bytes("key")));
  CHECK_FALSE(contains(ask({root().issue(names_key)}, {root().der}).lints, lint));
}

TEST_CASE("under webpki a server's certificate signs no revocation lists") {
  Recipe recipe = server(host);
  recipe.extensions[0] = key_usage(0x82, 1);
  const auto leaf = root().issue(recipe);
  const auto strict = ask({leaf}, {root().der}, {.profile = certs::Profile::webpki}).findings;
  CHECK(std::any_of(strict.begin(), strict.end(), [](const certs::Finding& finding) {
    return finding.detail == "may sign revocation lists, which a server's must not";
  }));
  CHECK(ask({leaf}, {root().der}).trusted());
}

TEST_CASE("an empty list of extensions is malformed") {
  Recipe recipe = server(host);
  recipe.extensions = {Buffer{}};
  CHECK(contains(faults(ask({root().issue(recipe)}, {root().der})), "malformed@0"));
}

TEST_CASE("a required explicit policy that nobody asserts is a violation") {
  // requireExplicitPolicy 0
  const auto require = extension("2.5.29.36", true, tlv(0x30, Buffer{0x80, 0x01, 0x00}));
  const auto policies = extension("2.5.29.32", false, tlv(0x30, tlv(0x30, oid("1.2.3.4"))));
  const auto strict = root().issue_ca(with(with(authority("Policy CA"), require), policies));
  CHECK(faults(ask({strict.issue(host), strict.der}, {root().der})) == Faults{"constraint-violation@0"});
  CHECK(ask({strict.issue(with(server(host), policies)), strict.der}, {root().der}).trusted());
}

TEST_CASE("RSA keys whose exponent costs a verifier dear or signs nothing are told apart") {
  const auto spki_with = [](const Buffer& exponent) {
    Buffer modulus(257, 0xc5);
    modulus[0] = 0;
    const auto key = tlv(0x30, {tlv(0x02, Bytes(modulus)), tlv(0x02, Bytes(exponent))});
    Buffer bits{0};
    bits.insert(bits.end(), key.begin(), key.end());
    return tlv(0x30, {tlv(0x30, {oid("1.2.840.113549.1.1.1"), Buffer{0x05, 0x00}}), tlv(0x03, Bytes(bits))});
  };
  CHECK(certs::describe_key(spki_with({0x01, 0x00, 0x01})).exponent_bits == 17);
  CHECK(certs::describe_key(spki_with({0x01})).exponent_bits == 1);
  CHECK_FALSE(certs::describe_key(spki_with({0x04})).exponent_odd);
  const auto huge = spki_with(Buffer(256, 0x55));
  CHECK(certs::describe_key(huge).bits == 2048);
  const auto leaf = *certs::parse_certificate(root().issue(server(host), Key::rsa(1024)));
  CHECK(certs::verify_signature(leaf->tbs, leaf->signature_algorithm, leaf->signature, huge) !=
        certs::SignatureCheck::good);
}
