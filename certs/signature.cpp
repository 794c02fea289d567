#include "certs/signature.h"

#include <algorithm>
#include <array>

#include <mbedtls/pk.h>

#include "certs/oids.h"
#include "certs/thresholds.h"

namespace mailtap::certs {

namespace {

struct Known {
  std::string_view oid;
  std::string_view name;
  KeyType key;
  mbedtls_md_type_t hash;
};

// MD2 and MD4 have no number in mbedTLS: MBEDTLS_MD_NONE with a name is weak and can't be verified.
constexpr std::array<Known, 16> known_schemes{{
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x02", "md2WithRSAEncryption", KeyType::rsa, MBEDTLS_MD_NONE},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x03", "md4WithRSAEncryption", KeyType::rsa, MBEDTLS_MD_NONE},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04", "md5WithRSAEncryption", KeyType::rsa, MBEDTLS_MD_MD5},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05", "sha1WithRSAEncryption", KeyType::rsa, MBEDTLS_MD_SHA1},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0e", "sha224WithRSAEncryption", KeyType::rsa, MBEDTLS_MD_SHA224},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", "sha256WithRSAEncryption", KeyType::rsa, MBEDTLS_MD_SHA256},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c", "sha384WithRSAEncryption", KeyType::rsa, MBEDTLS_MD_SHA384},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d", "sha512WithRSAEncryption", KeyType::rsa, MBEDTLS_MD_SHA512},
    {"\x2a\x86\x48\xce\x3d\x04\x01", "ecdsa-with-SHA1", KeyType::ec, MBEDTLS_MD_SHA1},
    {"\x2a\x86\x48\xce\x3d\x04\x03\x01", "ecdsa-with-SHA224", KeyType::ec, MBEDTLS_MD_SHA224},
    {"\x2a\x86\x48\xce\x3d\x04\x03\x02", "ecdsa-with-SHA256", KeyType::ec, MBEDTLS_MD_SHA256},
    {"\x2a\x86\x48\xce\x3d\x04\x03\x03", "ecdsa-with-SHA384", KeyType::ec, MBEDTLS_MD_SHA384},
    {"\x2a\x86\x48\xce\x3d\x04\x03\x04", "ecdsa-with-SHA512", KeyType::ec, MBEDTLS_MD_SHA512},
    {"\x2a\x86\x48\xce\x38\x04\x03", "dsa-with-SHA1", KeyType::dsa, MBEDTLS_MD_SHA1},
    {oid::ed25519, "ED25519", KeyType::ed25519, MBEDTLS_MD_NONE},
    {oid::ed448, "ED448", KeyType::ed448, MBEDTLS_MD_NONE},
}};

mbedtls_md_type_t hash_of(Bytes oid) {
  if (oid::is(oid, "\x2b\x0e\x03\x02\x1a")) return MBEDTLS_MD_SHA1;
  if (oid::is(oid, "\x60\x86\x48\x01\x65\x03\x04\x02\x01")) return MBEDTLS_MD_SHA256;
  if (oid::is(oid, "\x60\x86\x48\x01\x65\x03\x04\x02\x02")) return MBEDTLS_MD_SHA384;
  if (oid::is(oid, "\x60\x86\x48\x01\x65\x03\x04\x02\x03")) return MBEDTLS_MD_SHA512;
  return MBEDTLS_MD_NONE;
}

/// RSASSA-PSS-params (RFC 4055 section 3.1); the same hash for message and mask, as every CA has it.
SignatureScheme describe_pss(Bytes parameters) {
  SignatureScheme scheme{"rsassaPss", KeyType::rsa, MBEDTLS_MD_SHA1, true, 20, true};
  const auto refuse = [&] {
    scheme.known = false;
    return scheme;
  };
  const auto sequence = der::only(parameters, der::sequence);
  if (!sequence) return refuse();
  der::Reader reader(sequence->value);
  mbedtls_md_type_t mask_hash = MBEDTLS_MD_SHA1;
  if (const auto hash = reader.next(der::context_constructed(0))) {
    const auto inner = der::only(hash->value, der::sequence);
    const auto algorithm = inner ? parse_algorithm(*inner) : std::nullopt;
    if (!algorithm) return refuse();
    scheme.hash = hash_of(algorithm->oid);
  }
  if (const auto mask = reader.next(der::context_constructed(1))) {
    const auto inner = der::only(mask->value, der::sequence);
    const auto algorithm = inner ? parse_algorithm(*inner) : std::nullopt;
    if (!algorithm || !oid::is(algorithm->oid, oid::mgf1)) return refuse();
    const auto hash = der::only(algorithm->parameters, der::sequence);
    const auto mask_algorithm = hash ? parse_algorithm(*hash) : std::nullopt;
    if (!mask_algorithm) return refuse();
    mask_hash = hash_of(mask_algorithm->oid);
  }
  if (const auto salt = reader.next(der::context_constructed(2))) {
    const auto number = der::only(salt->value, der::integer);
    const auto length = number ? der::read_small_integer(number->value) : std::nullopt;
    if (!length) return refuse();
    scheme.salt_length = *length;
  }
  if (const auto trailer = reader.next(der::context_constructed(3))) {
    const auto number = der::only(trailer->value, der::integer);
    if (!number || der::read_small_integer(number->value) != 1) return refuse();  // the only one there is
  }
  if (!reader.done() || scheme.hash == MBEDTLS_MD_NONE || mask_hash != scheme.hash) return refuse();
  return scheme;
}

/// RSA's algorithms carry NULL or nothing, ECDSA's nothing (RFC 4055 section 5, RFC 5758 section 3.2).
bool parameters_fit(const Known& known, Bytes parameters) {
  if (parameters.empty()) return true;
  return known.key == KeyType::rsa && parameters.size() == 2 && parameters[0] == der::null;
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
          false,
          0,
          parameters_fit(*known, algorithm.parameters)};
}

bool is_weak(const SignatureScheme& scheme) {
  return scheme.hash == MBEDTLS_MD_MD5 || scheme.hash == MBEDTLS_MD_SHA1 || scheme.name.starts_with("md");
}

SignatureCheck verify_signature(Bytes signed_bytes, const Algorithm& algorithm, Bytes signature, Bytes spki) {
  const auto scheme = describe_signature(algorithm);
  const auto key_info = describe_key(spki);
  if (scheme.key != KeyType::unknown && scheme.key != key_info.type) return SignatureCheck::bad;
  if (!scheme.known || scheme.hash == MBEDTLS_MD_NONE) return SignatureCheck::unsupported;
  if (key_info.type == KeyType::rsa) {
    if (signature.size() != (key_info.bits + 7) / 8) return SignatureCheck::bad;
    // A stranger chooses these, and the time that a verification takes grows with both.
    if (key_info.bits > largest_rsa_bits || key_info.exponent_bits > largest_rsa_exponent_bits)
      return SignatureCheck::unsupported;
  }

  PublicKey key;
  auto* at = const_cast<unsigned char*>(spki.data());
  if (mbedtls_pk_parse_subpubkey(&at, spki.data() + spki.size(), key.get()) != 0)
    return SignatureCheck::unsupported;
  const auto* md = mbedtls_md_info_from_type(scheme.hash);
  if (md == nullptr) return SignatureCheck::unsupported;
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
