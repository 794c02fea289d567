// The numbers of TLS, each in its one place, as IANA's registries and the RFCs have them. A peer may send any
// other: fields of messages are plain numbers, and these convert to such by themselves. tls/names.h has the
// names.
#pragma once

#include <cstdint>

namespace mailtap::tls {

/// ProtocolVersion (RFC 8446 section 4.1.2 and appendix D; SSL 2: RFC 6101 appendix E).
namespace version {
enum Version : std::uint16_t {
  none = 0,
  ssl20 = 0x0002,
  ssl30 = 0x0300,
  tls10 = 0x0301,
  tls11 = 0x0302,
  tls12 = 0x0303,
  tls13 = 0x0304,
};
}
using version::Version;

/// ContentType of a record (registry "TLS ContentType", RFC 8446 section 5.1).
namespace content_type {
enum ContentType : std::uint8_t {
  change_cipher_spec = 20,
  alert = 21,
  handshake = 22,
  application_data = 23,
};
}
using content_type::ContentType;

/// Registry "TLS HandshakeType" (RFC 8446 section 4).
namespace handshake_type {
enum HandshakeType : std::uint8_t {
  hello_request = 0,
  client_hello = 1,
  server_hello = 2,
  new_session_ticket = 4,
  end_of_early_data = 5,
  encrypted_extensions = 8,
  certificate = 11,
  server_key_exchange = 12,
  certificate_request = 13,
  server_hello_done = 14,
  certificate_verify = 15,
  client_key_exchange = 16,
  finished = 20,
  certificate_url = 21,
  certificate_status = 22,
  supplemental_data = 23,
  key_update = 24,
  compressed_certificate = 25,
  message_hash = 254,
};
}
using handshake_type::HandshakeType;

/// AlertDescription (registry "TLS Alerts": RFC 8446 section 6, TLS 1.2's own from RFC 5246 section 7.2,
/// certificate status and the like from RFC 6066 section 9).
namespace alert {
inline constexpr int close_notify = 0;
inline constexpr int unexpected_message = 10;
inline constexpr int bad_record_mac = 20;
inline constexpr int decryption_failed = 21;
inline constexpr int record_overflow = 22;
inline constexpr int decompression_failure = 30;
inline constexpr int handshake_failure = 40;
inline constexpr int no_certificate = 41;
inline constexpr int bad_certificate = 42;
inline constexpr int unsupported_certificate = 43;
inline constexpr int certificate_revoked = 44;
inline constexpr int certificate_expired = 45;
inline constexpr int certificate_unknown = 46;
inline constexpr int illegal_parameter = 47;
inline constexpr int unknown_ca = 48;
inline constexpr int access_denied = 49;
inline constexpr int decode_error = 50;
inline constexpr int decrypt_error = 51;
inline constexpr int export_restriction = 60;
inline constexpr int protocol_version = 70;
inline constexpr int insufficient_security = 71;
inline constexpr int internal_error = 80;
inline constexpr int inappropriate_fallback = 86;
inline constexpr int user_canceled = 90;
inline constexpr int no_renegotiation = 100;
inline constexpr int missing_extension = 109;
inline constexpr int unsupported_extension = 110;
inline constexpr int certificate_unobtainable = 111;
inline constexpr int unrecognized_name = 112;
inline constexpr int bad_certificate_status_response = 113;
inline constexpr int bad_certificate_hash_value = 114;
inline constexpr int unknown_psk_identity = 115;
inline constexpr int certificate_required = 116;
inline constexpr int no_application_protocol = 120;
}  // namespace alert

/// AlertLevel (RFC 8446 section 6).
namespace alert_level {
inline constexpr std::uint8_t warning = 1;
inline constexpr std::uint8_t fatal = 2;
}  // namespace alert_level

/// Registry "TLS ExtensionType Values".
namespace extension {
enum ExtensionType : std::uint16_t {
  server_name = 0x0000,
  max_fragment_length = 0x0001,
  client_certificate_url = 0x0002,
  trusted_ca_keys = 0x0003,
  truncated_hmac = 0x0004,
  status_request = 0x0005,
  user_mapping = 0x0006,
  client_authz = 0x0007,
  server_authz = 0x0008,
  cert_type = 0x0009,
  supported_groups = 0x000A,
  ec_point_formats = 0x000B,
  srp = 0x000C,
  signature_algorithms = 0x000D,
  use_srtp = 0x000E,
  heartbeat = 0x000F,
  application_layer_protocol_negotiation = 0x0010,
  status_request_v2 = 0x0011,
  signed_certificate_timestamp = 0x0012,
  client_certificate_type = 0x0013,
  server_certificate_type = 0x0014,
  padding = 0x0015,
  encrypt_then_mac = 0x0016,
  extended_main_secret = 0x0017,
  token_binding = 0x0018,
  cached_info = 0x0019,
  compress_certificate = 0x001B,
  record_size_limit = 0x001C,
  delegated_credential = 0x0022,
  session_ticket = 0x0023,
  pre_shared_key = 0x0029,
  early_data = 0x002A,
  supported_versions = 0x002B,
  cookie = 0x002C,
  psk_key_exchange_modes = 0x002D,
  certificate_authorities = 0x002F,
  oid_filters = 0x0030,
  post_handshake_auth = 0x0031,
  signature_algorithms_cert = 0x0032,
  key_share = 0x0033,
  transparency_info = 0x0034,
  quic_transport_parameters = 0x0039,
  next_protocol_negotiation = 0x3374,
  application_settings_old = 0x4469,
  application_settings = 0x44CD,
  encrypted_client_hello = 0xFE0D,
  renegotiation_info = 0xFF01,
};
}
using extension::ExtensionType;

/// Registry "TLS Supported Groups" (RFC 8446 section 4.2.7, RFC 8422, RFC 7919, RFC 7027; the numbers that
/// end in "tls13": RFC 8734).
namespace group {
enum Group : std::uint16_t {
  none = 0,  ///< unassigned: no key exchange by a group
  sect163k1 = 0x0001,
  sect163r1 = 0x0002,
  sect163r2 = 0x0003,
  sect193r1 = 0x0004,
  sect193r2 = 0x0005,
  sect233k1 = 0x0006,
  sect233r1 = 0x0007,
  sect239k1 = 0x0008,
  sect283k1 = 0x0009,
  sect283r1 = 0x000A,
  sect409k1 = 0x000B,
  sect409r1 = 0x000C,
  sect571k1 = 0x000D,
  sect571r1 = 0x000E,
  secp160k1 = 0x000F,
  secp160r1 = 0x0010,
  secp160r2 = 0x0011,
  secp192k1 = 0x0012,
  secp192r1 = 0x0013,
  secp224k1 = 0x0014,
  secp224r1 = 0x0015,
  secp256k1 = 0x0016,
  secp256r1 = 0x0017,
  secp384r1 = 0x0018,
  secp521r1 = 0x0019,
  brainpoolP256r1 = 0x001A,
  brainpoolP384r1 = 0x001B,
  brainpoolP512r1 = 0x001C,
  x25519 = 0x001D,
  x448 = 0x001E,
  brainpoolP256r1tls13 = 0x001F,
  brainpoolP384r1tls13 = 0x0020,
  brainpoolP512r1tls13 = 0x0021,
  curveSM2 = 0x0029,
  ffdhe2048 = 0x0100,
  ffdhe3072 = 0x0101,
  ffdhe4096 = 0x0102,
  ffdhe6144 = 0x0103,
  ffdhe8192 = 0x0104,
  MLKEM512 = 0x0200,
  MLKEM768 = 0x0201,
  MLKEM1024 = 0x0202,
  SecP256r1MLKEM768 = 0x11EB,
  X25519MLKEM768 = 0x11EC,
  SecP384r1MLKEM1024 = 0x11ED,
  X25519Kyber768Draft00 = 0x6399,
  // Explicit curves, which RFC 8422 took away (RFC 4492 section 5.1.1).
  arbitrary_explicit_prime_curves = 0xFF01,
  arbitrary_explicit_char2_curves = 0xFF02,
};
}
using group::Group;

/// Registry "TLS SignatureScheme" (RFC 8446 section 4.2.3); before TLS 1.3 a hash and a signature (RFC 5246
/// section 7.4.1.4.1).
namespace signature {
enum SignatureScheme : std::uint16_t {
  rsa_pkcs1_md5 = 0x0101,
  rsa_pkcs1_sha1 = 0x0201,
  dsa_sha1 = 0x0202,
  ecdsa_sha1 = 0x0203,
  rsa_pkcs1_sha224 = 0x0301,
  dsa_sha224 = 0x0302,
  ecdsa_sha224 = 0x0303,
  rsa_pkcs1_sha256 = 0x0401,
  dsa_sha256 = 0x0402,
  ecdsa_secp256r1_sha256 = 0x0403,
  rsa_pkcs1_sha384 = 0x0501,
  dsa_sha384 = 0x0502,
  ecdsa_secp384r1_sha384 = 0x0503,
  rsa_pkcs1_sha512 = 0x0601,
  dsa_sha512 = 0x0602,
  ecdsa_secp521r1_sha512 = 0x0603,
  sm2sig_sm3 = 0x0708,
  rsa_pss_rsae_sha256 = 0x0804,
  rsa_pss_rsae_sha384 = 0x0805,
  rsa_pss_rsae_sha512 = 0x0806,
  ed25519 = 0x0807,
  ed448 = 0x0808,
  rsa_pss_pss_sha256 = 0x0809,
  rsa_pss_pss_sha384 = 0x080A,
  rsa_pss_pss_sha512 = 0x080B,
  ecdsa_brainpoolP256r1tls13_sha256 = 0x081A,
  ecdsa_brainpoolP384r1tls13_sha384 = 0x081B,
  ecdsa_brainpoolP512r1tls13_sha512 = 0x081C,
  mldsa44 = 0x0904,
  mldsa65 = 0x0905,
  mldsa87 = 0x0906,
};
}
using signature::SignatureScheme;

/// Registry "TLS Cipher Suites".
namespace suite {
enum CipherSuite : std::uint16_t {
  TLS_NULL_WITH_NULL_NULL = 0x0000,  ///< before anything is agreed on
  TLS_RSA_WITH_NULL_MD5 = 0x0001,
  TLS_RSA_WITH_NULL_SHA = 0x0002,
  TLS_RSA_EXPORT_WITH_RC4_40_MD5 = 0x0003,
  TLS_RSA_WITH_RC4_128_MD5 = 0x0004,
  TLS_RSA_WITH_RC4_128_SHA = 0x0005,
  TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5 = 0x0006,
  TLS_RSA_WITH_IDEA_CBC_SHA = 0x0007,
  TLS_RSA_EXPORT_WITH_DES40_CBC_SHA = 0x0008,
  TLS_RSA_WITH_DES_CBC_SHA = 0x0009,
  TLS_RSA_WITH_3DES_EDE_CBC_SHA = 0x000A,
  TLS_DH_DSS_EXPORT_WITH_DES40_CBC_SHA = 0x000B,
  TLS_DH_DSS_WITH_DES_CBC_SHA = 0x000C,
  TLS_DH_DSS_WITH_3DES_EDE_CBC_SHA = 0x000D,
  TLS_DH_RSA_EXPORT_WITH_DES40_CBC_SHA = 0x000E,
  TLS_DH_RSA_WITH_DES_CBC_SHA = 0x000F,
  TLS_DH_RSA_WITH_3DES_EDE_CBC_SHA = 0x0010,
  TLS_DHE_DSS_EXPORT_WITH_DES40_CBC_SHA = 0x0011,
  TLS_DHE_DSS_WITH_DES_CBC_SHA = 0x0012,
  TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA = 0x0013,
  TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA = 0x0014,
  TLS_DHE_RSA_WITH_DES_CBC_SHA = 0x0015,
  TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA = 0x0016,
  TLS_DH_anon_EXPORT_WITH_RC4_40_MD5 = 0x0017,
  TLS_DH_anon_WITH_RC4_128_MD5 = 0x0018,
  TLS_DH_anon_EXPORT_WITH_DES40_CBC_SHA = 0x0019,
  TLS_DH_anon_WITH_DES_CBC_SHA = 0x001A,
  TLS_DH_anon_WITH_3DES_EDE_CBC_SHA = 0x001B,
  TLS_RSA_WITH_AES_128_CBC_SHA = 0x002F,
  TLS_DH_DSS_WITH_AES_128_CBC_SHA = 0x0030,
  TLS_DH_RSA_WITH_AES_128_CBC_SHA = 0x0031,
  TLS_DHE_DSS_WITH_AES_128_CBC_SHA = 0x0032,
  TLS_DHE_RSA_WITH_AES_128_CBC_SHA = 0x0033,
  TLS_DH_anon_WITH_AES_128_CBC_SHA = 0x0034,
  TLS_RSA_WITH_AES_256_CBC_SHA = 0x0035,
  TLS_DH_DSS_WITH_AES_256_CBC_SHA = 0x0036,
  TLS_DH_RSA_WITH_AES_256_CBC_SHA = 0x0037,
  TLS_DHE_DSS_WITH_AES_256_CBC_SHA = 0x0038,
  TLS_DHE_RSA_WITH_AES_256_CBC_SHA = 0x0039,
  TLS_DH_anon_WITH_AES_256_CBC_SHA = 0x003A,
  TLS_RSA_WITH_NULL_SHA256 = 0x003B,
  TLS_RSA_WITH_AES_128_CBC_SHA256 = 0x003C,
  TLS_RSA_WITH_AES_256_CBC_SHA256 = 0x003D,
  TLS_DH_DSS_WITH_AES_128_CBC_SHA256 = 0x003E,
  TLS_DH_RSA_WITH_AES_128_CBC_SHA256 = 0x003F,
  TLS_DHE_DSS_WITH_AES_128_CBC_SHA256 = 0x0040,
  TLS_RSA_WITH_CAMELLIA_128_CBC_SHA = 0x0041,
  TLS_DH_DSS_WITH_CAMELLIA_128_CBC_SHA = 0x0042,
  TLS_DH_RSA_WITH_CAMELLIA_128_CBC_SHA = 0x0043,
  TLS_DHE_DSS_WITH_CAMELLIA_128_CBC_SHA = 0x0044,
  TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA = 0x0045,
  TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA = 0x0046,
  TLS_RSA_EXPORT1024_WITH_RC4_56_MD5 = 0x0060,
  TLS_RSA_EXPORT1024_WITH_RC2_CBC_56_MD5 = 0x0061,
  TLS_RSA_EXPORT1024_WITH_DES_CBC_SHA = 0x0062,
  TLS_DHE_DSS_EXPORT1024_WITH_DES_CBC_SHA = 0x0063,
  TLS_RSA_EXPORT1024_WITH_RC4_56_SHA = 0x0064,
  TLS_DHE_DSS_EXPORT1024_WITH_RC4_56_SHA = 0x0065,
  TLS_DHE_DSS_WITH_RC4_128_SHA = 0x0066,
  TLS_DHE_RSA_WITH_AES_128_CBC_SHA256 = 0x0067,
  TLS_DH_DSS_WITH_AES_256_CBC_SHA256 = 0x0068,
  TLS_DH_RSA_WITH_AES_256_CBC_SHA256 = 0x0069,
  TLS_DHE_DSS_WITH_AES_256_CBC_SHA256 = 0x006A,
  TLS_DHE_RSA_WITH_AES_256_CBC_SHA256 = 0x006B,
  TLS_DH_anon_WITH_AES_128_CBC_SHA256 = 0x006C,
  TLS_DH_anon_WITH_AES_256_CBC_SHA256 = 0x006D,
  TLS_GOSTR341094_WITH_28147_CNT_IMIT = 0x0080,
  TLS_GOSTR341001_WITH_28147_CNT_IMIT = 0x0081,
  TLS_GOSTR341094_WITH_NULL_GOSTR3411 = 0x0082,
  TLS_GOSTR341001_WITH_NULL_GOSTR3411 = 0x0083,
  TLS_RSA_WITH_CAMELLIA_256_CBC_SHA = 0x0084,
  TLS_DH_DSS_WITH_CAMELLIA_256_CBC_SHA = 0x0085,
  TLS_DH_RSA_WITH_CAMELLIA_256_CBC_SHA = 0x0086,
  TLS_DHE_DSS_WITH_CAMELLIA_256_CBC_SHA = 0x0087,
  TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA = 0x0088,
  TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA = 0x0089,
  TLS_RSA_WITH_SEED_CBC_SHA = 0x0096,
  TLS_DH_DSS_WITH_SEED_CBC_SHA = 0x0097,
  TLS_DH_RSA_WITH_SEED_CBC_SHA = 0x0098,
  TLS_DHE_DSS_WITH_SEED_CBC_SHA = 0x0099,
  TLS_DHE_RSA_WITH_SEED_CBC_SHA = 0x009A,
  TLS_DH_anon_WITH_SEED_CBC_SHA = 0x009B,
  TLS_RSA_WITH_AES_128_GCM_SHA256 = 0x009C,
  TLS_RSA_WITH_AES_256_GCM_SHA384 = 0x009D,
  TLS_DHE_RSA_WITH_AES_128_GCM_SHA256 = 0x009E,
  TLS_DHE_RSA_WITH_AES_256_GCM_SHA384 = 0x009F,
  TLS_DH_RSA_WITH_AES_128_GCM_SHA256 = 0x00A0,
  TLS_DH_RSA_WITH_AES_256_GCM_SHA384 = 0x00A1,
  TLS_DHE_DSS_WITH_AES_128_GCM_SHA256 = 0x00A2,
  TLS_DHE_DSS_WITH_AES_256_GCM_SHA384 = 0x00A3,
  TLS_DH_DSS_WITH_AES_128_GCM_SHA256 = 0x00A4,
  TLS_DH_DSS_WITH_AES_256_GCM_SHA384 = 0x00A5,
  TLS_DH_anon_WITH_AES_128_GCM_SHA256 = 0x00A6,
  TLS_DH_anon_WITH_AES_256_GCM_SHA384 = 0x00A7,
  TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256 = 0x00BA,
  TLS_DH_DSS_WITH_CAMELLIA_128_CBC_SHA256 = 0x00BB,
  TLS_DH_RSA_WITH_CAMELLIA_128_CBC_SHA256 = 0x00BC,
  TLS_DHE_DSS_WITH_CAMELLIA_128_CBC_SHA256 = 0x00BD,
  TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256 = 0x00BE,
  TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA256 = 0x00BF,
  TLS_RSA_WITH_CAMELLIA_256_CBC_SHA256 = 0x00C0,
  TLS_DH_DSS_WITH_CAMELLIA_256_CBC_SHA256 = 0x00C1,
  TLS_DH_RSA_WITH_CAMELLIA_256_CBC_SHA256 = 0x00C2,
  TLS_DHE_DSS_WITH_CAMELLIA_256_CBC_SHA256 = 0x00C3,
  TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256 = 0x00C4,
  TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA256 = 0x00C5,
  TLS_SM4_GCM_SM3 = 0x00C6,
  TLS_SM4_CCM_SM3 = 0x00C7,
  TLS_EMPTY_RENEGOTIATION_INFO_SCSV = 0x00FF,
  TLS_AES_128_GCM_SHA256 = 0x1301,
  TLS_AES_256_GCM_SHA384 = 0x1302,
  TLS_CHACHA20_POLY1305_SHA256 = 0x1303,
  TLS_AES_128_CCM_SHA256 = 0x1304,
  TLS_AES_128_CCM_8_SHA256 = 0x1305,
  TLS_FALLBACK_SCSV = 0x5600,
  TLS_ECDH_ECDSA_WITH_NULL_SHA = 0xC001,
  TLS_ECDH_ECDSA_WITH_RC4_128_SHA = 0xC002,
  TLS_ECDH_ECDSA_WITH_3DES_EDE_CBC_SHA = 0xC003,
  TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA = 0xC004,
  TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA = 0xC005,
  TLS_ECDHE_ECDSA_WITH_NULL_SHA = 0xC006,
  TLS_ECDHE_ECDSA_WITH_RC4_128_SHA = 0xC007,
  TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA = 0xC008,
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA = 0xC009,
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA = 0xC00A,
  TLS_ECDH_RSA_WITH_NULL_SHA = 0xC00B,
  TLS_ECDH_RSA_WITH_RC4_128_SHA = 0xC00C,
  TLS_ECDH_RSA_WITH_3DES_EDE_CBC_SHA = 0xC00D,
  TLS_ECDH_RSA_WITH_AES_128_CBC_SHA = 0xC00E,
  TLS_ECDH_RSA_WITH_AES_256_CBC_SHA = 0xC00F,
  TLS_ECDHE_RSA_WITH_NULL_SHA = 0xC010,
  TLS_ECDHE_RSA_WITH_RC4_128_SHA = 0xC011,
  TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA = 0xC012,
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA = 0xC013,
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA = 0xC014,
  TLS_ECDH_anon_WITH_NULL_SHA = 0xC015,
  TLS_ECDH_anon_WITH_RC4_128_SHA = 0xC016,
  TLS_ECDH_anon_WITH_3DES_EDE_CBC_SHA = 0xC017,
  TLS_ECDH_anon_WITH_AES_128_CBC_SHA = 0xC018,
  TLS_ECDH_anon_WITH_AES_256_CBC_SHA = 0xC019,
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 = 0xC023,
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384 = 0xC024,
  TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256 = 0xC025,
  TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA384 = 0xC026,
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256 = 0xC027,
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384 = 0xC028,
  TLS_ECDH_RSA_WITH_AES_128_CBC_SHA256 = 0xC029,
  TLS_ECDH_RSA_WITH_AES_256_CBC_SHA384 = 0xC02A,
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 = 0xC02B,
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 = 0xC02C,
  TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256 = 0xC02D,
  TLS_ECDH_ECDSA_WITH_AES_256_GCM_SHA384 = 0xC02E,
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 = 0xC02F,
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 = 0xC030,
  TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256 = 0xC031,
  TLS_ECDH_RSA_WITH_AES_256_GCM_SHA384 = 0xC032,
  TLS_RSA_WITH_ARIA_128_CBC_SHA256 = 0xC03C,
  TLS_RSA_WITH_ARIA_256_CBC_SHA384 = 0xC03D,
  TLS_DH_DSS_WITH_ARIA_128_CBC_SHA256 = 0xC03E,
  TLS_DH_DSS_WITH_ARIA_256_CBC_SHA384 = 0xC03F,
  TLS_DH_RSA_WITH_ARIA_128_CBC_SHA256 = 0xC040,
  TLS_DH_RSA_WITH_ARIA_256_CBC_SHA384 = 0xC041,
  TLS_DHE_DSS_WITH_ARIA_128_CBC_SHA256 = 0xC042,
  TLS_DHE_DSS_WITH_ARIA_256_CBC_SHA384 = 0xC043,
  TLS_DHE_RSA_WITH_ARIA_128_CBC_SHA256 = 0xC044,
  TLS_DHE_RSA_WITH_ARIA_256_CBC_SHA384 = 0xC045,
  TLS_DH_anon_WITH_ARIA_128_CBC_SHA256 = 0xC046,
  TLS_DH_anon_WITH_ARIA_256_CBC_SHA384 = 0xC047,
  TLS_ECDHE_ECDSA_WITH_ARIA_128_CBC_SHA256 = 0xC048,
  TLS_ECDHE_ECDSA_WITH_ARIA_256_CBC_SHA384 = 0xC049,
  TLS_ECDH_ECDSA_WITH_ARIA_128_CBC_SHA256 = 0xC04A,
  TLS_ECDH_ECDSA_WITH_ARIA_256_CBC_SHA384 = 0xC04B,
  TLS_ECDHE_RSA_WITH_ARIA_128_CBC_SHA256 = 0xC04C,
  TLS_ECDHE_RSA_WITH_ARIA_256_CBC_SHA384 = 0xC04D,
  TLS_ECDH_RSA_WITH_ARIA_128_CBC_SHA256 = 0xC04E,
  TLS_ECDH_RSA_WITH_ARIA_256_CBC_SHA384 = 0xC04F,
  TLS_RSA_WITH_ARIA_128_GCM_SHA256 = 0xC050,
  TLS_RSA_WITH_ARIA_256_GCM_SHA384 = 0xC051,
  TLS_DHE_RSA_WITH_ARIA_128_GCM_SHA256 = 0xC052,
  TLS_DHE_RSA_WITH_ARIA_256_GCM_SHA384 = 0xC053,
  TLS_DH_RSA_WITH_ARIA_128_GCM_SHA256 = 0xC054,
  TLS_DH_RSA_WITH_ARIA_256_GCM_SHA384 = 0xC055,
  TLS_DHE_DSS_WITH_ARIA_128_GCM_SHA256 = 0xC056,
  TLS_DHE_DSS_WITH_ARIA_256_GCM_SHA384 = 0xC057,
  TLS_DH_DSS_WITH_ARIA_128_GCM_SHA256 = 0xC058,
  TLS_DH_DSS_WITH_ARIA_256_GCM_SHA384 = 0xC059,
  TLS_DH_anon_WITH_ARIA_128_GCM_SHA256 = 0xC05A,
  TLS_DH_anon_WITH_ARIA_256_GCM_SHA384 = 0xC05B,
  TLS_ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256 = 0xC05C,
  TLS_ECDHE_ECDSA_WITH_ARIA_256_GCM_SHA384 = 0xC05D,
  TLS_ECDH_ECDSA_WITH_ARIA_128_GCM_SHA256 = 0xC05E,
  TLS_ECDH_ECDSA_WITH_ARIA_256_GCM_SHA384 = 0xC05F,
  TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256 = 0xC060,
  TLS_ECDHE_RSA_WITH_ARIA_256_GCM_SHA384 = 0xC061,
  TLS_ECDH_RSA_WITH_ARIA_128_GCM_SHA256 = 0xC062,
  TLS_ECDH_RSA_WITH_ARIA_256_GCM_SHA384 = 0xC063,
  TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256 = 0xC072,
  TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384 = 0xC073,
  TLS_ECDH_ECDSA_WITH_CAMELLIA_128_CBC_SHA256 = 0xC074,
  TLS_ECDH_ECDSA_WITH_CAMELLIA_256_CBC_SHA384 = 0xC075,
  TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256 = 0xC076,
  TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384 = 0xC077,
  TLS_ECDH_RSA_WITH_CAMELLIA_128_CBC_SHA256 = 0xC078,
  TLS_ECDH_RSA_WITH_CAMELLIA_256_CBC_SHA384 = 0xC079,
  TLS_RSA_WITH_CAMELLIA_128_GCM_SHA256 = 0xC07A,
  TLS_RSA_WITH_CAMELLIA_256_GCM_SHA384 = 0xC07B,
  TLS_DHE_RSA_WITH_CAMELLIA_128_GCM_SHA256 = 0xC07C,
  TLS_DHE_RSA_WITH_CAMELLIA_256_GCM_SHA384 = 0xC07D,
  TLS_DH_RSA_WITH_CAMELLIA_128_GCM_SHA256 = 0xC07E,
  TLS_DH_RSA_WITH_CAMELLIA_256_GCM_SHA384 = 0xC07F,
  TLS_DHE_DSS_WITH_CAMELLIA_128_GCM_SHA256 = 0xC080,
  TLS_DHE_DSS_WITH_CAMELLIA_256_GCM_SHA384 = 0xC081,
  TLS_DH_DSS_WITH_CAMELLIA_128_GCM_SHA256 = 0xC082,
  TLS_DH_DSS_WITH_CAMELLIA_256_GCM_SHA384 = 0xC083,
  TLS_DH_anon_WITH_CAMELLIA_128_GCM_SHA256 = 0xC084,
  TLS_DH_anon_WITH_CAMELLIA_256_GCM_SHA384 = 0xC085,
  TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_GCM_SHA256 = 0xC086,
  TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_GCM_SHA384 = 0xC087,
  TLS_ECDH_ECDSA_WITH_CAMELLIA_128_GCM_SHA256 = 0xC088,
  TLS_ECDH_ECDSA_WITH_CAMELLIA_256_GCM_SHA384 = 0xC089,
  TLS_ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256 = 0xC08A,
  TLS_ECDHE_RSA_WITH_CAMELLIA_256_GCM_SHA384 = 0xC08B,
  TLS_ECDH_RSA_WITH_CAMELLIA_128_GCM_SHA256 = 0xC08C,
  TLS_ECDH_RSA_WITH_CAMELLIA_256_GCM_SHA384 = 0xC08D,
  TLS_RSA_WITH_AES_128_CCM = 0xC09C,
  TLS_RSA_WITH_AES_256_CCM = 0xC09D,
  TLS_DHE_RSA_WITH_AES_128_CCM = 0xC09E,
  TLS_DHE_RSA_WITH_AES_256_CCM = 0xC09F,
  TLS_RSA_WITH_AES_128_CCM_8 = 0xC0A0,
  TLS_RSA_WITH_AES_256_CCM_8 = 0xC0A1,
  TLS_DHE_RSA_WITH_AES_128_CCM_8 = 0xC0A2,
  TLS_DHE_RSA_WITH_AES_256_CCM_8 = 0xC0A3,
  TLS_ECDHE_ECDSA_WITH_AES_128_CCM = 0xC0AC,
  TLS_ECDHE_ECDSA_WITH_AES_256_CCM = 0xC0AD,
  TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8 = 0xC0AE,
  TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8 = 0xC0AF,
  TLS_GOSTR341112_256_WITH_KUZNYECHIK_CTR_OMAC = 0xC100,
  TLS_GOSTR341112_256_WITH_MAGMA_CTR_OMAC = 0xC101,
  TLS_GOSTR341112_256_WITH_28147_CNT_IMIT = 0xC102,
  TLS_GOSTR341112_256_WITH_KUZNYECHIK_MGM_L = 0xC103,
  TLS_GOSTR341112_256_WITH_MAGMA_MGM_L = 0xC104,
  TLS_GOSTR341112_256_WITH_KUZNYECHIK_MGM_S = 0xC105,
  TLS_GOSTR341112_256_WITH_MAGMA_MGM_S = 0xC106,
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 = 0xCCA8,
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 = 0xCCA9,
  TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256 = 0xCCAA,
  TLS_RSA_WITH_ESTREAM_SALSA20_SHA1 = 0xE410,
  TLS_RSA_WITH_SALSA20_SHA1 = 0xE411,
  TLS_ECDHE_RSA_WITH_ESTREAM_SALSA20_SHA1 = 0xE412,
  TLS_ECDHE_RSA_WITH_SALSA20_SHA1 = 0xE413,
  TLS_ECDHE_ECDSA_WITH_ESTREAM_SALSA20_SHA1 = 0xE414,
  TLS_ECDHE_ECDSA_WITH_SALSA20_SHA1 = 0xE415,
  TLS_DHE_RSA_WITH_ESTREAM_SALSA20_SHA1 = 0xE41E,
  TLS_DHE_RSA_WITH_SALSA20_SHA1 = 0xE41F,
};
}
using suite::CipherSuite;

/// RFC 8701: values that clients send to keep servers tolerant. They mean nothing.
constexpr bool is_grease(std::uint16_t value) {
  return (value & 0x0F0F) == 0x0A0A && value >> 8 == (value & 0xFF);
}

}  // namespace mailtap::tls
