#include "certs/issue/builder.h"

#include <catch2/catch_test_macros.hpp>

#include "certs/asn1/der_writer.h"
#include "presentation_support.h"

using namespace mailtap;
using namespace mailtap::certs;
using namespace mailtap::test;

namespace {

KeyPtr new_key(KeySpec type = KeySpec::p256()) {
  return PrivateKey::generate(type).value();
}

CertificateSpec self_signed(const PrivateKey& key) {
  CertificateSpec spec;
  spec.subject = spec.issuer = name_of({{"C", "VN"}, {"O", "Contoso"}, {"CN", "mail.contoso.example"}});
  spec.not_before = now() - std::chrono::days{1};
  spec.not_after = now() + std::chrono::days{30};
  spec.public_key = key.public_key();
  spec.names = {"mail.contoso.example", "*.contoso.example", "192.0.2.7", "2001:db8::7"};
  return spec;
}

}  // namespace

TEST_CASE("DER lengths, OIDs, numbers and times are encoded as X.690 says") {
  CHECK(to_hex(der::oid(der::parse_oid("1.2.840.113549.1.1.11").value())) == "06092a864886f70d01010b");
  CHECK(to_hex(der::oid(der::parse_oid("2.5.29.17").value())) == "0603551d11");
  CHECK_FALSE(der::parse_oid("1.2.x"));
  CHECK_FALSE(der::parse_oid("3.1"));
  CHECK_FALSE(der::parse_oid(""));
  CHECK(to_hex(as_bytes(der::parse_oid("2.999").value())) == "8837");
  CHECK(to_hex(der::integer(std::uint64_t{0})) == "020100");
  CHECK(to_hex(der::integer(std::uint64_t{128})) == "02020080");
  CHECK(to_hex(der::named_bits(digital_signature | key_encipherment)) == "030205a0");
  CHECK(to_hex(der::element(der::tag_octet_string, Buffer(200))).substr(0, 6) == "0481c8");
  CHECK(to_hex(der::element(der::tag_octet_string, Buffer(70000))).substr(0, 10) == "0483011170");
  CHECK(as_text(der::time(from_rfc3339("2049-12-31T23:59:59Z").value())).substr(2) == "491231235959Z");
  CHECK(as_text(der::time(from_rfc3339("2050-01-01T00:00:00Z").value())).substr(2) == "20500101000000Z");
}

TEST_CASE("keys of every type survive PEM, DER and encrypted PEM, and a wrong password is told") {
  for (const auto type : {KeySpec::p256(), KeySpec::p384(), KeySpec::p521(), KeySpec::rsa(1024)}) {
    const auto key = new_key(type);
    CHECK(key->type() == type);
    CHECK(PrivateKey::parse(key->to_pem().value(), "", "k").value()->public_key() == key->public_key());
    const auto der = key->to_der().value();
    CHECK(PrivateKey::parse({der.begin(), der.end()}, "", "k").value()->public_key() == key->public_key());
    const auto encrypted = key->to_encrypted_pem("mật khẩu").value();
    CHECK(PrivateKey::parse(encrypted, "mật khẩu", "k").value()->public_key() == key->public_key());
    CHECK(PrivateKey::parse(encrypted, "x", "ca.key").error().message ==
          "ca.key: the password doesn't fit the private key; give the one that it was encrypted with");
    CHECK(PrivateKey::parse(encrypted, "", "ca.key").error().message.find("no password was given") !=
          std::string::npos);
  }
  CHECK(PrivateKey::parse("nothing", "", "ca.key").error().message.find("ca.key: holds no private key") == 0);
}

TEST_CASE("openssl reads our encrypted keys") {
  NEEDS_OPENSSL();
  const TemporaryFolder folder;
  const auto file = folder.file("key.pem", new_key()->to_encrypted_pem("secret").value());
  CHECK(run("openssl pkey -noout -passin pass:secret -in " + file).status == 0);
  CHECK(run("openssl pkey -noout -passin pass:wrong -in " + file).status != 0);
}

TEST_CASE("openssl finds in a certificate what the spec asked for") {
  NEEDS_OPENSSL();
  const TemporaryFolder folder;
  const auto key = new_key(KeySpec::rsa(2048));
  auto spec = self_signed(*key);
  spec.serial = from_hex("00ff01").value();
  spec.emails = {"admin@contoso.example"};
  spec.key_usage = digital_signature | key_cert_sign;
  spec.extended_key_usage = {oid::server_auth, oid::client_auth};
  spec.basic_constraints = BasicConstraints{true, 3};
  spec.name_constraints = {{"contoso.example", "192.0.2.0/25"}, {"evil.contoso.example", "2001:db8::/33"}};
  spec.authority_key_id = key_identifier(spec.public_key);
  spec.crl_urls = {"http://pki.contoso.example/a.crl"};
  spec.ca_issuer_urls = {"http://pki.contoso.example/a.crt"};
  spec.extensions = {{der::parse_oid("1.3.6.1.4.1.311.20.2").value(), false,
                      der::text(0x1e, std::string_view("\0W\0e\0b", 6))}};
  const auto file = folder.pem("cert.pem", build_certificate(spec, *key).value());
  const auto text = run("openssl x509 -noout -text -nameopt RFC2253 -in " + file);
  INFO(text.text);
  for (const auto* part :
       {"Serial Number: 65281", "sha256WithRSAEncryption", "Issuer: CN=mail.contoso.example,O=Contoso,C=VN",
        "DNS:mail.contoso.example, DNS:*.contoso.example, IP Address:192.0.2.7, IP "
        "Address:2001:DB8:0:0:0:0:0:7, "
        "email:admin@contoso.example",
        "Digital Signature, Certificate Sign", "TLS Web Server Authentication, TLS Web Client Authentication",
        "CA:TRUE, pathlen:3", "Permitted:", "DNS:contoso.example", "IP:192.0.2.0/255.255.255.128",
        "Excluded:", "IP:2001:DB8:0:0:0:0:0:0/FFFF:FFFF:8000:0:0:0:0:0",
        "URI:http://pki.contoso.example/a.crl", "CA Issuers - URI:http://pki.contoso.example/a.crt",
        "1.3.6.1.4.1.311.20.2", "X509v3 Subject Key Identifier", "X509v3 Authority Key Identifier"})
    CHECK(text.has(part));
  CHECK(run("openssl verify -check_ss_sig -CAfile " + file + " " + file).status == 0);
}

TEST_CASE("faulty certificates have the fault that was asked for and no other") {
  NEEDS_OPENSSL();
  const TemporaryFolder folder;
  const auto key = new_key(KeySpec::rsa(1024));
  const auto judge = [&](const CertificateSpec& spec, const std::string& options = "-auth_level 0") {
    const auto file = folder.pem("cert.pem", build_certificate(spec, *key).value());
    return run("openssl verify -check_ss_sig " + options + " -CAfile " + file + " " + file);
  };
  CHECK(judge(self_signed(*key)).status == 0);
  CHECK(judge(self_signed(*key), "-auth_level 2").has("key too weak"));

  auto expired = self_signed(*key);
  expired.not_after = now() - std::chrono::hours{1};
  CHECK(judge(expired).has("certificate has expired"));

  auto early = self_signed(*key);
  early.not_before = now() + std::chrono::hours{1};
  CHECK(judge(early).has("not yet valid"));

  auto broken = self_signed(*key);
  broken.break_signature = true;
  CHECK(judge(broken).has("certificate signature failure"));

  auto old = self_signed(*key);
  old.hash = MBEDTLS_MD_SHA1;
  CHECK(judge(old).status == 0);
  CHECK(run("openssl x509 -noout -text -in " + folder.file("cert.pem")).has("sha1WithRSAEncryption"));

  auto version_1 = self_signed(*key);
  version_1.version_1 = true;
  CHECK(judge(version_1).status == 0);
  CHECK(run("openssl x509 -noout -text -in " + folder.file("cert.pem")).has("Version: 1 (0x0)"));
}

TEST_CASE("a name that can't stand in a certificate is an error that shows it") {
  const auto key = new_key();
  for (const auto* name : {"", "two words", "hộp-thư.example"}) {
    auto spec = self_signed(*key);
    spec.names = {name};
    const auto built = build_certificate(spec, *key);
    REQUIRE_FALSE(built);
    CHECK(built.error().message.find("\"" + std::string(name) + "\"") == 0);
  }
  auto spec = self_signed(*key);
  spec.name_constraints.permitted = {"192.0.2.0/33"};
  CHECK_FALSE(build_certificate(spec, *key));
}

TEST_CASE("a cancelled key is given up early") {
  CHECK_FALSE(PrivateKey::generate(KeySpec::rsa(4096), [] { return true; }));
  CHECK_FALSE(PrivateKey::generate(KeySpec::rsa(512)));
}
