// Object identifiers as the content octets that stand in a certificate.
#pragma once

#include <string_view>

#include "config/base/bytes.h"

namespace mailtap::certs::oid {

using namespace std::string_view_literals;

inline bool is(Bytes value, std::string_view oid) {
  return as_text(value) == oid;
}

// Attributes of a distinguished name (X.520, RFC 2985, RFC 4519).
inline constexpr auto common_name = "\x55\x04\x03"sv;
inline constexpr auto country = "\x55\x04\x06"sv;
inline constexpr auto locality = "\x55\x04\x07"sv;
inline constexpr auto state = "\x55\x04\x08"sv;
inline constexpr auto organisation = "\x55\x04\x0a"sv;
inline constexpr auto organisational_unit = "\x55\x04\x0b"sv;
inline constexpr auto domain_component = "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19"sv;
inline constexpr auto email_address = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"sv;

// Extensions (RFC 5280 section 4.2; 5.2 for CRLs).
inline constexpr auto subject_key_id = "\x55\x1d\x0e"sv;
inline constexpr auto key_usage = "\x55\x1d\x0f"sv;
inline constexpr auto subject_alt_name = "\x55\x1d\x11"sv;
inline constexpr auto issuer_alt_name = "\x55\x1d\x12"sv;
inline constexpr auto basic_constraints = "\x55\x1d\x13"sv;
inline constexpr auto crl_number = "\x55\x1d\x14"sv;
inline constexpr auto crl_reason = "\x55\x1d\x15"sv;
inline constexpr auto delta_crl_indicator = "\x55\x1d\x1b"sv;
inline constexpr auto issuing_distribution_point = "\x55\x1d\x1c"sv;
inline constexpr auto certificate_issuer = "\x55\x1d\x1d"sv;
inline constexpr auto name_constraints = "\x55\x1d\x1e"sv;
inline constexpr auto crl_distribution_points = "\x55\x1d\x1f"sv;
inline constexpr auto certificate_policies = "\x55\x1d\x20"sv;
inline constexpr auto any_policy = "\x55\x1d\x20\x00"sv;
inline constexpr auto policy_mappings = "\x55\x1d\x21"sv;
inline constexpr auto authority_key_id = "\x55\x1d\x23"sv;
inline constexpr auto policy_constraints = "\x55\x1d\x24"sv;
inline constexpr auto extended_key_usage = "\x55\x1d\x25"sv;
inline constexpr auto freshest_crl = "\x55\x1d\x2e"sv;
inline constexpr auto inhibit_any_policy = "\x55\x1d\x36"sv;
inline constexpr auto authority_info_access = "\x2b\x06\x01\x05\x05\x07\x01\x01"sv;
inline constexpr auto tls_feature = "\x2b\x06\x01\x05\x05\x07\x01\x18"sv;  // RFC 7633
inline constexpr auto signed_certificate_timestamps =
    "\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02"sv;                   // RFC 6962
inline constexpr auto ocsp = "\x2b\x06\x01\x05\x05\x07\x30\x01"sv;  // the other access method
inline constexpr auto ca_issuers =
    "\x2b\x06\x01\x05\x05\x07\x30\x02"sv;  // an access method of authorityInfoAccess

// Key purposes.
inline constexpr auto server_auth = "\x2b\x06\x01\x05\x05\x07\x03\x01"sv;
inline constexpr auto client_auth = "\x2b\x06\x01\x05\x05\x07\x03\x02"sv;
inline constexpr auto ocsp_signing = "\x2b\x06\x01\x05\x05\x07\x03\x09"sv;
inline constexpr auto any_purpose = "\x55\x1d\x25\x00"sv;

// OCSP (RFC 6960 section 4.2.1; RFC 6962 section 3.3).
inline constexpr auto ocsp_basic = "\x2b\x06\x01\x05\x05\x07\x30\x01\x01"sv;
inline constexpr auto ocsp_timestamps = "\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x05"sv;

// Hashes.
inline constexpr auto sha1 = "\x2b\x0e\x03\x02\x1a"sv;
inline constexpr auto sha256 = "\x60\x86\x48\x01\x65\x03\x04\x02\x01"sv;
inline constexpr auto sha384 = "\x60\x86\x48\x01\x65\x03\x04\x02\x02"sv;
inline constexpr auto sha512 = "\x60\x86\x48\x01\x65\x03\x04\x02\x03"sv;

// Active Directory Certificate Services (1.3.6.1.4.1.311).
inline constexpr auto ms_template_name = "\x2b\x06\x01\x04\x01\x82\x37\x14\x02"sv;         // .20.2
inline constexpr auto ms_template = "\x2b\x06\x01\x04\x01\x82\x37\x15\x07"sv;              // .21.7
inline constexpr auto ms_application_policies = "\x2b\x06\x01\x04\x01\x82\x37\x15\x0a"sv;  // .21.10

// Mechanisms of GSS-API.
inline constexpr auto spnego = "\x2b\x06\x01\x05\x05\x02"sv;
inline constexpr auto kerberos = "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"sv;
inline constexpr auto ms_kerberos =
    "\x2a\x86\x48\x82\xf7\x12\x01\x02\x02"sv;  // a misprint that became customary
inline constexpr auto ntlm = "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"sv;

// Keys.
inline constexpr auto rsa = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"sv;
inline constexpr auto ec = "\x2a\x86\x48\xce\x3d\x02\x01"sv;
inline constexpr auto dsa = "\x2a\x86\x48\xce\x38\x04\x01"sv;
inline constexpr auto ed25519 = "\x2b\x65\x70"sv;
inline constexpr auto ed448 = "\x2b\x65\x71"sv;

// Signatures.
inline constexpr auto md5_with_rsa = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04"sv;
inline constexpr auto sha1_with_rsa = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"sv;
inline constexpr auto sha224_with_rsa = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0e"sv;
inline constexpr auto sha256_with_rsa = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"sv;
inline constexpr auto sha384_with_rsa = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c"sv;
inline constexpr auto sha512_with_rsa = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d"sv;
inline constexpr auto ecdsa_with_sha1 = "\x2a\x86\x48\xce\x3d\x04\x01"sv;
inline constexpr auto ecdsa_with_sha224 = "\x2a\x86\x48\xce\x3d\x04\x03\x01"sv;
inline constexpr auto ecdsa_with_sha256 = "\x2a\x86\x48\xce\x3d\x04\x03\x02"sv;
inline constexpr auto ecdsa_with_sha384 = "\x2a\x86\x48\xce\x3d\x04\x03\x03"sv;
inline constexpr auto ecdsa_with_sha512 = "\x2a\x86\x48\xce\x3d\x04\x03\x04"sv;
inline constexpr auto rsa_pss = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"sv;
inline constexpr auto sm2_with_sm3 = "\x2a\x81\x1c\xcf\x55\x01\x83\x75"sv;
inline constexpr auto mgf1 = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"sv;

// PKCS#7 (RFC 5652).
inline constexpr auto pkcs7 = "\x2a\x86\x48\x86\xf7\x0d\x01\x07"sv;
inline constexpr auto signed_data = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"sv;

// Encrypted keys (RFC 8018).
inline constexpr auto pbes2 = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"sv;
inline constexpr auto pbkdf2 = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c"sv;
inline constexpr auto hmac_with_sha256 = "\x2a\x86\x48\x86\xf7\x0d\x02\x09"sv;
inline constexpr auto aes_256_cbc = "\x60\x86\x48\x01\x65\x03\x04\x01\x2a"sv;

// Requests (RFC 2985 section 5.4.2), and the attribute that IIS and Exchange wrote before.
inline constexpr auto extension_request = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e"sv;
inline constexpr auto ms_extension_request = "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0e"sv;

}  // namespace mailtap::certs::oid
