#include "certs/certificate_request.h"

#include <catch2/catch_test_macros.hpp>

#include "presentation_support.h"

using namespace mailtap;
using namespace mailtap::certs;
using namespace mailtap::certs::making;
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
  CHECK(with_names->key_type == KeyType::rsa(2048));
  const auto with_cn = parse_certificate_request(
      openssl_request(
          folder,
          "-sha1 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -outform DER -subj /CN=mail.contoso.example"),
      "csr");
  REQUIRE(with_cn);
  CHECK(with_cn->names == std::vector<std::string>{"mail.contoso.example"});
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
        "a.txt: holds no certificate request, neither PEM nor DER");
  CHECK_FALSE(parse_certificate_request(std::string("\x30\x03\x02\x01\x00", 5), "csr"));
}
