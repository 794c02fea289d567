#include "tls/names.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "config/base/text.h"

namespace mailtap::tls {

namespace {

struct Name {
  std::uint16_t number;
  std::string_view text;
};

constexpr std::array versions = {
    Name{0x0002, "SSLv2"},   Name{0x0300, "SSLv3"},   Name{0x0301, "TLSv1.0"},
    Name{0x0302, "TLSv1.1"}, Name{0x0303, "TLSv1.2"}, Name{0x0304, "TLSv1.3"},
};

constexpr std::array cipher_suites = {
    Name{0x0001, "TLS_RSA_WITH_NULL_MD5"},
    Name{0x0002, "TLS_RSA_WITH_NULL_SHA"},
    Name{0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5"},
    Name{0x0004, "TLS_RSA_WITH_RC4_128_MD5"},
    Name{0x0005, "TLS_RSA_WITH_RC4_128_SHA"},
    Name{0x0009, "TLS_RSA_WITH_DES_CBC_SHA"},
    Name{0x000A, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
    Name{0x0013, "TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA"},
    Name{0x0015, "TLS_DHE_RSA_WITH_DES_CBC_SHA"},
    Name{0x0016, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"},
    Name{0x002F, "TLS_RSA_WITH_AES_128_CBC_SHA"},
    Name{0x0032, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA"},
    Name{0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"},
    Name{0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"},
    Name{0x0038, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA"},
    Name{0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"},
    Name{0x003B, "TLS_RSA_WITH_NULL_SHA256"},
    Name{0x003C, "TLS_RSA_WITH_AES_128_CBC_SHA256"},
    Name{0x003D, "TLS_RSA_WITH_AES_256_CBC_SHA256"},
    Name{0x0040, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA256"},
    Name{0x0041, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA"},
    Name{0x0045, "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA"},
    Name{0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"},
    Name{0x006A, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA256"},
    Name{0x006B, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"},
    Name{0x0084, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA"},
    Name{0x0088, "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA"},
    Name{0x009C, "TLS_RSA_WITH_AES_128_GCM_SHA256"},
    Name{0x009D, "TLS_RSA_WITH_AES_256_GCM_SHA384"},
    Name{0x009E, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"},
    Name{0x009F, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"},
    Name{0x00BA, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256"},
    Name{0x00BE, "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"},
    Name{0x00C0, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA256"},
    Name{0x00C4, "TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256"},
    Name{0x00FF, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"},
    Name{0x1301, "TLS_AES_128_GCM_SHA256"},
    Name{0x1302, "TLS_AES_256_GCM_SHA384"},
    Name{0x1303, "TLS_CHACHA20_POLY1305_SHA256"},
    Name{0x1304, "TLS_AES_128_CCM_SHA256"},
    Name{0x1305, "TLS_AES_128_CCM_8_SHA256"},
    Name{0x5600, "TLS_FALLBACK_SCSV"},
    Name{0xC001, "TLS_ECDH_ECDSA_WITH_NULL_SHA"},
    Name{0xC004, "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA"},
    Name{0xC005, "TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA"},
    Name{0xC006, "TLS_ECDHE_ECDSA_WITH_NULL_SHA"},
    Name{0xC007, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"},
    Name{0xC008, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"},
    Name{0xC009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"},
    Name{0xC00A, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"},
    Name{0xC00B, "TLS_ECDH_RSA_WITH_NULL_SHA"},
    Name{0xC00E, "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA"},
    Name{0xC00F, "TLS_ECDH_RSA_WITH_AES_256_CBC_SHA"},
    Name{0xC010, "TLS_ECDHE_RSA_WITH_NULL_SHA"},
    Name{0xC011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA"},
    Name{0xC012, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"},
    Name{0xC013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"},
    Name{0xC014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"},
    Name{0xC023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"},
    Name{0xC024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"},
    Name{0xC025, "TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256"},
    Name{0xC026, "TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA384"},
    Name{0xC027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"},
    Name{0xC028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"},
    Name{0xC029, "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA256"},
    Name{0xC02A, "TLS_ECDH_RSA_WITH_AES_256_CBC_SHA384"},
    Name{0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
    Name{0xC02C, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
    Name{0xC02D, "TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256"},
    Name{0xC02E, "TLS_ECDH_ECDSA_WITH_AES_256_GCM_SHA384"},
    Name{0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
    Name{0xC030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
    Name{0xC031, "TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256"},
    Name{0xC032, "TLS_ECDH_RSA_WITH_AES_256_GCM_SHA384"},
    Name{0xC072, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256"},
    Name{0xC073, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384"},
    Name{0xC074, "TLS_ECDH_ECDSA_WITH_CAMELLIA_128_CBC_SHA256"},
    Name{0xC075, "TLS_ECDH_ECDSA_WITH_CAMELLIA_256_CBC_SHA384"},
    Name{0xC076, "TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"},
    Name{0xC077, "TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384"},
    Name{0xC078, "TLS_ECDH_RSA_WITH_CAMELLIA_128_CBC_SHA256"},
    Name{0xC079, "TLS_ECDH_RSA_WITH_CAMELLIA_256_CBC_SHA384"},
    Name{0xC07A, "TLS_RSA_WITH_CAMELLIA_128_GCM_SHA256"},
    Name{0xC07B, "TLS_RSA_WITH_CAMELLIA_256_GCM_SHA384"},
    Name{0xC07C, "TLS_DHE_RSA_WITH_CAMELLIA_128_GCM_SHA256"},
    Name{0xC07D, "TLS_DHE_RSA_WITH_CAMELLIA_256_GCM_SHA384"},
    Name{0xC086, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_GCM_SHA256"},
    Name{0xC087, "TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_GCM_SHA384"},
    Name{0xC088, "TLS_ECDH_ECDSA_WITH_CAMELLIA_128_GCM_SHA256"},
    Name{0xC089, "TLS_ECDH_ECDSA_WITH_CAMELLIA_256_GCM_SHA384"},
    Name{0xC08A, "TLS_ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256"},
    Name{0xC08B, "TLS_ECDHE_RSA_WITH_CAMELLIA_256_GCM_SHA384"},
    Name{0xC08C, "TLS_ECDH_RSA_WITH_CAMELLIA_128_GCM_SHA256"},
    Name{0xC08D, "TLS_ECDH_RSA_WITH_CAMELLIA_256_GCM_SHA384"},
    Name{0xC09C, "TLS_RSA_WITH_AES_128_CCM"},
    Name{0xC09D, "TLS_RSA_WITH_AES_256_CCM"},
    Name{0xC09E, "TLS_DHE_RSA_WITH_AES_128_CCM"},
    Name{0xC09F, "TLS_DHE_RSA_WITH_AES_256_CCM"},
    Name{0xC0A0, "TLS_RSA_WITH_AES_128_CCM_8"},
    Name{0xC0A1, "TLS_RSA_WITH_AES_256_CCM_8"},
    Name{0xC0A2, "TLS_DHE_RSA_WITH_AES_128_CCM_8"},
    Name{0xC0A3, "TLS_DHE_RSA_WITH_AES_256_CCM_8"},
    Name{0xC0AC, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"},
    Name{0xC0AD, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM"},
    Name{0xC0AE, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"},
    Name{0xC0AF, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8"},
    Name{0xCCA8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
    Name{0xCCA9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"},
    Name{0xCCAA, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
};

constexpr std::array groups = {
    Name{0x0012, "secp192k1"},
    Name{0x0013, "secp192r1"},
    Name{0x0014, "secp224k1"},
    Name{0x0015, "secp224r1"},
    Name{0x0016, "secp256k1"},
    Name{0x0017, "secp256r1"},
    Name{0x0018, "secp384r1"},
    Name{0x0019, "secp521r1"},
    Name{0x001A, "brainpoolP256r1"},
    Name{0x001B, "brainpoolP384r1"},
    Name{0x001C, "brainpoolP512r1"},
    Name{0x001D, "x25519"},
    Name{0x001E, "x448"},
    Name{0x001F, "brainpoolP256r1tls13"},
    Name{0x0020, "brainpoolP384r1tls13"},
    Name{0x0021, "brainpoolP512r1tls13"},
    Name{0x0029, "curveSM2"},
    Name{0x0100, "ffdhe2048"},
    Name{0x0101, "ffdhe3072"},
    Name{0x0102, "ffdhe4096"},
    Name{0x0103, "ffdhe6144"},
    Name{0x0104, "ffdhe8192"},
    Name{0x0200, "MLKEM512"},
    Name{0x0201, "MLKEM768"},
    Name{0x0202, "MLKEM1024"},
    Name{0x11EB, "SecP256r1MLKEM768"},
    Name{0x11EC, "X25519MLKEM768"},
    Name{0x11ED, "SecP384r1MLKEM1024"},
    Name{0x6399, "X25519Kyber768Draft00"},
};

constexpr std::array signature_algorithms = {
    Name{0x0101, "rsa_pkcs1_md5"},
    Name{0x0201, "rsa_pkcs1_sha1"},
    Name{0x0202, "dsa_sha1"},
    Name{0x0203, "ecdsa_sha1"},
    Name{0x0301, "rsa_pkcs1_sha224"},
    Name{0x0302, "dsa_sha224"},
    Name{0x0303, "ecdsa_sha224"},
    Name{0x0401, "rsa_pkcs1_sha256"},
    Name{0x0402, "dsa_sha256"},
    Name{0x0403, "ecdsa_secp256r1_sha256"},
    Name{0x0501, "rsa_pkcs1_sha384"},
    Name{0x0502, "dsa_sha384"},
    Name{0x0503, "ecdsa_secp384r1_sha384"},
    Name{0x0601, "rsa_pkcs1_sha512"},
    Name{0x0602, "dsa_sha512"},
    Name{0x0603, "ecdsa_secp521r1_sha512"},
    Name{0x0804, "rsa_pss_rsae_sha256"},
    Name{0x0805, "rsa_pss_rsae_sha384"},
    Name{0x0806, "rsa_pss_rsae_sha512"},
    Name{0x0807, "ed25519"},
    Name{0x0808, "ed448"},
    Name{0x0809, "rsa_pss_pss_sha256"},
    Name{0x080A, "rsa_pss_pss_sha384"},
    Name{0x080B, "rsa_pss_pss_sha512"},
    Name{0x081A, "ecdsa_brainpoolP256r1tls13_sha256"},
    Name{0x081B, "ecdsa_brainpoolP384r1tls13_sha384"},
    Name{0x081C, "ecdsa_brainpoolP512r1tls13_sha512"},
    Name{0x0904, "mldsa44"},
    Name{0x0905, "mldsa65"},
    Name{0x0906, "mldsa87"},
};

constexpr std::array extensions = {
    Name{0x0000, "server_name"},
    Name{0x0001, "max_fragment_length"},
    Name{0x0002, "client_certificate_url"},
    Name{0x0003, "trusted_ca_keys"},
    Name{0x0004, "truncated_hmac"},
    Name{0x0005, "status_request"},
    Name{0x0006, "user_mapping"},
    Name{0x0007, "client_authz"},
    Name{0x0008, "server_authz"},
    Name{0x0009, "cert_type"},
    Name{0x000A, "supported_groups"},
    Name{0x000B, "ec_point_formats"},
    Name{0x000C, "srp"},
    Name{0x000D, "signature_algorithms"},
    Name{0x000E, "use_srtp"},
    Name{0x000F, "heartbeat"},
    Name{0x0010, "application_layer_protocol_negotiation"},
    Name{0x0011, "status_request_v2"},
    Name{0x0012, "signed_certificate_timestamp"},
    Name{0x0013, "client_certificate_type"},
    Name{0x0014, "server_certificate_type"},
    Name{0x0015, "padding"},
    Name{0x0016, "encrypt_then_mac"},
    Name{0x0017, "extended_main_secret"},
    Name{0x0018, "token_binding"},
    Name{0x0019, "cached_info"},
    Name{0x001B, "compress_certificate"},
    Name{0x001C, "record_size_limit"},
    Name{0x0022, "delegated_credential"},
    Name{0x0023, "session_ticket"},
    Name{0x0029, "pre_shared_key"},
    Name{0x002A, "early_data"},
    Name{0x002B, "supported_versions"},
    Name{0x002C, "cookie"},
    Name{0x002D, "psk_key_exchange_modes"},
    Name{0x002F, "certificate_authorities"},
    Name{0x0030, "oid_filters"},
    Name{0x0031, "post_handshake_auth"},
    Name{0x0032, "signature_algorithms_cert"},
    Name{0x0033, "key_share"},
    Name{0x0034, "transparency_info"},
    Name{0x0039, "quic_transport_parameters"},
    Name{0x3374, "next_protocol_negotiation"},
    Name{0x4469, "application_settings_old"},
    Name{0x44CD, "application_settings"},
    Name{0xFE0D, "encrypted_client_hello"},
    Name{0xFF01, "renegotiation_info"},
};

constexpr std::array handshake_types = {
    Name{0, "hello_request"},      Name{1, "client_hello"},         Name{2, "server_hello"},
    Name{4, "new_session_ticket"}, Name{5, "end_of_early_data"},    Name{8, "encrypted_extensions"},
    Name{11, "certificate"},       Name{12, "server_key_exchange"}, Name{13, "certificate_request"},
    Name{14, "server_hello_done"}, Name{15, "certificate_verify"},  Name{16, "client_key_exchange"},
    Name{20, "finished"},          Name{21, "certificate_url"},     Name{22, "certificate_status"},
    Name{23, "supplemental_data"}, Name{24, "key_update"},          Name{25, "compressed_certificate"},
    Name{254, "message_hash"},
};

std::string look_up(std::span<const Name> table, std::uint16_t number) {
  const auto found =
      std::lower_bound(table.begin(), table.end(), number,
                       [](const Name& name, std::uint16_t wanted) { return name.number < wanted; });
  if (found != table.end() && found->number == number) return std::string(found->text);
  const std::array bytes{static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
  return "0x" + to_hex(bytes);
}

}  // namespace

std::string version_name(std::uint16_t version) {
  return look_up(versions, version);
}

std::string cipher_suite_name(std::uint16_t suite) {
  return look_up(cipher_suites, suite);
}

std::string group_name(std::uint16_t group) {
  return look_up(groups, group);
}

std::string signature_algorithm_name(std::uint16_t algorithm) {
  return look_up(signature_algorithms, algorithm);
}

std::string extension_name(std::uint16_t type) {
  return look_up(extensions, type);
}

std::string handshake_type_name(std::uint8_t type) {
  return look_up(handshake_types, type);
}

}  // namespace mailtap::tls
