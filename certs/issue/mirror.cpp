#include "certs/issue/mirror.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include <mbedtls/sha256.h>

#include "certs/asn1/der_writer.h"
#include "certs/asn1/oids.h"
#include "certs/issue/builder.h"
#include "certs/issue/raw_certificate.h"
#include "certs/model/certificate.h"
#include "certs/model/signature.h"

namespace mailtap::certs {

namespace {

bool same(Bytes a, Bytes b) {
  return std::ranges::equal(a, b);
}
Buffer copy(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

std::string digest_of(std::initializer_list<Bytes> parts) {
  const auto all = der::concat(parts);
  std::array<unsigned char, 32> digest{};
  mbedtls_sha256(all.data(), all.size(), digest.data(), 0);
  return to_hex(digest);
}

/// What is said of the certificate at one place of the chain.
class Notes {
 public:
  Notes(std::vector<std::string>& list, std::size_t position)
      : list_(list), start_("certificate " + std::to_string(position) + ": ") {}
  void add(const std::string& phrase) { list_.push_back(start_ + phrase); }

 private:
  std::vector<std::string>& list_;
  std::string start_;
};

/// What every client verifies.
bool is_common(const KeySpec& type) {
  return type.is_rsa() || type == KeySpec::p256() || type == KeySpec::p384() || type == KeySpec::p521();
}

/// What few clients verify is shown to those that say that they do: others would refuse what they never had
/// to verify.
bool is_known_to(const UsableKeys& client, const KeySpec& type) {
  if (type == KeySpec::ed25519()) return client.ed25519;
  if (type == KeySpec::ed448()) return client.ed448;
  if (type.is_foreign()) return client.rsa_pss;
  return client.curve || is_common(type);
}

/// The keys that are libcrypto's here.
std::optional<KeySpec> foreign_type_of(const KeyInfo& key) {
  switch (key.type) {
    case KeyType::ed25519: return KeySpec::ed25519();
    case KeyType::ed448: return KeySpec::ed448();
    case KeyType::rsa:
      if (key.pss_only && key.bits >= min_made_rsa_bits && key.bits <= max_made_rsa_bits)
        return KeySpec::rsa_pss(key.bits);
      return std::nullopt;
    default: return std::nullopt;
  }
}

/// The nearest type that we can make, and a note if it isn't the same. `client`: null: of an issuer.
KeySpec repeatable(Bytes public_key, const UsableKeys* client, Notes& notes) {
  const auto info = describe_key(public_key);
  if (const auto foreign = foreign_type_of(info);
      foreign && (client == nullptr || is_known_to(*client, *foreign)))
    return *foreign;
  mbedtls_pk_context key;
  mbedtls_pk_init(&key);
  const bool known = mbedtls_pk_parse_public_key(&key, public_key.data(), public_key.size()) == 0;
  const auto parsed = known ? type_of(key) : Result<KeySpec>(fail(""));
  if (parsed && parsed->is_rsa()) {
    const auto* rsa = mbedtls_pk_rsa(key);
    mbedtls_mpi exponent;
    mbedtls_mpi_init(&exponent);
    if (mbedtls_rsa_export(rsa, nullptr, nullptr, nullptr, nullptr, &exponent) == 0 &&
        mbedtls_mpi_cmp_int(&exponent, 65537) != 0)
      notes.add("its RSA exponent, 65537 instead");
    mbedtls_mpi_free(&exponent);
  }
  mbedtls_pk_free(&key);
  if (!parsed || (client != nullptr && !is_known_to(*client, *parsed))) {
    // RSA stays RSA: under id-RSASSA-PSS, or longer than what we make.
    const auto instead = info.type != certs::KeyType::rsa ? KeySpec::p256()
                         : info.pss_only                  ? KeySpec::rsa(2048)
                                                          : KeySpec::rsa(max_made_rsa_bits);
    notes.add("its " + info.text + " key, " + to_string(instead) + " instead");
    return instead;
  }
  if (!parsed->is_rsa()) return *parsed;
  const auto bits = std::clamp(parsed->rsa_bits + parsed->rsa_bits % 2, min_made_rsa_bits, max_made_rsa_bits);
  if (bits != parsed->rsa_bits)
    notes.add("its key of " + to_string(*parsed) + ", " + std::to_string(bits) + " bits instead");
  return KeySpec::rsa(bits);
}

/// A server with keys of both kinds chose by mailtap's hello; by the client's it would have taken its other.
KeySpec usable(KeySpec type, Lacks client_lacks, Notes& notes) {
  if (type.is_foreign()) return type;
  const bool is_useless = type.is_rsa() ? client_lacks == Lacks::rsa : client_lacks == Lacks::ecdsa;
  if (!is_useless) return type;
  const auto instead = type.is_rsa() ? KeySpec::p256() : KeySpec::rsa(2048);
  notes.add("its " + to_string(type) + " key, which the client can't use, " + to_string(instead) +
            " instead");
  return instead;
}

/// Of an issuer that wasn't sent, as its signature's size tells.
KeySpec guess_type(const RawCertificate& certificate) {
  const auto scheme = describe_signature(certificate.signature_algorithm);
  const auto size = certificate.signature.size();
  if (scheme.key == certs::KeyType::ed25519) return KeySpec::ed25519();
  if (scheme.key == certs::KeyType::ed448) return KeySpec::ed448();
  if (scheme.key == certs::KeyType::rsa)
    return KeySpec::rsa(std::clamp(static_cast<unsigned>(size * 8), min_made_rsa_bits, max_made_rsa_bits));
  // An ECDSA signature is two numbers of the curve's size and up to nine bytes of DER.
  if (size > 2 * 48 + 9) return KeySpec::p521();
  return size > 2 * 32 + 9 ? KeySpec::p384() : KeySpec::p256();
}

/// Who signs the mirrored certificate.
struct Signer {
  KeyPtr key;
  bool breaks_signature = false;        ///< since the original's doesn't verify
  bool keeps_authority_key_id = false;  ///< since the original's doesn't fit its issuer either
};

/// One chain being repeated.
class Mirror {
 public:
  Mirror(const KeySource& keys, UsableKeys client) : keys_(keys), client_(client) {}

  Result<void> read(const std::vector<Buffer>& sent);
  Result<MirroredChain> repeat();
  Result<MirroredChain> repeat_under(const LocalCa& ca);

 private:
  struct Place {
    std::size_t position;  ///< as sent
    RawCertificate original;
    KeyPtr key;
  };

  Result<void> make_keys(std::size_t how_many);
  Result<Signer> signer_of(const Place& place) const;
  std::vector<ExtensionSpec> repeat_extensions(const Place& place, Notes& notes) const;
  Result<Buffer> sign(const Place& place, const PrivateKey& signer, Bytes issuer,
                      const std::vector<ExtensionSpec>& extensions, bool breaks_signature,
                      Notes& notes) const;

  const KeySource& keys_;
  const UsableKeys client_;
  std::vector<Place> places_;
  MirroredChain result_;
};

Result<void> Mirror::read(const std::vector<Buffer>& sent) {
  if (sent.empty()) return fail("the upstream sent no certificate to mirror");
  for (std::size_t i = 0; i < sent.size(); ++i) {
    Notes notes(result_.not_repeated, i);
    if (i == max_mirrored_chain) {
      notes.add("it and what follows, as the chain is too long");
      break;
    }
    auto original = parse_raw_certificate(sent[i]);
    if (!original && i == 0) return fail("the upstream's certificate is malformed and can't be mirrored");
    if (original)
      places_.push_back({i, std::move(*original), nullptr});
    else
      notes.add("it is malformed and left out");
  }
  return {};
}

Result<void> Mirror::make_keys(std::size_t how_many) {
  for (std::size_t i = 0; i < how_many; ++i) {
    auto& place = places_[i];
    Notes notes(result_.not_repeated, place.position);
    const auto public_key = place.original.public_key;
    const auto same_type = repeatable(public_key, i == 0 ? &client_ : nullptr, notes);
    const auto type = i == 0 ? usable(same_type, client_.lacks, notes) : same_type;
    // One key of theirs may have several of ours, by what clients can use.
    const bool is_other = type.is_rsa() != same_type.is_rsa();
    const auto id = (is_other ? "other key " : "key ") + digest_of({public_key});
    auto key = keys_(is_common(type) ? id : to_string(type) + ' ' + id, type);
    if (!key) return tl::unexpected(key.error());
    place.key = std::move(*key);
  }
  result_.leaf_key = places_.front().key;
  return {};
}

/// In this order: a sent certificate whose key verifies the signature (the certificate itself, if
/// self-signed); one that should have (broken signature); else an issuer that wasn't sent, known by its name
/// and key identifier.
Result<Signer> Mirror::signer_of(const Place& place) const {
  const auto& original = place.original;
  const auto authority = original.authority_key_id();
  const Place* claimed = nullptr;
  for (const auto& issuer : places_) {
    if (!same(issuer.original.subject, original.issuer)) continue;
    const auto identifier = issuer.original.subject_key_id();
    const bool fits = authority.empty() || identifier.empty() || same(authority, identifier);
    if (is_signed_by(original, issuer.original.public_key).value_or(fits))
      return Signer{issuer.key, false, !fits};
    const bool other_before_itself = claimed == nullptr || claimed == &place;
    if (fits && other_before_itself) claimed = &issuer;
  }
  if (claimed != nullptr) return Signer{claimed->key, true, false};
  auto key = keys_("issuer " + digest_of({original.issuer, authority}), guess_type(original));
  if (!key) return tl::unexpected(key.error());
  return Signer{std::move(*key), false, false};
}

/// Those that say something of keys and signatures of theirs are left to the caller or left out.
std::vector<ExtensionSpec> Mirror::repeat_extensions(const Place& place, Notes& notes) const {
  std::vector<ExtensionSpec> extensions;
  for (const auto& one : place.original.extensions) {
    if (oid::is(one.oid, oid::signed_certificate_timestamps)) {
      notes.add("its signed certificate timestamps, which no log would give us");
    } else if (oid::is(one.oid, oid::tls_feature)) {
      notes.add("its demand for a stapled OCSP answer, which its CA gives for the original alone");
    } else if (oid::is(one.oid, oid::subject_key_id)) {
      extensions.push_back({std::string(as_text(one.oid)), one.critical,
                            der::octet_string(key_identifier(place.key->public_key()))});
    } else {
      extensions.push_back({std::string(as_text(one.oid)), one.critical, copy(one.value)});
    }
  }
  return extensions;
}

/// An authorityKeyIdentifier with its keyIdentifier changed and the rest (issuer and serial) kept. The old
/// identifier, if there is one, is the first element (RFC 5280 section 4.2.1.1).
Buffer with_key_identifier(const RawCertificate& original, Bytes value, const Buffer& identifier) {
  const auto old = original.authority_key_id();
  if (old.empty()) return copy(value);
  const Bytes rest(old.data() + old.size(), value.data() + value.size());
  return der::sequence({der::element(der::context(0), identifier), rest});
}

Result<Buffer> Mirror::sign(const Place& place, const PrivateKey& signer, Bytes issuer,
                            const std::vector<ExtensionSpec>& extensions, bool breaks_signature,
                            Notes& notes) const {
  const auto& original = place.original;
  const auto scheme = describe_signature(original.signature_algorithm);
  RawFields fields;
  fields.version = copy(original.version);
  fields.serial = copy(original.serial);
  fields.issuer = copy(issuer);
  fields.validity = copy(original.validity);
  fields.subject = copy(original.subject);
  fields.public_key = place.key->public_key();
  fields.after_public_key = der::concat({original.unique_ids, encode_extensions(extensions)});
  const bool by_pss = scheme.pss && client_.pss_signatures && signer.type().is_rsa();
  auto mirrored = build_certificate(fields, scheme.hash, breaks_signature, signer,
                                    by_pss ? Padding::pss : Padding::pkcs1);
  if (!mirrored) {
    notes.add("its signature's algorithm, SHA-256 with " + to_string(signer.type()) + " instead");
    return build_certificate(fields, MBEDTLS_MD_SHA256, breaks_signature, signer);
  }
  const auto* hash = mbedtls_md_info_from_type(scheme.hash);
  if (scheme.pss && !by_pss && signer.type().foreign != MAILTAP_FOREIGN_RSA_PSS) {
    notes.add("its signature's padding (PSS), PKCS #1 v1.5 instead");
  } else if (scheme.pss && hash != nullptr && scheme.salt_length != mbedtls_md_get_size(hash)) {
    notes.add("its signature's salt, one as long as the hash instead");
  }
  return mirrored;
}

Result<MirroredChain> Mirror::repeat() {
  if (auto made = make_keys(places_.size()); !made) return tl::unexpected(made.error());
  for (const auto& place : places_) {
    Notes notes(result_.not_repeated, place.position);
    const auto signer = signer_of(place);
    if (!signer) return tl::unexpected(signer.error());
    auto extensions = repeat_extensions(place, notes);
    for (auto& one : extensions) {
      if (one.oid != oid::authority_key_id || signer->keeps_authority_key_id) continue;
      const auto value = place.original.extension(one.oid).value_or(Bytes{});
      one.value = with_key_identifier(place.original, value, key_identifier(signer->key->public_key()));
    }
    auto mirrored =
        sign(place, *signer->key, place.original.issuer, extensions, signer->breaks_signature, notes);
    if (!mirrored) return tl::unexpected(mirrored.error());
    result_.chain.push_back(std::move(*mirrored));
  }
  return std::move(result_);
}

Result<MirroredChain> Mirror::repeat_under(const LocalCa& ca) {
  if (auto made = make_keys(1); !made) return tl::unexpected(made.error());
  const auto& leaf = places_.front();
  Notes notes(result_.not_repeated, 0);
  notes.add("its issuer: the upstream is trusted, so the local CA issues it");
  auto extensions = repeat_extensions(leaf, notes);
  // Whatever leads to the original's issuer would contradict ours.
  std::erase_if(extensions, [](const ExtensionSpec& one) {
    return one.oid == oid::authority_key_id || one.oid == oid::crl_distribution_points ||
           one.oid == oid::freshest_crl || one.oid == oid::authority_info_access;
  });
  CertificateSpec ours;
  ours.with_subject_key_id = false;
  ours.authority_key_id = ca.subject_key_id();
  if (!ca.urls().crl.empty()) ours.crl_urls = {ca.urls().crl};
  if (!ca.urls().certificate.empty()) ours.ca_issuer_urls = {ca.urls().certificate};
  const auto added = extensions_of(ours);
  if (!added) return tl::unexpected(added.error());
  if (!leaf.original.version.empty()) extensions.insert(extensions.end(), added->begin(), added->end());

  auto mirrored = sign(leaf, ca.key(), ca.subject(), extensions, false, notes);
  if (!mirrored) return tl::unexpected(mirrored.error());
  result_.chain = {std::move(*mirrored)};
  result_.chain.insert(result_.chain.end(), ca.chain().begin(), ca.chain().end());
  return std::move(result_);
}

}  // namespace

Result<MirroredChain> mirror_chain(const std::vector<Buffer>& sent, const KeySource& keys,
                                   UsableKeys client) {
  Mirror mirror(keys, client);
  if (auto read = mirror.read(sent); !read) return tl::unexpected(read.error());
  return mirror.repeat();
}

Result<MirroredChain> mirror_under_ca(const std::vector<Buffer>& sent, const LocalCa& ca,
                                      const KeySource& keys, UsableKeys client) {
  Mirror mirror(keys, client);
  if (auto read = mirror.read(sent); !read) return tl::unexpected(read.error());
  return mirror.repeat_under(ca);
}

}  // namespace mailtap::certs
