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
    Name{version::ssl20, "SSLv2"},   Name{version::ssl30, "SSLv3"},   Name{version::tls10, "TLSv1.0"},
    Name{version::tls11, "TLSv1.1"}, Name{version::tls12, "TLSv1.2"}, Name{version::tls13, "TLSv1.3"},
};

/// A number whose name in the code is the registry's.
#define NAMED(registry, name) \
  Name {                      \
    registry::name, #name     \
  }

constexpr std::array cipher_suites = {
    NAMED(suite, TLS_RSA_WITH_NULL_MD5),
    NAMED(suite, TLS_RSA_WITH_NULL_SHA),
    NAMED(suite, TLS_RSA_EXPORT_WITH_RC4_40_MD5),
    NAMED(suite, TLS_RSA_WITH_RC4_128_MD5),
    NAMED(suite, TLS_RSA_WITH_RC4_128_SHA),
    NAMED(suite, TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5),
    NAMED(suite, TLS_RSA_WITH_IDEA_CBC_SHA),
    NAMED(suite, TLS_RSA_EXPORT_WITH_DES40_CBC_SHA),
    NAMED(suite, TLS_RSA_WITH_DES_CBC_SHA),
    NAMED(suite, TLS_RSA_WITH_3DES_EDE_CBC_SHA),
    NAMED(suite, TLS_DH_DSS_EXPORT_WITH_DES40_CBC_SHA),
    NAMED(suite, TLS_DH_DSS_WITH_DES_CBC_SHA),
    NAMED(suite, TLS_DH_DSS_WITH_3DES_EDE_CBC_SHA),
    NAMED(suite, TLS_DH_RSA_EXPORT_WITH_DES40_CBC_SHA),
    NAMED(suite, TLS_DH_RSA_WITH_DES_CBC_SHA),
    NAMED(suite, TLS_DH_RSA_WITH_3DES_EDE_CBC_SHA),
    NAMED(suite, TLS_DHE_DSS_EXPORT_WITH_DES40_CBC_SHA),
    NAMED(suite, TLS_DHE_DSS_WITH_DES_CBC_SHA),
    NAMED(suite, TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA),
    NAMED(suite, TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA),
    NAMED(suite, TLS_DHE_RSA_WITH_DES_CBC_SHA),
    NAMED(suite, TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA),
    NAMED(suite, TLS_DH_anon_EXPORT_WITH_RC4_40_MD5),
    NAMED(suite, TLS_DH_anon_WITH_RC4_128_MD5),
    NAMED(suite, TLS_DH_anon_EXPORT_WITH_DES40_CBC_SHA),
    NAMED(suite, TLS_DH_anon_WITH_DES_CBC_SHA),
    NAMED(suite, TLS_DH_anon_WITH_3DES_EDE_CBC_SHA),
    NAMED(suite, TLS_RSA_WITH_AES_128_CBC_SHA),
    NAMED(suite, TLS_DH_DSS_WITH_AES_128_CBC_SHA),
    NAMED(suite, TLS_DH_RSA_WITH_AES_128_CBC_SHA),
    NAMED(suite, TLS_DHE_DSS_WITH_AES_128_CBC_SHA),
    NAMED(suite, TLS_DHE_RSA_WITH_AES_128_CBC_SHA),
    NAMED(suite, TLS_DH_anon_WITH_AES_128_CBC_SHA),
    NAMED(suite, TLS_RSA_WITH_AES_256_CBC_SHA),
    NAMED(suite, TLS_DH_DSS_WITH_AES_256_CBC_SHA),
    NAMED(suite, TLS_DH_RSA_WITH_AES_256_CBC_SHA),
    NAMED(suite, TLS_DHE_DSS_WITH_AES_256_CBC_SHA),
    NAMED(suite, TLS_DHE_RSA_WITH_AES_256_CBC_SHA),
    NAMED(suite, TLS_DH_anon_WITH_AES_256_CBC_SHA),
    NAMED(suite, TLS_RSA_WITH_NULL_SHA256),
    NAMED(suite, TLS_RSA_WITH_AES_128_CBC_SHA256),
    NAMED(suite, TLS_RSA_WITH_AES_256_CBC_SHA256),
    NAMED(suite, TLS_DH_DSS_WITH_AES_128_CBC_SHA256),
    NAMED(suite, TLS_DH_RSA_WITH_AES_128_CBC_SHA256),
    NAMED(suite, TLS_DHE_DSS_WITH_AES_128_CBC_SHA256),
    NAMED(suite, TLS_RSA_WITH_CAMELLIA_128_CBC_SHA),
    NAMED(suite, TLS_DH_DSS_WITH_CAMELLIA_128_CBC_SHA),
    NAMED(suite, TLS_DH_RSA_WITH_CAMELLIA_128_CBC_SHA),
    NAMED(suite, TLS_DHE_DSS_WITH_CAMELLIA_128_CBC_SHA),
    NAMED(suite, TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA),
    NAMED(suite, TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA),
    NAMED(suite, TLS_RSA_EXPORT1024_WITH_RC4_56_MD5),
    NAMED(suite, TLS_RSA_EXPORT1024_WITH_RC2_CBC_56_MD5),
    NAMED(suite, TLS_RSA_EXPORT1024_WITH_DES_CBC_SHA),
    NAMED(suite, TLS_DHE_DSS_EXPORT1024_WITH_DES_CBC_SHA),
    NAMED(suite, TLS_RSA_EXPORT1024_WITH_RC4_56_SHA),
    NAMED(suite, TLS_DHE_DSS_EXPORT1024_WITH_RC4_56_SHA),
    NAMED(suite, TLS_DHE_DSS_WITH_RC4_128_SHA),
    NAMED(suite, TLS_DHE_RSA_WITH_AES_128_CBC_SHA256),
    NAMED(suite, TLS_DH_DSS_WITH_AES_256_CBC_SHA256),
    NAMED(suite, TLS_DH_RSA_WITH_AES_256_CBC_SHA256),
    NAMED(suite, TLS_DHE_DSS_WITH_AES_256_CBC_SHA256),
    NAMED(suite, TLS_DHE_RSA_WITH_AES_256_CBC_SHA256),
    NAMED(suite, TLS_DH_anon_WITH_AES_128_CBC_SHA256),
    NAMED(suite, TLS_DH_anon_WITH_AES_256_CBC_SHA256),
    NAMED(suite, TLS_GOSTR341094_WITH_28147_CNT_IMIT),
    NAMED(suite, TLS_GOSTR341001_WITH_28147_CNT_IMIT),
    NAMED(suite, TLS_GOSTR341094_WITH_NULL_GOSTR3411),
    NAMED(suite, TLS_GOSTR341001_WITH_NULL_GOSTR3411),
    NAMED(suite, TLS_RSA_WITH_CAMELLIA_256_CBC_SHA),
    NAMED(suite, TLS_DH_DSS_WITH_CAMELLIA_256_CBC_SHA),
    NAMED(suite, TLS_DH_RSA_WITH_CAMELLIA_256_CBC_SHA),
    NAMED(suite, TLS_DHE_DSS_WITH_CAMELLIA_256_CBC_SHA),
    NAMED(suite, TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA),
    NAMED(suite, TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA),
    NAMED(suite, TLS_RSA_WITH_SEED_CBC_SHA),
    NAMED(suite, TLS_DH_DSS_WITH_SEED_CBC_SHA),
    NAMED(suite, TLS_DH_RSA_WITH_SEED_CBC_SHA),
    NAMED(suite, TLS_DHE_DSS_WITH_SEED_CBC_SHA),
    NAMED(suite, TLS_DHE_RSA_WITH_SEED_CBC_SHA),
    NAMED(suite, TLS_DH_anon_WITH_SEED_CBC_SHA),
    NAMED(suite, TLS_RSA_WITH_AES_128_GCM_SHA256),
    NAMED(suite, TLS_RSA_WITH_AES_256_GCM_SHA384),
    NAMED(suite, TLS_DHE_RSA_WITH_AES_128_GCM_SHA256),
    NAMED(suite, TLS_DHE_RSA_WITH_AES_256_GCM_SHA384),
    NAMED(suite, TLS_DH_RSA_WITH_AES_128_GCM_SHA256),
    NAMED(suite, TLS_DH_RSA_WITH_AES_256_GCM_SHA384),
    NAMED(suite, TLS_DHE_DSS_WITH_AES_128_GCM_SHA256),
    NAMED(suite, TLS_DHE_DSS_WITH_AES_256_GCM_SHA384),
    NAMED(suite, TLS_DH_DSS_WITH_AES_128_GCM_SHA256),
    NAMED(suite, TLS_DH_DSS_WITH_AES_256_GCM_SHA384),
    NAMED(suite, TLS_DH_anon_WITH_AES_128_GCM_SHA256),
    NAMED(suite, TLS_DH_anon_WITH_AES_256_GCM_SHA384),
    NAMED(suite, TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256),
    NAMED(suite, TLS_DH_DSS_WITH_CAMELLIA_128_CBC_SHA256),
    NAMED(suite, TLS_DH_RSA_WITH_CAMELLIA_128_CBC_SHA256),
    NAMED(suite, TLS_DHE_DSS_WITH_CAMELLIA_128_CBC_SHA256),
    NAMED(suite, TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256),
    NAMED(suite, TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA256),
    NAMED(suite, TLS_RSA_WITH_CAMELLIA_256_CBC_SHA256),
    NAMED(suite, TLS_DH_DSS_WITH_CAMELLIA_256_CBC_SHA256),
    NAMED(suite, TLS_DH_RSA_WITH_CAMELLIA_256_CBC_SHA256),
    NAMED(suite, TLS_DHE_DSS_WITH_CAMELLIA_256_CBC_SHA256),
    NAMED(suite, TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256),
    NAMED(suite, TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA256),
    NAMED(suite, TLS_SM4_GCM_SM3),
    NAMED(suite, TLS_SM4_CCM_SM3),
    NAMED(suite, TLS_EMPTY_RENEGOTIATION_INFO_SCSV),
    NAMED(suite, TLS_AES_128_GCM_SHA256),
    NAMED(suite, TLS_AES_256_GCM_SHA384),
    NAMED(suite, TLS_CHACHA20_POLY1305_SHA256),
    NAMED(suite, TLS_AES_128_CCM_SHA256),
    NAMED(suite, TLS_AES_128_CCM_8_SHA256),
    NAMED(suite, TLS_FALLBACK_SCSV),
    NAMED(suite, TLS_ECDH_ECDSA_WITH_NULL_SHA),
    NAMED(suite, TLS_ECDH_ECDSA_WITH_RC4_128_SHA),
    NAMED(suite, TLS_ECDH_ECDSA_WITH_3DES_EDE_CBC_SHA),
    NAMED(suite, TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA),
    NAMED(suite, TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_NULL_SHA),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_RC4_128_SHA),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA),
    NAMED(suite, TLS_ECDH_RSA_WITH_NULL_SHA),
    NAMED(suite, TLS_ECDH_RSA_WITH_RC4_128_SHA),
    NAMED(suite, TLS_ECDH_RSA_WITH_3DES_EDE_CBC_SHA),
    NAMED(suite, TLS_ECDH_RSA_WITH_AES_128_CBC_SHA),
    NAMED(suite, TLS_ECDH_RSA_WITH_AES_256_CBC_SHA),
    NAMED(suite, TLS_ECDHE_RSA_WITH_NULL_SHA),
    NAMED(suite, TLS_ECDHE_RSA_WITH_RC4_128_SHA),
    NAMED(suite, TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA),
    NAMED(suite, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA),
    NAMED(suite, TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA),
    NAMED(suite, TLS_ECDH_anon_WITH_NULL_SHA),
    NAMED(suite, TLS_ECDH_anon_WITH_RC4_128_SHA),
    NAMED(suite, TLS_ECDH_anon_WITH_3DES_EDE_CBC_SHA),
    NAMED(suite, TLS_ECDH_anon_WITH_AES_128_CBC_SHA),
    NAMED(suite, TLS_ECDH_anon_WITH_AES_256_CBC_SHA),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384),
    NAMED(suite, TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256),
    NAMED(suite, TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA384),
    NAMED(suite, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256),
    NAMED(suite, TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384),
    NAMED(suite, TLS_ECDH_RSA_WITH_AES_128_CBC_SHA256),
    NAMED(suite, TLS_ECDH_RSA_WITH_AES_256_CBC_SHA384),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384),
    NAMED(suite, TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256),
    NAMED(suite, TLS_ECDH_ECDSA_WITH_AES_256_GCM_SHA384),
    NAMED(suite, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256),
    NAMED(suite, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384),
    NAMED(suite, TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256),
    NAMED(suite, TLS_ECDH_RSA_WITH_AES_256_GCM_SHA384),
    NAMED(suite, TLS_RSA_WITH_ARIA_128_CBC_SHA256),
    NAMED(suite, TLS_RSA_WITH_ARIA_256_CBC_SHA384),
    NAMED(suite, TLS_DH_DSS_WITH_ARIA_128_CBC_SHA256),
    NAMED(suite, TLS_DH_DSS_WITH_ARIA_256_CBC_SHA384),
    NAMED(suite, TLS_DH_RSA_WITH_ARIA_128_CBC_SHA256),
    NAMED(suite, TLS_DH_RSA_WITH_ARIA_256_CBC_SHA384),
    NAMED(suite, TLS_DHE_DSS_WITH_ARIA_128_CBC_SHA256),
    NAMED(suite, TLS_DHE_DSS_WITH_ARIA_256_CBC_SHA384),
    NAMED(suite, TLS_DHE_RSA_WITH_ARIA_128_CBC_SHA256),
    NAMED(suite, TLS_DHE_RSA_WITH_ARIA_256_CBC_SHA384),
    NAMED(suite, TLS_DH_anon_WITH_ARIA_128_CBC_SHA256),
    NAMED(suite, TLS_DH_anon_WITH_ARIA_256_CBC_SHA384),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_ARIA_128_CBC_SHA256),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_ARIA_256_CBC_SHA384),
    NAMED(suite, TLS_ECDH_ECDSA_WITH_ARIA_128_CBC_SHA256),
    NAMED(suite, TLS_ECDH_ECDSA_WITH_ARIA_256_CBC_SHA384),
    NAMED(suite, TLS_ECDHE_RSA_WITH_ARIA_128_CBC_SHA256),
    NAMED(suite, TLS_ECDHE_RSA_WITH_ARIA_256_CBC_SHA384),
    NAMED(suite, TLS_ECDH_RSA_WITH_ARIA_128_CBC_SHA256),
    NAMED(suite, TLS_ECDH_RSA_WITH_ARIA_256_CBC_SHA384),
    NAMED(suite, TLS_RSA_WITH_ARIA_128_GCM_SHA256),
    NAMED(suite, TLS_RSA_WITH_ARIA_256_GCM_SHA384),
    NAMED(suite, TLS_DHE_RSA_WITH_ARIA_128_GCM_SHA256),
    NAMED(suite, TLS_DHE_RSA_WITH_ARIA_256_GCM_SHA384),
    NAMED(suite, TLS_DH_RSA_WITH_ARIA_128_GCM_SHA256),
    NAMED(suite, TLS_DH_RSA_WITH_ARIA_256_GCM_SHA384),
    NAMED(suite, TLS_DHE_DSS_WITH_ARIA_128_GCM_SHA256),
    NAMED(suite, TLS_DHE_DSS_WITH_ARIA_256_GCM_SHA384),
    NAMED(suite, TLS_DH_DSS_WITH_ARIA_128_GCM_SHA256),
    NAMED(suite, TLS_DH_DSS_WITH_ARIA_256_GCM_SHA384),
    NAMED(suite, TLS_DH_anon_WITH_ARIA_128_GCM_SHA256),
    NAMED(suite, TLS_DH_anon_WITH_ARIA_256_GCM_SHA384),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_ARIA_256_GCM_SHA384),
    NAMED(suite, TLS_ECDH_ECDSA_WITH_ARIA_128_GCM_SHA256),
    NAMED(suite, TLS_ECDH_ECDSA_WITH_ARIA_256_GCM_SHA384),
    NAMED(suite, TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256),
    NAMED(suite, TLS_ECDHE_RSA_WITH_ARIA_256_GCM_SHA384),
    NAMED(suite, TLS_ECDH_RSA_WITH_ARIA_128_GCM_SHA256),
    NAMED(suite, TLS_ECDH_RSA_WITH_ARIA_256_GCM_SHA384),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384),
    NAMED(suite, TLS_ECDH_ECDSA_WITH_CAMELLIA_128_CBC_SHA256),
    NAMED(suite, TLS_ECDH_ECDSA_WITH_CAMELLIA_256_CBC_SHA384),
    NAMED(suite, TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256),
    NAMED(suite, TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384),
    NAMED(suite, TLS_ECDH_RSA_WITH_CAMELLIA_128_CBC_SHA256),
    NAMED(suite, TLS_ECDH_RSA_WITH_CAMELLIA_256_CBC_SHA384),
    NAMED(suite, TLS_RSA_WITH_CAMELLIA_128_GCM_SHA256),
    NAMED(suite, TLS_RSA_WITH_CAMELLIA_256_GCM_SHA384),
    NAMED(suite, TLS_DHE_RSA_WITH_CAMELLIA_128_GCM_SHA256),
    NAMED(suite, TLS_DHE_RSA_WITH_CAMELLIA_256_GCM_SHA384),
    NAMED(suite, TLS_DH_RSA_WITH_CAMELLIA_128_GCM_SHA256),
    NAMED(suite, TLS_DH_RSA_WITH_CAMELLIA_256_GCM_SHA384),
    NAMED(suite, TLS_DHE_DSS_WITH_CAMELLIA_128_GCM_SHA256),
    NAMED(suite, TLS_DHE_DSS_WITH_CAMELLIA_256_GCM_SHA384),
    NAMED(suite, TLS_DH_DSS_WITH_CAMELLIA_128_GCM_SHA256),
    NAMED(suite, TLS_DH_DSS_WITH_CAMELLIA_256_GCM_SHA384),
    NAMED(suite, TLS_DH_anon_WITH_CAMELLIA_128_GCM_SHA256),
    NAMED(suite, TLS_DH_anon_WITH_CAMELLIA_256_GCM_SHA384),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_GCM_SHA256),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_GCM_SHA384),
    NAMED(suite, TLS_ECDH_ECDSA_WITH_CAMELLIA_128_GCM_SHA256),
    NAMED(suite, TLS_ECDH_ECDSA_WITH_CAMELLIA_256_GCM_SHA384),
    NAMED(suite, TLS_ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256),
    NAMED(suite, TLS_ECDHE_RSA_WITH_CAMELLIA_256_GCM_SHA384),
    NAMED(suite, TLS_ECDH_RSA_WITH_CAMELLIA_128_GCM_SHA256),
    NAMED(suite, TLS_ECDH_RSA_WITH_CAMELLIA_256_GCM_SHA384),
    NAMED(suite, TLS_RSA_WITH_AES_128_CCM),
    NAMED(suite, TLS_RSA_WITH_AES_256_CCM),
    NAMED(suite, TLS_DHE_RSA_WITH_AES_128_CCM),
    NAMED(suite, TLS_DHE_RSA_WITH_AES_256_CCM),
    NAMED(suite, TLS_RSA_WITH_AES_128_CCM_8),
    NAMED(suite, TLS_RSA_WITH_AES_256_CCM_8),
    NAMED(suite, TLS_DHE_RSA_WITH_AES_128_CCM_8),
    NAMED(suite, TLS_DHE_RSA_WITH_AES_256_CCM_8),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_AES_128_CCM),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_AES_256_CCM),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8),
    NAMED(suite, TLS_GOSTR341112_256_WITH_KUZNYECHIK_CTR_OMAC),
    NAMED(suite, TLS_GOSTR341112_256_WITH_MAGMA_CTR_OMAC),
    NAMED(suite, TLS_GOSTR341112_256_WITH_28147_CNT_IMIT),
    NAMED(suite, TLS_GOSTR341112_256_WITH_KUZNYECHIK_MGM_L),
    NAMED(suite, TLS_GOSTR341112_256_WITH_MAGMA_MGM_L),
    NAMED(suite, TLS_GOSTR341112_256_WITH_KUZNYECHIK_MGM_S),
    NAMED(suite, TLS_GOSTR341112_256_WITH_MAGMA_MGM_S),
    NAMED(suite, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
    NAMED(suite, TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
    NAMED(suite, TLS_RSA_WITH_ESTREAM_SALSA20_SHA1),
    NAMED(suite, TLS_RSA_WITH_SALSA20_SHA1),
    NAMED(suite, TLS_ECDHE_RSA_WITH_ESTREAM_SALSA20_SHA1),
    NAMED(suite, TLS_ECDHE_RSA_WITH_SALSA20_SHA1),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_ESTREAM_SALSA20_SHA1),
    NAMED(suite, TLS_ECDHE_ECDSA_WITH_SALSA20_SHA1),
    NAMED(suite, TLS_DHE_RSA_WITH_ESTREAM_SALSA20_SHA1),
    NAMED(suite, TLS_DHE_RSA_WITH_SALSA20_SHA1),
};

constexpr std::array groups = {
    NAMED(group, sect163k1),
    NAMED(group, sect163r1),
    NAMED(group, sect163r2),
    NAMED(group, sect193r1),
    NAMED(group, sect193r2),
    NAMED(group, sect233k1),
    NAMED(group, sect233r1),
    NAMED(group, sect239k1),
    NAMED(group, sect283k1),
    NAMED(group, sect283r1),
    NAMED(group, sect409k1),
    NAMED(group, sect409r1),
    NAMED(group, sect571k1),
    NAMED(group, sect571r1),
    NAMED(group, secp160k1),
    NAMED(group, secp160r1),
    NAMED(group, secp160r2),
    NAMED(group, secp192k1),
    NAMED(group, secp192r1),
    NAMED(group, secp224k1),
    NAMED(group, secp224r1),
    NAMED(group, secp256k1),
    NAMED(group, secp256r1),
    NAMED(group, secp384r1),
    NAMED(group, secp521r1),
    NAMED(group, brainpoolP256r1),
    NAMED(group, brainpoolP384r1),
    NAMED(group, brainpoolP512r1),
    NAMED(group, x25519),
    NAMED(group, x448),
    NAMED(group, brainpoolP256r1tls13),
    NAMED(group, brainpoolP384r1tls13),
    NAMED(group, brainpoolP512r1tls13),
    NAMED(group, curveSM2),
    NAMED(group, ffdhe2048),
    NAMED(group, ffdhe3072),
    NAMED(group, ffdhe4096),
    NAMED(group, ffdhe6144),
    NAMED(group, ffdhe8192),
    NAMED(group, MLKEM512),
    NAMED(group, MLKEM768),
    NAMED(group, MLKEM1024),
    NAMED(group, SecP256r1MLKEM768),
    NAMED(group, X25519MLKEM768),
    NAMED(group, SecP384r1MLKEM1024),
    NAMED(group, X25519Kyber768Draft00),
};

constexpr std::array signature_algorithms = {
    NAMED(signature, rsa_pkcs1_md5),
    NAMED(signature, rsa_pkcs1_sha1),
    NAMED(signature, dsa_sha1),
    NAMED(signature, ecdsa_sha1),
    NAMED(signature, rsa_pkcs1_sha224),
    NAMED(signature, dsa_sha224),
    NAMED(signature, ecdsa_sha224),
    NAMED(signature, rsa_pkcs1_sha256),
    NAMED(signature, dsa_sha256),
    NAMED(signature, ecdsa_secp256r1_sha256),
    NAMED(signature, rsa_pkcs1_sha384),
    NAMED(signature, dsa_sha384),
    NAMED(signature, ecdsa_secp384r1_sha384),
    NAMED(signature, rsa_pkcs1_sha512),
    NAMED(signature, dsa_sha512),
    NAMED(signature, ecdsa_secp521r1_sha512),
    NAMED(signature, sm2sig_sm3),
    NAMED(signature, rsa_pss_rsae_sha256),
    NAMED(signature, rsa_pss_rsae_sha384),
    NAMED(signature, rsa_pss_rsae_sha512),
    NAMED(signature, ed25519),
    NAMED(signature, ed448),
    NAMED(signature, rsa_pss_pss_sha256),
    NAMED(signature, rsa_pss_pss_sha384),
    NAMED(signature, rsa_pss_pss_sha512),
    NAMED(signature, ecdsa_brainpoolP256r1tls13_sha256),
    NAMED(signature, ecdsa_brainpoolP384r1tls13_sha384),
    NAMED(signature, ecdsa_brainpoolP512r1tls13_sha512),
    NAMED(signature, mldsa44),
    NAMED(signature, mldsa65),
    NAMED(signature, mldsa87),
};

constexpr std::array extensions = {
    NAMED(extension, server_name),
    NAMED(extension, max_fragment_length),
    NAMED(extension, client_certificate_url),
    NAMED(extension, trusted_ca_keys),
    NAMED(extension, truncated_hmac),
    NAMED(extension, status_request),
    NAMED(extension, user_mapping),
    NAMED(extension, client_authz),
    NAMED(extension, server_authz),
    NAMED(extension, cert_type),
    NAMED(extension, supported_groups),
    NAMED(extension, ec_point_formats),
    NAMED(extension, srp),
    NAMED(extension, signature_algorithms),
    NAMED(extension, use_srtp),
    NAMED(extension, heartbeat),
    NAMED(extension, application_layer_protocol_negotiation),
    NAMED(extension, status_request_v2),
    NAMED(extension, signed_certificate_timestamp),
    NAMED(extension, client_certificate_type),
    NAMED(extension, server_certificate_type),
    NAMED(extension, padding),
    NAMED(extension, encrypt_then_mac),
    NAMED(extension, extended_main_secret),
    NAMED(extension, token_binding),
    NAMED(extension, cached_info),
    NAMED(extension, compress_certificate),
    NAMED(extension, record_size_limit),
    NAMED(extension, delegated_credential),
    NAMED(extension, session_ticket),
    NAMED(extension, pre_shared_key),
    NAMED(extension, early_data),
    NAMED(extension, supported_versions),
    NAMED(extension, cookie),
    NAMED(extension, psk_key_exchange_modes),
    NAMED(extension, certificate_authorities),
    NAMED(extension, oid_filters),
    NAMED(extension, post_handshake_auth),
    NAMED(extension, signature_algorithms_cert),
    NAMED(extension, key_share),
    NAMED(extension, transparency_info),
    NAMED(extension, quic_transport_parameters),
    NAMED(extension, next_protocol_negotiation),
    NAMED(extension, application_settings_old),
    NAMED(extension, application_settings),
    NAMED(extension, encrypted_client_hello),
    NAMED(extension, renegotiation_info),
};

constexpr std::array handshake_types = {
    NAMED(handshake_type, hello_request),
    NAMED(handshake_type, client_hello),
    NAMED(handshake_type, server_hello),
    NAMED(handshake_type, new_session_ticket),
    NAMED(handshake_type, end_of_early_data),
    NAMED(handshake_type, encrypted_extensions),
    NAMED(handshake_type, certificate),
    NAMED(handshake_type, server_key_exchange),
    NAMED(handshake_type, certificate_request),
    NAMED(handshake_type, server_hello_done),
    NAMED(handshake_type, certificate_verify),
    NAMED(handshake_type, client_key_exchange),
    NAMED(handshake_type, finished),
    NAMED(handshake_type, certificate_url),
    NAMED(handshake_type, certificate_status),
    NAMED(handshake_type, supplemental_data),
    NAMED(handshake_type, key_update),
    NAMED(handshake_type, compressed_certificate),
    NAMED(handshake_type, message_hash),
};

#undef NAMED

std::string look_up(std::span<const Name> table, std::uint16_t number) {
  const auto found =
      std::lower_bound(table.begin(), table.end(), number,
                       [](const Name& name, std::uint16_t wanted) { return name.number < wanted; });
  if (found != table.end() && found->number == number) return std::string(found->text);
  const std::array bytes{static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
  return "0x" + to_hex(bytes);
}

std::vector<std::uint16_t> numbers_of(std::span<const Name> table) {
  std::vector<std::uint16_t> numbers;
  for (const auto& name : table) numbers.push_back(name.number);
  return numbers;
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

std::vector<std::string> names_of(const std::vector<std::uint16_t>& numbers,
                                  std::string (*name)(std::uint16_t)) {
  std::vector<std::string> names;
  names.reserve(numbers.size());
  for (const auto number : numbers) names.push_back(name(number));
  return names;
}

std::vector<std::uint16_t> known_cipher_suites() {
  return numbers_of(cipher_suites);
}

std::vector<std::uint16_t> known_groups() {
  return numbers_of(groups);
}

std::vector<std::uint16_t> known_signature_algorithms() {
  return numbers_of(signature_algorithms);
}

AgreedNames names_of(Version version, CipherSuite suite, Group group) {
  if (version == version::none) return {};
  return {version_name(version), cipher_suite_name(suite), group == group::none ? "" : group_name(group)};
}

}  // namespace mailtap::tls
