#include "certs/issue/certificate_request.h"

#include <catch2/catch_test_macros.hpp>

#include "certs/issue/builder.h"
#include "presentation_support.h"

using namespace mailtap;
using namespace mailtap::certs;
using namespace mailtap::test;

namespace {

std::string openssl_request(const TemporaryFolder& folder, const std::string& options) {
  const auto done = run("openssl req -new -nodes -keyout " + folder.file("key.pem") + " -out " +
                        folder.file("csr") + " " + options);
  INFO(done.text);
  REQUIRE(done.status == 0);
  return read_file(folder.file("csr")).value();
}

}  // namespace

TEST_CASE("a request's names are its subjectAltName's, else its CN") {
  NEEDS_OPENSSL();
  const TemporaryFolder folder;
  const auto with_names = parse_certificate_request(
      openssl_request(
          folder,
          "-newkey rsa:2048 -subj /O=Contoso/CN=mail -addext "
          "subjectAltName=DNS:mail.contoso.example,DNS:autodiscover.contoso.example,IP:192.0.2.1"),
      "csr");
  REQUIRE(with_names);
  CHECK(with_names->names ==
        std::vector<std::string>{"mail.contoso.example", "autodiscover.contoso.example", "192.0.2.1"});
  CHECK(with_names->key_type == KeySpec::rsa(2048));
  const auto with_cn = parse_certificate_request(
      openssl_request(
          folder,
          "-sha1 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -outform DER -subj /CN=mail.contoso.example"),
      "csr");
  REQUIRE(with_cn);
  CHECK(with_cn->names == std::vector<std::string>{"mail.contoso.example"});
}

TEST_CASE("a request in UTF-16, as certreq may write it, in bare base64 or DER is the same request") {
  NEEDS_OPENSSL();
  const TemporaryFolder folder;
  const auto pem = openssl_request(folder, "-newkey rsa:2048 -subj /CN=mail.contoso.example");
  const auto der = from_pem(pem, "CERTIFICATE REQUEST")->front();
  std::string wide = "\xff\xfe";
  for (const char c : pem) wide += {c, '\0'};
  const std::string binary(as_text(der));
  for (const auto& content : {wide, "\xef\xbb\xbf" + pem, to_base64(der), binary, binary + "\r\n"}) {
    const auto request = parse_certificate_request(content, "csr");
    REQUIRE(request);
    CHECK(request->names == std::vector<std::string>{"mail.contoso.example"});
  }
}

TEST_CASE("an empty subject and critical extensions are no reason to refuse a request") {
  NEEDS_OPENSSL();
  const TemporaryFolder folder;
  const auto request = parse_certificate_request(
      openssl_request(
          folder,
          "-newkey rsa:2048 -subj / -addext subjectAltName=critical,DNS:mail.contoso.example,"
          "DNS:mail.contoso.example.,email:a@contoso.example -addext basicConstraints=critical,CA:FALSE "
          "-addext extendedKeyUsage=critical,serverAuth,clientAuth -addext "
          "keyUsage=critical,digitalSignature "
          "-addext tlsfeature=status_request"),
      "csr");
  REQUIRE(request);
  CHECK(request->subject.empty());
  CHECK(request->names == std::vector<std::string>{"mail.contoso.example"});
  CHECK(request->left_out == std::vector<std::string>{"an e-mail address in its subjectAltName",
                                                      "the purpose (extKeyUsage) 1.3.6.1.5.5.7.3.2",
                                                      "the extension 1.3.6.1.5.5.7.1.24"});
}

TEST_CASE("other files given as a request are named") {
  NEEDS_OPENSSL();
  const TemporaryFolder folder;
  openssl_request(folder, "-newkey rsa:2048 -subj /CN=x");
  const auto key = read_file(folder.file("key.pem")).value();
  CHECK(parse_certificate_request(key, "k").error().message ==
        "k: holds a private key, not a certificate request (PKCS#10); give the request's file");
  REQUIRE(run("openssl req -x509 -key " + folder.file("key.pem") + " -subj /CN=x -outform DER -out " +
              folder.file("cert.der"))
              .status == 0);
  CHECK(parse_certificate_request(read_file(folder.file("cert.der")).value(), "c").error().message ==
        "c: holds a certificate, not a certificate request (PKCS#10); give the request's file");
}

TEST_CASE("a common name in U-labels or a BMPString is a name, as its A-labels") {
  NEEDS_OPENSSL();
  const TemporaryFolder folder;
  const auto utf8 = parse_certificate_request(
      openssl_request(folder, "-utf8 -newkey rsa:2048 -subj /CN=m\xc3\xa4il.contoso.example"), "csr");
  REQUIRE(utf8);
  CHECK(utf8->names == std::vector<std::string>{"xn--mil-qla.contoso.example"});
  CHECK(parse_certificate_request(openssl_request(folder, "-newkey ed25519 -subj /CN=mail.contoso.example"),
                                  "csr"));
}

TEST_CASE("a common name with a trailing dot loses it, as the names do, and other text keeps its own") {
  NEEDS_OPENSSL();
  const TemporaryFolder folder;
  const auto request = parse_certificate_request(
      openssl_request(folder, "-newkey ed25519 -subj '/O=Contoso Inc./CN=mail.contoso.example.'"), "csr");
  REQUIRE(request);
  CHECK(request->names == std::vector<std::string>{"mail.contoso.example"});
  CHECK(request->subject == name_of({{"O", "Contoso Inc."}, {"CN", "mail.contoso.example"}}));
}

TEST_CASE("a request as IIS labels it is read, a changed one and other files are refused") {
  NEEDS_OPENSSL();
  const TemporaryFolder folder;
  auto pem = openssl_request(
      folder, "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -newhdr -subj /CN=mail.contoso.example");
  CHECK(pem.find("BEGIN NEW CERTIFICATE REQUEST") != std::string::npos);
  REQUIRE(parse_certificate_request(pem, "csr"));

  auto der = from_pem(pem, "NEW CERTIFICATE REQUEST")->front();
  std::string changed(der.begin(), der.end());
  changed.replace(changed.find("mail.contoso"), 4, "evil");
  CHECK(parse_certificate_request(changed, "csr").error().message.find("isn't signed by the key") !=
        std::string::npos);
  CHECK(parse_certificate_request("hello", "a.txt").error().message ==
        "a.txt: holds no certificate request, neither PEM nor DER; give the request's file");
  CHECK_FALSE(parse_certificate_request(std::string("\x30\x03\x02\x01\x00", 5), "csr"));
}
