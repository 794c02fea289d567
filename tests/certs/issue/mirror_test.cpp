#include "certs/issue/mirror.h"

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <map>

#include "certs/asn1/der_writer.h"
#include "certs/issue/builder.h"
#include "certs/issue/raw_certificate.h"
#include "certs/model/identity.h"
#include "certs/model/signature.h"
#include "presentation_support.h"

using namespace mailtap;
using namespace mailtap::certs;
using namespace mailtap::test;
using std::chrono::days;

namespace {

KeyPtr new_key(KeySpec type = KeySpec::p256()) {
  return PrivateKey::generate(type).value();
}

/// Keys of ours, one an id.
class Keys {
 public:
  KeySource source() {
    return [this](const std::string& id, KeySpec type) -> Result<KeyPtr> {
      auto& key = keys_[id];
      if (!key) key = new_key(type);
      return key;
    };
  }

 private:
  std::map<std::string, KeyPtr> keys_;
};

/// root <- intermediate <- leaf, as a server's administrator has them.
struct Pki {
  KeyPtr root_key = new_key(), intermediate_key = new_key(KeySpec::p384()), leaf_key = new_key();
  CertificateSpec root, intermediate, leaf;

  Pki() {
    for (auto* spec : {&root, &intermediate, &leaf}) {
      spec->not_before = now() - days{10};
      spec->not_after = now() + days{100};
    }
    root.subject = root.issuer = intermediate.issuer = name_of({{"CN", "Root"}});
    intermediate.subject = leaf.issuer = name_of({{"O", "Contoso"}, {"CN", "Issuing CA"}});
    leaf.subject = name_of({{"CN", "mail.contoso.example"}});
    root.public_key = root_key->public_key();
    intermediate.public_key = intermediate_key->public_key();
    leaf.public_key = leaf_key->public_key();
    root.basic_constraints = intermediate.basic_constraints = BasicConstraints{true, {}};
    root.key_usage = intermediate.key_usage = key_cert_sign | crl_sign;
    root.authority_key_id = intermediate.authority_key_id = key_identifier(root.public_key);
    leaf.authority_key_id = key_identifier(intermediate.public_key);
    leaf.names = {"mail.contoso.example"};
    leaf.extended_key_usage = {oid::server_auth};
  }

  Buffer root_der() const { return build_certificate(root, *root_key).value(); }
  Buffer intermediate_der() const { return build_certificate(intermediate, *root_key).value(); }
  Buffer leaf_der() const { return build_certificate(leaf, *intermediate_key).value(); }
};

/// openssl's judgement of a chain whose last certificate, if `rooted`, is trusted; without the file's name.
std::string judge(const TemporaryFolder& folder, const std::vector<Buffer>& chain, bool rooted,
                  const std::string& options = "") {
  const auto leaf = folder.pem("leaf.pem", chain.front());
  std::string others;
  for (std::size_t i = 1; i < chain.size(); ++i) others += to_pem(chain[i], "CERTIFICATE");
  const auto untrusted = folder.file("chain.pem", others);
  auto command = "openssl verify -no-CApath -no-CAfile -no-CAstore -check_ss_sig -auth_level 1 " + options;
  if (rooted) command += " -CAfile " + folder.pem("root.pem", chain.back());
  if (!others.empty()) command += " -untrusted " + untrusted;
  const auto text = run(command + " " + leaf).text;
  return text.substr(0, text.rfind("error " + leaf));
}

}  // namespace

TEST_CASE("openssl judges a mirrored chain as it judges the original, fault by fault") {
  NEEDS_OPENSSL();
  const TemporaryFolder folder;
  struct Case {
    const char* fault;
    std::function<std::vector<Buffer>(Pki&)> send;
    bool rooted = true;
    const char* options = "";
  };
  const auto whole = [](Pki& pki) {
    return std::vector<Buffer>{pki.leaf_der(), pki.intermediate_der(), pki.root_der()};
  };
  const std::vector<Case> cases{
      {": OK", whole},
      {": OK", whole, true, "-x509_strict -purpose sslserver -verify_hostname mail.contoso.example"},
      {"hostname mismatch", whole, true, "-verify_hostname other.example"},
      {"certificate has expired",
       [&](Pki& pki) {
         pki.leaf.not_after = now() - days{1};
         return whole(pki);
       }},
      {"certificate is not yet valid",
       [&](Pki& pki) {
         pki.leaf.not_before = now() + days{1};
         return whole(pki);
       }},
      {"certificate has expired",
       [&](Pki& pki) {
         pki.intermediate.not_after = now() - days{1};
         return whole(pki);
       }},
      {"certificate signature failure",
       [&](Pki& pki) {
         pki.leaf.break_signature = true;
         return whole(pki);
       }},
      {"certificate signature failure",
       [&](Pki& pki) {
         pki.intermediate.break_signature = true;
         return whole(pki);
       }},
      {"invalid CA certificate",
       [&](Pki& pki) {
         pki.intermediate.basic_constraints = BasicConstraints{};
         return whole(pki);
       },
       true, "-x509_strict"},
      {"path length constraint exceeded",
       [&](Pki& pki) {
         pki.root.basic_constraints = BasicConstraints{true, 0};
         return whole(pki);
       }},
      {"unsuitable certificate purpose",
       [&](Pki& pki) {
         pki.leaf.extended_key_usage = {oid::client_auth};
         return whole(pki);
       },
       true, "-purpose sslserver"},
      {"permitted subtree violation",
       [&](Pki& pki) {
         pki.intermediate.name_constraints.permitted = {"other.example"};
         return whole(pki);
       }},
      {"unhandled critical extension",
       [&](Pki& pki) {
         pki.leaf.extensions = {{der::parse_oid("1.2.3.4").value(), true, {5, 0}}};
         return whole(pki);
       }},
      {"self-signed certificate in certificate chain", whole, false},
      {"unable to get local issuer certificate", [](Pki& pki) { return std::vector<Buffer>{pki.leaf_der()}; },
       false},
      {"self-signed certificate",
       [](Pki& pki) {
         pki.leaf.issuer = pki.leaf.subject;
         pki.leaf.authority_key_id = {};
         return std::vector<Buffer>{build_certificate(pki.leaf, *pki.leaf_key).value()};
       },
       false},
      {"EE certificate key too weak",
       [&](Pki& pki) {
         pki.leaf_key = new_key(KeySpec::rsa(1024));
         pki.leaf.public_key = pki.leaf_key->public_key();
         return whole(pki);
       },
       true, "-auth_level 2"},
      {"CA signature digest algorithm too weak",
       [&](Pki& pki) {
         pki.intermediate.hash = MBEDTLS_MD_SHA1;
         return whole(pki);
       },
       true, "-auth_level 2"},
  };
  for (const auto& one : cases) {
    Pki pki;
    const auto sent = one.send(pki);
    Keys keys;
    const auto mirrored = mirror_chain(sent, keys.source()).value();
    INFO(one.fault);
    const auto original = judge(folder, sent, one.rooted, one.options);
    INFO(original);
    CHECK(original.find(one.fault) != std::string::npos);
    CHECK(judge(folder, mirrored.chain, one.rooted, one.options) == original);
    CHECK(mirrored.not_repeated.empty());
    CHECK(mirrored.chain != sent);
  }
}

TEST_CASE("fields are repeated byte by byte, key identifiers fit the new keys") {
  Pki pki;
  pki.leaf.serial = from_hex("80abcdef").value();
  pki.leaf.crl_urls = {"ldap:///CN=Contoso"};
  pki.leaf.extensions = {
      {der::parse_oid("1.3.6.1.4.1.311.20.2").value(), false, der::text(0x1e, std::string_view("\0W", 2))}};
  const std::vector<Buffer> sent{pki.leaf_der(), pki.intermediate_der()};
  Keys keys;
  const auto mirrored = mirror_chain(sent, keys.source()).value();
  REQUIRE(mirrored.chain.size() == 2);
  const auto leaf = parse_raw_certificate(mirrored.chain[0]).value();
  const auto issuer = parse_raw_certificate(mirrored.chain[1]).value();
  const auto original = parse_raw_certificate(sent[0]).value();
  CHECK(std::ranges::equal(leaf.serial, original.serial));
  CHECK(std::ranges::equal(leaf.issuer, original.issuer));
  CHECK(std::ranges::equal(leaf.validity, original.validity));
  CHECK(std::ranges::equal(leaf.subject, original.subject));
  CHECK_FALSE(std::ranges::equal(leaf.public_key, original.public_key));
  CHECK(std::ranges::equal(leaf.public_key, mirrored.leaf_key->public_key()));
  CHECK(mirrored.leaf_key->type() == KeySpec::p256());
  CHECK(std::ranges::equal(leaf.authority_key_id(), issuer.subject_key_id()));
  CHECK(std::ranges::equal(leaf.subject_key_id(), key_identifier(leaf.public_key)));
  for (const auto* oid : {"2.5.29.17", "2.5.29.31", "2.5.29.37", "1.3.6.1.4.1.311.20.2"}) {
    const auto ours = leaf.extension(der::parse_oid(oid).value());
    const auto theirs = original.extension(der::parse_oid(oid).value());
    REQUIRE((ours && theirs));
    CHECK(std::ranges::equal(*ours, *theirs));
  }
}

TEST_CASE("an authority key identifier that doesn't fit its issuer stays unfit") {
  Pki pki;
  pki.leaf.authority_key_id = from_hex("0102030405").value();
  Keys keys;
  const auto mirrored = mirror_chain({pki.leaf_der(), pki.intermediate_der()}, keys.source()).value();
  CHECK(to_hex(parse_raw_certificate(mirrored.chain[0])->authority_key_id()) == "0102030405");
}

TEST_CASE("what can't be repeated is said with its place in the chain") {
  Pki pki;
  pki.leaf.extensions = {
      {der::parse_oid("1.3.6.1.4.1.11129.2.4.2").value(), false, der::octet_string({})},
      {der::parse_oid("1.3.6.1.5.5.7.1.24").value(), false, from_hex("3003020105").value()}};
  // An Ed25519 key (RFC 8410 section 4): 32 bytes under 1.3.101.112.
  pki.leaf.public_key = der::sequence(
      {der::sequence({der::oid(der::parse_oid("1.3.101.112").value())}), der::bit_string(Buffer(32, 7))});
  Keys keys;
  const auto mirrored = mirror_chain({pki.leaf_der(), Buffer{1, 2, 3}}, keys.source()).value();
  const auto all = join(mirrored.not_repeated, "\n");
  INFO(all);
  CHECK(mirrored.not_repeated.size() == 4);
  CHECK(all.find("certificate 0: its Ed25519 key, EC P-256 instead") != std::string::npos);
  CHECK(all.find("certificate 0: its signed certificate timestamps") != std::string::npos);
  CHECK(all.find("certificate 0: its demand for a stapled OCSP answer") != std::string::npos);
  CHECK(all.find("certificate 1: it is malformed and left out") != std::string::npos);
  CHECK(mirrored.leaf_key->type() == KeySpec::p256());
  CHECK_FALSE(
      parse_raw_certificate(mirrored.chain[0])->extension(der::parse_oid("1.3.6.1.4.1.11129.2.4.2").value()));
}

TEST_CASE("a client that has no use for the leaf's kind of key is shown the other, and it is said") {
  Pki pki;
  const bool is_rsa = GENERATE(false, true);
  if (is_rsa) {
    pki.leaf_key = new_key(KeySpec::rsa(1024));
    pki.leaf.public_key = pki.leaf_key->public_key();
  }
  const std::vector<Buffer> sent{pki.leaf_der(), pki.intermediate_der()};
  Keys keys;
  const auto same = mirror_chain(sent, keys.source(), {.lacks = is_rsa ? Lacks::ecdsa : Lacks::rsa}).value();
  CHECK(same.leaf_key->type() == pki.leaf_key->type());
  CHECK(same.not_repeated.empty());
  const auto other = mirror_chain(sent, keys.source(), {.lacks = is_rsa ? Lacks::rsa : Lacks::ecdsa}).value();
  CHECK(other.leaf_key->type() == (is_rsa ? KeySpec::p256() : KeySpec::rsa(2048)));
  REQUIRE(other.not_repeated.size() == 1);
  CHECK(other.not_repeated[0] ==
        (is_rsa ? "certificate 0: its RSA 1024 key, which the client can't use, EC P-256 instead"
                : "certificate 0: its EC P-256 key, which the client can't use, RSA 2048 instead"));
}

TEST_CASE("no certificate, or a malformed leaf, can't be mirrored") {
  Keys keys;
  CHECK_FALSE(mirror_chain({}, keys.source()));
  CHECK_FALSE(mirror_chain({Buffer{0x30, 0x03, 1, 2, 3}}, keys.source()));
}

TEST_CASE("every prefix of a certificate, and every changed byte, is parsed or refused without harm") {
  const Pki pki;
  auto der = pki.leaf_der();
  for (std::size_t size = 0; size < der.size(); ++size)
    CHECK_FALSE(parse_raw_certificate(Bytes(der).first(size)));
  for (auto& byte : der) {
    byte ^= 0x81;
    if (const auto parsed = parse_raw_certificate(der)) CHECK(parsed->to_be_signed.size() < der.size());
    byte ^= 0x81;
  }
}

TEST_CASE("a trusted upstream mirrored under the local CA is accepted for its own names alone") {
  NEEDS_OPENSSL();
  const TemporaryFolder folder;
  LocalCaSettings settings;
  settings.key = KeySpec::p256();
  const auto ca_file = folder.file("ca.pem");
  REQUIRE(LocalCa::init(ca_file, folder.file("ca.key"), settings, now()));
  const auto ca = LocalCa::load(ca_file, folder.file("ca.key"), "", now()).value();
  Pki pki;
  Keys keys;
  const auto mirrored = mirror_under_ca({pki.leaf_der(), pki.intermediate_der()}, *ca, keys.source()).value();
  REQUIRE(mirrored.chain.size() == 2);
  const auto leaf = folder.pem("leaf.pem", mirrored.chain[0]);
  const auto verify = "openssl verify -x509_strict -purpose sslserver -CAfile " + ca_file;
  const auto good = run(verify + " -verify_hostname mail.contoso.example " + leaf);
  INFO(good.text);
  CHECK(good.status == 0);
  CHECK(run(verify + " -verify_hostname other.example " + leaf).has("hostname mismatch"));
}

TEST_CASE("keys that few clients know are repeated for those that do, and for issuers") {
  struct Row {
    KeySpec type;
    UsableKeys client;
    std::string_view signature;
  };
  const std::array rows{Row{KeySpec::ed25519(), {.ed25519 = true}, "ED25519"},
                        Row{KeySpec::ed448(), {.ed448 = true}, "ED448"},
                        Row{KeySpec::rsa_pss(2048), {.rsa_pss = true}, "rsassaPss"},
                        Row{{MBEDTLS_ECP_DP_SECP256K1}, {.curve = true}, "ecdsa-with"},
                        Row{{MBEDTLS_ECP_DP_SECP224R1}, {.curve = true}, "ecdsa-with"},
                        Row{{MBEDTLS_ECP_DP_BP256R1}, {.curve = true}, "ecdsa-with"}};
  for (const auto& row : rows) {
    const auto key = PrivateKey::generate(row.type).value();
    CertificateSpec spec;
    spec.subject = spec.issuer = name_of({{"CN", "mail.example"}});
    spec.not_after = std::chrono::sys_days{std::chrono::year{2040} / 1 / 1};
    spec.public_key = key->public_key();
    const auto certificate = build_certificate(spec, *key).value();
    CAPTURE(to_string(row.type));
    const auto original = parse_raw_certificate(certificate).value();
    CHECK(describe_signature(original.signature_algorithm).name.starts_with(row.signature));
    CHECK(is_signed_by(original, key->public_key()) == true);

    Keys keys;
    const auto same = mirror_chain({certificate}, keys.source(), row.client).value();
    CHECK(same.leaf_key->type() == row.type);
    CHECK(same.not_repeated.empty());
    const auto repeated = parse_raw_certificate(same.chain[0]).value();
    CHECK(is_signed_by(repeated, same.leaf_key->public_key()) == true);
    CHECK(describe_signature(repeated.signature_algorithm).name.starts_with(row.signature));
    REQUIRE(Identity::from_der(same.chain, same.leaf_key->to_der().value()));

    const auto other = mirror_chain({certificate}, keys.source()).value();
    CHECK(other.leaf_key->type() == (row.client.rsa_pss ? KeySpec::rsa(2048) : KeySpec::p256()));
    CHECK(other.not_repeated.size() >= 1);
  }
}

TEST_CASE("a signature by RSASSA-PSS with an ordinary RSA key stays one for clients that verify it") {
  const auto ca = PrivateKey::generate(KeySpec::rsa(2048)).value();
  const auto key = PrivateKey::generate(KeySpec::p256()).value();
  CertificateSpec spec;
  spec.subject = name_of({{"CN", "mail.example"}});
  spec.issuer = name_of({{"CN", "ca.example"}});
  spec.not_after = std::chrono::sys_days{std::chrono::year{2040} / 1 / 1};
  spec.public_key = key->public_key();
  spec.padding = Padding::pss;
  for (const auto hash : {MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA512}) {
    spec.hash = hash;
    const auto leaf = build_certificate(spec, *ca).value();
    CHECK(is_signed_by(parse_raw_certificate(leaf).value(), ca->public_key()) == true);
    auto issuer = spec;
    issuer.subject = issuer.issuer;
    issuer.public_key = ca->public_key();
    const auto root = build_certificate(issuer, *ca).value();

    Keys keys;
    const auto same = mirror_chain({leaf, root}, keys.source(), {.pss_signatures = true}).value();
    CHECK(same.not_repeated.empty());
    const auto mirrored_root = parse_raw_certificate(same.chain[1]).value();
    for (const auto& each : same.chain) {
      const auto repeated = parse_raw_certificate(each).value();
      const auto scheme = describe_signature(repeated.signature_algorithm);
      CHECK(scheme.pss);
      CHECK(scheme.hash == hash);
      CHECK(is_signed_by(repeated, mirrored_root.public_key) == true);
    }
    const auto other = mirror_chain({leaf, root}, keys.source()).value();
    CHECK_FALSE(describe_signature(parse_raw_certificate(other.chain[0]).value().signature_algorithm).pss);
    CHECK(other.not_repeated.size() == 2);
  }
}
