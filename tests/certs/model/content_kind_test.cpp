// What files are that aren't certificates.
#include "certs/model/content_kind.h"

#include <catch2/catch_test_macros.hpp>

#include "certs/model/pem.h"
#include "tests/certs/forge.h"

using namespace mailtap;
using namespace mailtap::certs;
using namespace mailtap::forge;

namespace {

std::string text_of(const Buffer& der) {
  return std::string(as_text(der));
}

std::string in_utf16(std::string_view text, bool big_endian = false, bool with_mark = true) {
  std::string wide = !with_mark ? "" : big_endian ? "\xfe\xff" : "\xff\xfe";
  for (const char c : text) wide += big_endian ? std::string{'\0', c} : std::string{c, '\0'};
  return wide;
}

const Buffer integer_0 = tlv(0x02, Buffer{0});
const Buffer some_algorithm = tlv(0x30, {oid("1.2.840.113549.1.1.1"), tlv(0x05, Buffer{})});
const Buffer some_octets = tlv(0x04, Buffer(200));
const Buffer some_bits = tlv(0x03, Buffer(200));

/// As a PFX begins in BER: everything of indefinite length.
std::string ber_pfx() {
  return text_of({0x30, 0x80, 0x02, 0x01, 0x03, 0x30, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48,
                  0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01, 0xa0, 0x80, 0x24, 0x80, 0x04, 0x00});
}

}  // namespace

TEST_CASE("what is no certificate is known by its outline, in DER and with any label in PEM") {
  const auto ca = Ca::root("Root");
  const auto info = tlv(0x30, {integer_0, forge::name("x"), Key::ec().spki(), tlv(0xa0, Buffer{})});
  const auto info_of_version_3 =
      tlv(0x30, {tlv(0x02, Buffer{2}), forge::name("x"), Key::ec().spki(), tlv(0xa0, Buffer{})});
  const std::vector<std::pair<ContentKind, Buffer>> objects{
      {ContentKind::certificate, ca.der},
      {ContentKind::revocation_list, crl(ca, {})},
      {ContentKind::request, tlv(0x30, {info, some_algorithm, some_bits})},
      {ContentKind::request, tlv(0x30, {info_of_version_3, some_algorithm, some_bits})},
      {ContentKind::pfx, tlv(0x30, {tlv(0x02, Buffer{3}), some_algorithm})},
      {ContentKind::private_key, tlv(0x30, {integer_0, some_algorithm, some_octets})},
      {ContentKind::private_key, tlv(0x30, {tlv(0x02, Buffer{1}), some_octets})},
      {ContentKind::private_key,
       tlv(0x30, {integer_0, tlv(0x02, Buffer(20, 7)), tlv(0x02, Buffer{3}), tlv(0x02, Buffer(20, 7))})},
      {ContentKind::encrypted_key, tlv(0x30, {some_algorithm, some_octets})},
      {ContentKind::public_key, Key::ec().spki()},
      {ContentKind::pkcs7, tlv(0x30, {oid("1.2.840.113549.1.7.2"), tlv(0xa0, Buffer{})})},
      {ContentKind::ocsp_response, tlv(0x30, {tlv(0x0a, Buffer{0}), tlv(0xa0, Buffer{})})},
      {ContentKind::nothing, tlv(0x30, tlv(0x0c, Buffer{'x'}))},
  };
  for (const auto& [kind, der] : objects) {
    CAPTURE(to_string(kind));
    CHECK(kind_of_der(der) == kind);
    CHECK(kind_of_content(text_of(der)) == kind);
    if (kind == ContentKind::nothing) continue;
    CHECK(kind_of_content(to_pem(der, "SOMETHING")) == kind);
    CHECK(kind_of_content(to_pem(der, "CERTIFICATE")) == kind);
    CHECK(kind_of_content(in_utf16(to_pem(der, "CERTIFICATE"))) == kind);
    const auto found = certificates_in(to_pem(der, "CERTIFICATE"));
    REQUIRE(found);
    CHECK(found->size() == (kind == ContentKind::certificate ? 1 : 0));
    CHECK(certificates_in(text_of(der))->size() == found->size());
  }
  CHECK(kind_of_content(ber_pfx()) == ContentKind::pfx);
  CHECK(kind_of_content(std::string("\0\0\0\0CERT", 8)) == ContentKind::windows_store);
  CHECK(kind_of_content("\xfe\xed\xfe\xed") == ContentKind::java_keystore);
  CHECK(kind_of_content("ssh-ed25519 AAAA") == ContentKind::ssh_key);
  CHECK(kind_of_content("hello") == ContentKind::nothing);
}

TEST_CASE("what is signed and has no certificate's shape is none, unless it is called one") {
  const auto holder = tlv(0x30, tlv(0xa0, forge::name("x")));
  const auto attributes = tlv(0x30, {tlv(0x02, Buffer{1}), holder, tlv(0xa0, Buffer{}), some_algorithm});
  const auto challenge = tlv(0x30, {Key::ec().spki(), tlv(0x16, Buffer{'x'})});
  for (const auto& content : {attributes, challenge}) {
    const auto der = tlv(0x30, {content, some_algorithm, some_bits});
    CHECK(kind_of_der(der) == ContentKind::nothing);
    CHECK(certificates_in(text_of(der))->empty());
    CHECK(certificates_in(to_pem(der, "CERTIFICATE"))->size() == 1);
  }
}

TEST_CASE("the sentence on a file without a certificate says what it holds and what to do") {
  CHECK(without_certificate(ber_pfx()).find("holds no certificate: it is a PFX (PKCS#12)") == 0);
  CHECK(without_certificate(to_pem(some_octets, "EC PRIVATE KEY")) ==
        "holds no certificate: it is a private key; give the file of its certificate");
  CHECK(without_certificate("hello") ==
        "holds no certificate (PEM, DER and PKCS#7 are understood); give the certificate's file");
}

TEST_CASE("certificates are read out of PEM in UTF-16, bare base64, and PKCS#7 in BER") {
  const auto ca = Ca::root("Root");
  const auto pem = to_pem(ca.der, "CERTIFICATE");
  for (const auto& content : {pem, "\xef\xbb\xbf" + pem, in_utf16(pem), in_utf16(pem, true),
                              in_utf16(pem, false, false), to_base64(ca.der)}) {
    const auto found = certificates_in(content);
    REQUIRE(found);
    CHECK(*found == std::vector<Buffer>{ca.der});
  }
  const auto definite =
      tlv(0x30, {tlv(0x02, Buffer{1}), tlv(0x31, Buffer{}), tlv(0x30, oid("1.2.840.113549.1.7.1")),
                 tlv(0xa0, ca.der), tlv(0x31, Buffer{})});
  const auto type = oid("1.2.840.113549.1.7.2");
  Buffer ber{0x30, 0x80};
  ber.insert(ber.end(), type.begin(), type.end());
  ber.insert(ber.end(), {0xa0, 0x80});
  ber.insert(ber.end(), definite.begin(), definite.end());
  ber.insert(ber.end(), {0, 0, 0, 0});
  CHECK(*certificates_in(text_of(ber)) == std::vector<Buffer>{ca.der});
  ber.resize(ber.size() - 3);
  CHECK(certificates_in(text_of(ber))->empty());
}

TEST_CASE("what is called a certificate and is nothing at all stays one that can't be read") {
  const auto found = certificates_in(to_pem(tlv(0x30, tlv(0x0c, Buffer(200))), "CERTIFICATE"));
  REQUIRE(found);
  CHECK(found->size() == 1);
}
