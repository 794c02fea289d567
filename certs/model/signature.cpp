#include "certs/model/signature.h"

#include <algorithm>
#include <array>

#include <mbedtls/pk.h>

#include "certs/asn1/oids.h"
#include "certs/model/libcrypto_signature.h"

namespace mailtap::certs {

namespace {

struct Known {
  std::string_view oid;
  std::string_view name;
  KeyType key;
  mbedtls_md_type_t hash;
  std::string_view digest;
};

/// In place of a digest's name: by nobody here.
constexpr std::string_view unverifiable = "-";

// MD2 and MD4 have no number in mbedTLS: MBEDTLS_MD_NONE with a name is weak and can't be verified.
constexpr std::array<Known, 66> known_schemes{{
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x02", "md2WithRSAEncryption", KeyType::rsa, MBEDTLS_MD_NONE, "MD2"},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x03", "md4WithRSAEncryption", KeyType::rsa, MBEDTLS_MD_NONE, "MD4"},
    {oid::md5_with_rsa, "md5WithRSAEncryption", KeyType::rsa, MBEDTLS_MD_MD5, "MD5"},
    {oid::sha1_with_rsa, "sha1WithRSAEncryption", KeyType::rsa, MBEDTLS_MD_SHA1, "SHA1"},
    {oid::sha224_with_rsa, "sha224WithRSAEncryption", KeyType::rsa, MBEDTLS_MD_SHA224, "SHA224"},
    {oid::sha256_with_rsa, "sha256WithRSAEncryption", KeyType::rsa, MBEDTLS_MD_SHA256, "SHA256"},
    {oid::sha384_with_rsa, "sha384WithRSAEncryption", KeyType::rsa, MBEDTLS_MD_SHA384, "SHA384"},
    {oid::sha512_with_rsa, "sha512WithRSAEncryption", KeyType::rsa, MBEDTLS_MD_SHA512, "SHA512"},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0f", "sha512-224WithRSAEncryption", KeyType::rsa, MBEDTLS_MD_NONE,
     "SHA512-224"},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x10", "sha512-256WithRSAEncryption", KeyType::rsa, MBEDTLS_MD_NONE,
     "SHA512-256"},
    // OIW's, as makecert and other old tools of Windows write them.
    {"\x2b\x0e\x03\x02\x03", "md5WithRSA", KeyType::rsa, MBEDTLS_MD_MD5, "MD5"},
    {"\x2b\x0e\x03\x02\x1d", "sha1WithRSA", KeyType::rsa, MBEDTLS_MD_SHA1, "SHA1"},
    {"\x2b\x0e\x03\x02\x1b", "dsa-with-SHA1 (OIW)", KeyType::dsa, MBEDTLS_MD_SHA1, "SHA1"},
    {"\x2b\x24\x03\x03\x01\x02", "ripemd160WithRSA", KeyType::rsa, MBEDTLS_MD_RIPEMD160, "RIPEMD160"},
    {oid::ecdsa_with_sha1, "ecdsa-with-SHA1", KeyType::ec, MBEDTLS_MD_SHA1, "SHA1"},
    {oid::ecdsa_with_sha224, "ecdsa-with-SHA224", KeyType::ec, MBEDTLS_MD_SHA224, "SHA224"},
    {oid::ecdsa_with_sha256, "ecdsa-with-SHA256", KeyType::ec, MBEDTLS_MD_SHA256, "SHA256"},
    {oid::ecdsa_with_sha384, "ecdsa-with-SHA384", KeyType::ec, MBEDTLS_MD_SHA384, "SHA384"},
    {oid::ecdsa_with_sha512, "ecdsa-with-SHA512", KeyType::ec, MBEDTLS_MD_SHA512, "SHA512"},
    {"\x2a\x86\x48\xce\x38\x04\x03", "dsa-with-SHA1", KeyType::dsa, MBEDTLS_MD_SHA1, "SHA1"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x01", "dsa-with-SHA224", KeyType::dsa, MBEDTLS_MD_SHA224, "SHA224"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x02", "dsa-with-SHA256", KeyType::dsa, MBEDTLS_MD_SHA256, "SHA256"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x03", "dsa-with-SHA384", KeyType::dsa, MBEDTLS_MD_SHA384, "SHA384"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x04", "dsa-with-SHA512", KeyType::dsa, MBEDTLS_MD_SHA512, "SHA512"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x05", "dsa-with-SHA3-224", KeyType::dsa, MBEDTLS_MD_NONE, "SHA3-224"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x06", "dsa-with-SHA3-256", KeyType::dsa, MBEDTLS_MD_NONE, "SHA3-256"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x07", "dsa-with-SHA3-384", KeyType::dsa, MBEDTLS_MD_NONE, "SHA3-384"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x08", "dsa-with-SHA3-512", KeyType::dsa, MBEDTLS_MD_NONE, "SHA3-512"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x09", "ecdsa-with-SHA3-224", KeyType::ec, MBEDTLS_MD_NONE, "SHA3-224"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x0a", "ecdsa-with-SHA3-256", KeyType::ec, MBEDTLS_MD_NONE, "SHA3-256"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x0b", "ecdsa-with-SHA3-384", KeyType::ec, MBEDTLS_MD_NONE, "SHA3-384"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x0c", "ecdsa-with-SHA3-512", KeyType::ec, MBEDTLS_MD_NONE, "SHA3-512"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x0d", "RSA-SHA3-224", KeyType::rsa, MBEDTLS_MD_NONE, "SHA3-224"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x0e", "RSA-SHA3-256", KeyType::rsa, MBEDTLS_MD_NONE, "SHA3-256"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x0f", "RSA-SHA3-384", KeyType::rsa, MBEDTLS_MD_NONE, "SHA3-384"},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x10", "RSA-SHA3-512", KeyType::rsa, MBEDTLS_MD_NONE, "SHA3-512"},
    {oid::ed25519, "ED25519", KeyType::ed25519, MBEDTLS_MD_NONE, ""},
    {oid::ed448, "ED448", KeyType::ed448, MBEDTLS_MD_NONE, ""},
    // RFC 9881, RFC 9909.
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x11", "ML-DSA-44", KeyType::other, MBEDTLS_MD_NONE, ""},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x12", "ML-DSA-65", KeyType::other, MBEDTLS_MD_NONE, ""},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x13", "ML-DSA-87", KeyType::other, MBEDTLS_MD_NONE, ""},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x14", "SLH-DSA-SHA2-128s", KeyType::other, MBEDTLS_MD_NONE, ""},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x15", "SLH-DSA-SHA2-128f", KeyType::other, MBEDTLS_MD_NONE, ""},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x16", "SLH-DSA-SHA2-192s", KeyType::other, MBEDTLS_MD_NONE, ""},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x17", "SLH-DSA-SHA2-192f", KeyType::other, MBEDTLS_MD_NONE, ""},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x18", "SLH-DSA-SHA2-256s", KeyType::other, MBEDTLS_MD_NONE, ""},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x19", "SLH-DSA-SHA2-256f", KeyType::other, MBEDTLS_MD_NONE, ""},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x1a", "SLH-DSA-SHAKE-128s", KeyType::other, MBEDTLS_MD_NONE, ""},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x1b", "SLH-DSA-SHAKE-128f", KeyType::other, MBEDTLS_MD_NONE, ""},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x1c", "SLH-DSA-SHAKE-192s", KeyType::other, MBEDTLS_MD_NONE, ""},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x1d", "SLH-DSA-SHAKE-192f", KeyType::other, MBEDTLS_MD_NONE, ""},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x1e", "SLH-DSA-SHAKE-256s", KeyType::other, MBEDTLS_MD_NONE, ""},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x1f", "SLH-DSA-SHAKE-256f", KeyType::other, MBEDTLS_MD_NONE, ""},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x20", "HashML-DSA-44", KeyType::other, MBEDTLS_MD_NONE, ""},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x21", "HashML-DSA-65", KeyType::other, MBEDTLS_MD_NONE, ""},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x22", "HashML-DSA-87", KeyType::other, MBEDTLS_MD_NONE, ""},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x11", "HSS/LMS", KeyType::other, MBEDTLS_MD_NONE, ""},
    // RFC 8692.
    {"\x2b\x06\x01\x05\x05\x07\x06\x1e", "RSASSA-PSS with SHAKE128", KeyType::rsa, MBEDTLS_MD_NONE,
     unverifiable},
    {"\x2b\x06\x01\x05\x05\x07\x06\x1f", "RSASSA-PSS with SHAKE256", KeyType::rsa, MBEDTLS_MD_NONE,
     unverifiable},
    {"\x2b\x06\x01\x05\x05\x07\x06\x20", "ECDSA with SHAKE128", KeyType::ec, MBEDTLS_MD_NONE, unverifiable},
    {"\x2b\x06\x01\x05\x05\x07\x06\x21", "ECDSA with SHAKE256", KeyType::ec, MBEDTLS_MD_NONE, unverifiable},
    // China's (GM/T 0015) and Russia's (RFC 9215, RFC 4491).
    {oid::sm2_with_sm3, "SM2 with SM3", KeyType::ec, MBEDTLS_MD_NONE, "SM3"},
    {"\x2a\x85\x03\x07\x01\x01\x03\x02", "GOST R 34.10-2012 (256 bit)", KeyType::other, MBEDTLS_MD_NONE,
     unverifiable},
    {"\x2a\x85\x03\x07\x01\x01\x03\x03", "GOST R 34.10-2012 (512 bit)", KeyType::other, MBEDTLS_MD_NONE,
     unverifiable},
    {"\x2a\x85\x03\x02\x02\x03", "GOST R 34.10-2001", KeyType::other, MBEDTLS_MD_NONE, unverifiable},
    {"\x2a\x85\x03\x02\x02\x04", "GOST R 34.10-94", KeyType::other, MBEDTLS_MD_NONE, unverifiable},
}};

struct Hash {
  std::string_view oid;
  mbedtls_md_type_t hash;
  std::string_view digest;
};
constexpr std::array<Hash, 11> hashes{{
    {"\x2b\x0e\x03\x02\x1a", MBEDTLS_MD_SHA1, "SHA1"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x01", MBEDTLS_MD_SHA256, "SHA256"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x02", MBEDTLS_MD_SHA384, "SHA384"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x03", MBEDTLS_MD_SHA512, "SHA512"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x04", MBEDTLS_MD_SHA224, "SHA224"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x05", MBEDTLS_MD_NONE, "SHA512-224"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x06", MBEDTLS_MD_NONE, "SHA512-256"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x07", MBEDTLS_MD_NONE, "SHA3-224"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x08", MBEDTLS_MD_NONE, "SHA3-256"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x09", MBEDTLS_MD_NONE, "SHA3-384"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x0a", MBEDTLS_MD_NONE, "SHA3-512"},
}};

const Hash* hash_of(Bytes oid) {
  const auto found =
      std::find_if(hashes.begin(), hashes.end(), [&](const Hash& hash) { return oid::is(oid, hash.oid); });
  return found == hashes.end() ? nullptr : &*found;
}

/// RSASSA-PSS-params (RFC 4055 section 3.1).
SignatureScheme describe_pss(Bytes parameters) {
  SignatureScheme scheme{"rsassaPss", KeyType::rsa, MBEDTLS_MD_SHA1, "SHA1", true, 20, "SHA1", true};
  const auto refuse = [&] {
    scheme.known = false;
    return scheme;
  };
  const auto sequence = der::only(parameters, der::tag_sequence);
  if (!sequence) return refuse();
  der::Reader reader(sequence->value);
  if (const auto hash = reader.next(der::context_constructed(0))) {
    const auto inner = der::only(hash->value, der::tag_sequence);
    const auto algorithm = inner ? parse_algorithm(*inner) : std::nullopt;
    const auto* known = algorithm ? hash_of(algorithm->oid) : nullptr;
    if (known == nullptr) return refuse();
    scheme.hash = known->hash;
    scheme.digest = known->digest;
  }
  if (const auto mask = reader.next(der::context_constructed(1))) {
    const auto inner = der::only(mask->value, der::tag_sequence);
    const auto algorithm = inner ? parse_algorithm(*inner) : std::nullopt;
    if (!algorithm || !oid::is(algorithm->oid, oid::mgf1)) return refuse();
    const auto hash = der::only(algorithm->parameters, der::tag_sequence);
    const auto mask_algorithm = hash ? parse_algorithm(*hash) : std::nullopt;
    const auto* known = mask_algorithm ? hash_of(mask_algorithm->oid) : nullptr;
    if (known == nullptr) return refuse();
    scheme.mask_digest = known->digest;
  }
  if (const auto salt = reader.next(der::context_constructed(2))) {
    const auto number = der::only(salt->value, der::tag_integer);
    const auto length = number ? der::read_small_integer(number->value) : std::nullopt;
    if (!length) return refuse();
    scheme.salt_length = *length;
  }
  if (const auto trailer = reader.next(der::context_constructed(3))) {
    const auto number = der::only(trailer->value, der::tag_integer);
    if (!number || der::read_small_integer(number->value) != 1) return refuse();  // the only one there is
  }
  return reader.done() ? scheme : refuse();
}

/// RSA's algorithms carry NULL or nothing, ECDSA's nothing (RFC 4055 section 5, RFC 5758 section 3.2).
/// Chinese CAs write NULL with SM2 too.
bool parameters_fit(const Known& known, Bytes parameters) {
  if (parameters.empty()) return true;
  return (known.key == KeyType::rsa || known.oid == oid::sm2_with_sm3) && parameters.size() == 2 &&
         parameters[0] == der::tag_null;
}

/// mbedTLS has named curves that are few, hashes of SHA-1 and SHA-2, and PSS with one hash for both.
bool is_for_mbedtls(const SignatureScheme& scheme) {
  if (scheme.hash == MBEDTLS_MD_NONE || (scheme.key != KeyType::rsa && scheme.key != KeyType::ec))
    return false;
  return !scheme.pss || scheme.mask_digest == scheme.digest;
}

class PublicKey {
 public:
  PublicKey() { mbedtls_pk_init(&key_); }
  ~PublicKey() { mbedtls_pk_free(&key_); }
  PublicKey(const PublicKey&) = delete;
  PublicKey& operator=(const PublicKey&) = delete;
  mbedtls_pk_context* get() { return &key_; }

 private:
  mbedtls_pk_context key_{};
};

}  // namespace

SignatureScheme describe_signature(const Algorithm& algorithm) {
  if (oid::is(algorithm.oid, oid::rsa_pss)) return describe_pss(algorithm.parameters);
  const auto known = std::find_if(known_schemes.begin(), known_schemes.end(),
                                  [&](const Known& k) { return oid::is(algorithm.oid, k.oid); });
  if (known == known_schemes.end()) return {"algorithm " + der::oid_text(algorithm.oid)};
  return {std::string(known->name),
          known->key,
          known->hash,
          known->digest,
          false,
          0,
          {},
          parameters_fit(*known, algorithm.parameters)};
}

bool is_weak(const SignatureScheme& scheme) {
  return scheme.hash == MBEDTLS_MD_MD5 || scheme.hash == MBEDTLS_MD_SHA1 || scheme.name.starts_with("md");
}

SignatureCheck verify_signature(Bytes signed_bytes, const Algorithm& algorithm, Bytes signature, Bytes spki) {
  const auto scheme = describe_signature(algorithm);
  const auto key_info = describe_key(spki);
  if (scheme.key != KeyType::unknown && key_info.type != KeyType::unknown && scheme.key != key_info.type)
    return SignatureCheck::bad;
  if (!scheme.known || scheme.digest == unverifiable) return SignatureCheck::unsupported;
  if (key_info.type == KeyType::rsa) {
    if (signature.size() != (key_info.bits + 7) / 8) return SignatureCheck::bad;
    // A stranger chooses these, and the time that a verification takes grows with both.
    if (key_info.bits > max_rsa_bits || key_info.exponent_bits > max_rsa_exponent_bits)
      return SignatureCheck::unsupported;
  }
  if (key_info.type == KeyType::dsa && key_info.bits > max_dsa_bits) return SignatureCheck::unsupported;
  const LibcryptoSignature question{signed_bytes, algorithm, signature, spki, key_info.named};
  if (!is_for_mbedtls(scheme)) return verify_by_libcrypto(scheme, question);

  PublicKey key;
  auto* at = const_cast<unsigned char*>(spki.data());
  const bool is_read = mbedtls_pk_parse_subpubkey(&at, spki.data() + spki.size(), key.get()) == 0;
  const auto kind = mbedtls_pk_get_type(key.get());
  if (!is_read || (kind != MBEDTLS_PK_RSA && kind != MBEDTLS_PK_ECKEY))
    return verify_by_libcrypto(scheme, question);
  const auto* md = mbedtls_md_info_from_type(scheme.hash);
  if (md == nullptr) return verify_by_libcrypto(scheme, question);
  std::array<unsigned char, MBEDTLS_MD_MAX_SIZE> hash{};
  if (mbedtls_md(md, signed_bytes.data(), signed_bytes.size(), hash.data()) != 0)
    return SignatureCheck::unsupported;

  const std::size_t hash_size = mbedtls_md_get_size(md);
  int outcome = 0;
  if (scheme.pss) {
    mbedtls_pk_rsassa_pss_options options{};
    options.mgf1_hash_id = scheme.hash;
    options.expected_salt_len = scheme.salt_length;
    outcome = mbedtls_pk_verify_ext(MBEDTLS_PK_RSASSA_PSS, &options, key.get(), scheme.hash, hash.data(),
                                    hash_size, signature.data(), signature.size());
  } else {
    outcome =
        mbedtls_pk_verify(key.get(), scheme.hash, hash.data(), hash_size, signature.data(), signature.size());
  }
  return outcome == 0 ? SignatureCheck::good : SignatureCheck::bad;
}

const SignatureCheck* SignatureMemo::find(const Key& key) const {
  const auto found = known_.find(key);
  return found == known_.end() ? nullptr : &found->second;
}

void SignatureMemo::add(const Key& key, SignatureCheck check) {
  // Full: start anew. Rare enough that keeping an order for it would cost more.
  if (known_.size() >= capacity_) known_.clear();
  known_.insert_or_assign(key, check);
}

}  // namespace mailtap::certs
