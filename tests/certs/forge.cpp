#include "tests/certs/forge.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>

#include "config/base/random.h"

namespace mailtap::forge {

namespace {

/// A test that can't forge can't go on.
void must(bool good) {
  if (!good) std::abort();
}

void append(Buffer& out, Bytes more) {
  out.insert(out.end(), more.begin(), more.end());
}

Buffer concat(const std::vector<Buffer>& parts) {
  Buffer all;
  for (const auto& part : parts) append(all, part);
  return all;
}

Buffer time_of(Time time) {
  const std::time_t seconds = time.time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const bool utc = parts.tm_year < 150;
  std::strftime(text.data(), text.size(), utc ? "%y%m%d%H%M%SZ" : "%Y%m%d%H%M%SZ", &parts);
  return tlv(utc ? 0x17 : 0x18, as_bytes(text.data()));
}

Buffer generalized(Time time) {
  const std::time_t seconds = time.time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y%m%d%H%M%SZ", &parts);
  return tlv(0x18, as_bytes(text.data()));
}

/// The outer SEQUENCE of certificates, CRLs and OCSP responses, which have more behind the signature.
Buffer signed_by(const Buffer& tbs, const Key& key, mbedtls_md_type_t hash, bool broken,
                 const Buffer& more = {}) {
  Buffer bits{0};
  append(bits, key.sign(tbs, hash));
  if (broken) bits.back() ^= 1;
  return tlv(0x30, {tbs, key.algorithm(hash), tlv(0x03, bits), more});
}

Buffer digest(Bytes content, mbedtls_md_type_t hash) {
  const auto* md = mbedtls_md_info_from_type(hash);
  Buffer out(mbedtls_md_get_size(md));
  must(mbedtls_md(md, content.data(), content.size(), out.data()) == 0);
  return out;
}

/// The bits of the public key. All of the test's are EC keys of P-256 here, whose spki ends with them.
Buffer key_bits(const Key& key) {
  const auto spki = key.spki();
  constexpr std::ptrdiff_t point = 65;
  return {spki.end() - point, spki.end()};
}

}  // namespace

struct Key::Pair {
  Pair() { mbedtls_pk_init(&key); }
  ~Pair() { mbedtls_pk_free(&key); }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  mbedtls_pk_context key;

  static std::shared_ptr<Pair> on_curve(mbedtls_ecp_group_id curve) {
    auto pair = std::make_shared<Pair>();
    must(mbedtls_pk_setup(&pair->key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)) == 0);
    must(mbedtls_ecp_gen_key(curve, mbedtls_pk_ec(pair->key), random_for_mbedtls, nullptr) == 0);
    return pair;
  }
};

Key Key::ec() {
  return Key(Pair::on_curve(MBEDTLS_ECP_DP_SECP256R1));
}

Key Key::ec_p192() {
  return Key(Pair::on_curve(MBEDTLS_ECP_DP_SECP192R1));
}

Key Key::rsa(unsigned bits) {
  auto pair = std::make_shared<Pair>();
  must(mbedtls_pk_setup(&pair->key, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA)) == 0);
  must(mbedtls_rsa_gen_key(mbedtls_pk_rsa(pair->key), random_for_mbedtls, nullptr, bits, 65537) == 0);
  return Key(pair);
}

Buffer Key::spki() const {
  std::array<std::uint8_t, 2048> out{};
  const int size = mbedtls_pk_write_pubkey_der(&pair_->key, out.data(), out.size());
  must(size > 0);
  return {out.end() - size, out.end()};
}

Buffer Key::sign(Bytes content, mbedtls_md_type_t hash) const {
  const auto* md = mbedtls_md_info_from_type(hash);
  std::array<std::uint8_t, MBEDTLS_MD_MAX_SIZE> digest{};
  must(mbedtls_md(md, content.data(), content.size(), digest.data()) == 0);
  std::array<std::uint8_t, MBEDTLS_PK_SIGNATURE_MAX_SIZE> out{};
  std::size_t size = 0;
  must(mbedtls_pk_sign(&pair_->key, hash, digest.data(), mbedtls_md_get_size(md), out.data(), out.size(),
                       &size, random_for_mbedtls, nullptr) == 0);
  return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)};
}

Buffer Key::algorithm(mbedtls_md_type_t hash) const {
  const bool rsa = mbedtls_pk_get_type(&pair_->key) == MBEDTLS_PK_RSA;
  if (rsa) {
    const auto* dotted = hash == MBEDTLS_MD_MD5    ? "1.2.840.113549.1.1.4"
                         : hash == MBEDTLS_MD_SHA1 ? "1.2.840.113549.1.1.5"
                                                   : "1.2.840.113549.1.1.11";
    return tlv(0x30, {oid(dotted), tlv(0x05, Bytes{})});
  }
  return tlv(0x30,
             std::vector<Buffer>{oid(hash == MBEDTLS_MD_SHA1 ? "1.2.840.10045.4.1" : "1.2.840.10045.4.3.2")});
}

Buffer tlv(std::uint8_t tag, Bytes value) {
  Buffer out{tag};
  if (value.size() < 0x80) {
    out.push_back(static_cast<std::uint8_t>(value.size()));
  } else if (value.size() < 0x100) {
    out.push_back(0x81);
    out.push_back(static_cast<std::uint8_t>(value.size()));
  } else {
    must(value.size() < 0x10000);
    out.push_back(0x82);
    out.push_back(static_cast<std::uint8_t>(value.size() >> 8));
    out.push_back(static_cast<std::uint8_t>(value.size()));
  }
  append(out, value);
  return out;
}

Buffer tlv(std::uint8_t tag, const std::vector<Buffer>& parts) {
  return tlv(tag, Bytes(concat(parts)));
}

Buffer oid(std::string_view dotted) {
  std::vector<unsigned> arcs;
  const std::string text(dotted);
  for (std::size_t at = 0;;) {
    arcs.push_back(static_cast<unsigned>(std::strtoul(text.c_str() + at, nullptr, 10)));
    at = text.find('.', at) + 1;
    if (at == 0) break;
  }
  Buffer value;
  const auto put = [&](unsigned arc) {
    for (int shift = 28; shift > 0; shift -= 7)
      if (arc >> shift != 0) value.push_back(static_cast<std::uint8_t>(0x80 | (arc >> shift & 0x7f)));
    value.push_back(static_cast<std::uint8_t>(arc & 0x7f));
  };
  put(arcs[0] * 40 + arcs[1]);
  for (std::size_t i = 2; i < arcs.size(); ++i) put(arcs[i]);
  return tlv(0x06, value);
}

Buffer name(const std::string& common_name, std::uint8_t string_tag) {
  if (common_name.empty()) return tlv(0x30, Bytes{});
  const auto attribute = tlv(0x30, {oid("2.5.4.3"), tlv(string_tag, as_bytes(common_name))});
  return tlv(0x30, std::vector<Buffer>{tlv(0x31, attribute)});
}

Buffer dns(std::string_view name) {
  return tlv(0x82, as_bytes(name));
}
Buffer email(std::string_view address) {
  return tlv(0x81, as_bytes(address));
}
Buffer uri(std::string_view uri) {
  return tlv(0x86, as_bytes(uri));
}
Buffer ip(std::initializer_list<std::uint8_t> bytes) {
  return tlv(0x87, Bytes(Buffer(bytes)));
}
Buffer directory(const Buffer& name) {
  return tlv(0xa4, Bytes(name));
}

Buffer extension(std::string_view dotted, bool critical, Bytes value) {
  std::vector<Buffer> parts{oid(dotted)};
  if (critical) parts.push_back({0x01, 0x01, 0xff});
  parts.push_back(tlv(0x04, value));
  return tlv(0x30, parts);
}

Buffer basic_constraints(bool ca, int path_length) {
  std::vector<Buffer> parts;
  if (ca) parts.push_back({0x01, 0x01, 0xff});
  if (path_length >= 0) parts.push_back({0x02, 0x01, static_cast<std::uint8_t>(path_length)});
  return extension("2.5.29.19", true, tlv(0x30, parts));
}

Buffer key_usage(std::uint8_t bits, std::uint8_t unused) {
  return extension("2.5.29.15", true, Buffer{0x03, 0x02, unused, bits});
}

Buffer subject_alt_name(const std::vector<Buffer>& names, bool critical) {
  return extension("2.5.29.17", critical, tlv(0x30, names));
}

Buffer extended_key_usage(const std::vector<std::string>& oids) {
  std::vector<Buffer> parts;
  for (const auto& one : oids) parts.push_back(oid(one));
  return extension("2.5.29.37", false, tlv(0x30, parts));
}

Buffer name_constraints(const std::vector<Buffer>& permitted, const std::vector<Buffer>& excluded,
                        bool critical) {
  std::vector<Buffer> parts;
  std::uint8_t tag = 0xa0;
  for (const auto* list : {&permitted, &excluded}) {
    std::vector<Buffer> subtrees;
    for (const auto& base : *list) subtrees.push_back(tlv(0x30, Bytes(base)));
    if (!subtrees.empty()) parts.push_back(tlv(tag, subtrees));
    ++tag;
  }
  return extension("2.5.29.30", critical, tlv(0x30, parts));
}

Buffer subject_key_id(Bytes id) {
  return extension("2.5.29.14", false, tlv(0x04, id));
}

Buffer authority_key_id(Bytes id) {
  return extension("2.5.29.35", false, tlv(0x30, std::vector<Buffer>{tlv(0x80, id)}));
}

Time now() {
  return std::chrono::sys_days{std::chrono::year{2026} / 6 / 15} + std::chrono::hours(12);
}

Recipe server(const std::string& dns_name) {
  Recipe recipe;
  recipe.subject = name(dns_name);
  recipe.extensions = {key_usage(0xa0, 5), extended_key_usage({std::string(server_auth)}),
                       subject_alt_name({dns(dns_name)})};
  return recipe;
}

Recipe authority(const std::string& common_name, int path_length) {
  Recipe recipe;
  recipe.subject = name(common_name);
  recipe.not_before = now() - std::chrono::days(1000);
  recipe.not_after = now() + std::chrono::days(3000);
  recipe.extensions = {basic_constraints(true, path_length), key_usage(0x06, 1)};
  return recipe;
}

Buffer certificate(const Recipe& recipe, const Key& subject_key, const Key& issuer_key) {
  std::vector<Buffer> parts;
  if (recipe.version > 1)
    parts.push_back(Buffer{0xa0, 0x03, 0x02, 0x01, static_cast<std::uint8_t>(recipe.version - 1)});
  parts.push_back(tlv(0x02, Bytes(recipe.serial)));
  parts.push_back(issuer_key.algorithm(recipe.hash));
  parts.push_back(recipe.issuer);
  parts.push_back(tlv(0x30, {time_of(recipe.not_before), time_of(recipe.not_after)}));
  parts.push_back(recipe.subject);
  parts.push_back(subject_key.spki());
  if (!recipe.extensions.empty())
    parts.push_back(tlv(0xa3, std::vector<Buffer>{tlv(0x30, recipe.extensions)}));
  return signed_by(tlv(0x30, parts), issuer_key, recipe.hash, recipe.break_signature);
}

Ca Ca::root(const std::string& common_name) {
  return root(authority(common_name));
}

Ca Ca::root(Recipe recipe) {
  Ca ca;
  ca.subject = recipe.subject;
  recipe.issuer = recipe.subject;
  ca.der = certificate(recipe, ca.key, ca.key);
  return ca;
}

Ca Ca::issue_ca(const std::string& common_name) const {
  return issue_ca(authority(common_name));
}

Ca Ca::issue_ca(Recipe recipe) const {
  Ca ca;
  ca.subject = recipe.subject;
  ca.der = issue(std::move(recipe), ca.key);
  return ca;
}

Buffer Ca::issue(Recipe recipe, const Key& subject_key) const {
  recipe.issuer = subject;
  return certificate(recipe, subject_key, key);
}

const Key& Ca::leaf_key() {
  static const Key key = Key::ec();
  return key;
}

Buffer crl(const Ca& issuer, const CrlRecipe& recipe) {
  std::vector<Buffer> entries;
  for (const auto& serial : recipe.revoked) {
    std::vector<Buffer> entry{tlv(0x02, Bytes(serial)), time_of(recipe.this_update)};
    if (!recipe.entry_extensions.empty()) entry.push_back(tlv(0x30, recipe.entry_extensions));
    entries.push_back(tlv(0x30, entry));
  }
  std::vector<Buffer> extensions = recipe.extensions;
  if (recipe.numbered) extensions.push_back(extension("2.5.29.20", false, Buffer{0x02, 0x01, 0x07}));
  std::vector<Buffer> parts{{0x02, 0x01, 0x01},
                            issuer.key.algorithm(MBEDTLS_MD_SHA256),
                            issuer.subject,
                            time_of(recipe.this_update),
                            time_of(recipe.next_update)};
  if (!entries.empty()) parts.push_back(tlv(0x30, entries));
  if (!extensions.empty()) parts.push_back(tlv(0xa0, std::vector<Buffer>{tlv(0x30, extensions)}));
  return signed_by(tlv(0x30, parts), issuer.key, MBEDTLS_MD_SHA256, recipe.break_signature);
}

Buffer ocsp(const Ca& issuer, const OcspRecipe& recipe, const Ca& signer) {
  const auto hash_oid = recipe.id_hash == MBEDTLS_MD_SHA1 ? "1.3.14.3.2.26" : "2.16.840.1.101.3.4.2.1";
  const auto id =
      tlv(0x30,
          {tlv(0x30, {oid(hash_oid), tlv(0x05, Bytes{})}), tlv(0x04, digest(issuer.subject, recipe.id_hash)),
           tlv(0x04, digest(key_bits(issuer.key), recipe.id_hash)), tlv(0x02, Bytes(recipe.serial))});
  const auto status = recipe.says == OcspRecipe::Says::good ? tlv(0x80, Bytes{})
                      : recipe.says == OcspRecipe::Says::unknown
                          ? tlv(0x82, Bytes{})
                          : tlv(0xa1, {generalized(recipe.this_update), tlv(0xa0, Buffer{0x0a, 0x01, 0x01})});
  std::vector<Buffer> single{id, status, generalized(recipe.this_update)};
  if (recipe.next_update) single.push_back(tlv(0xa0, Bytes(generalized(*recipe.next_update))));
  if (!recipe.single_extensions.empty())
    single.push_back(tlv(0xa1, Bytes(tlv(0x30, recipe.single_extensions))));
  const auto responder = recipe.by_key
                             ? tlv(0xa2, Bytes(tlv(0x04, digest(key_bits(signer.key), MBEDTLS_MD_SHA1))))
                             : tlv(0xa1, Bytes(signer.subject));
  std::vector<Buffer> data{responder, generalized(recipe.this_update),
                           tlv(0x30, std::vector<Buffer>{tlv(0x30, single)})};
  if (!recipe.extensions.empty()) data.push_back(tlv(0xa1, Bytes(tlv(0x30, recipe.extensions))));
  const auto more = recipe.certificates.empty() ? Buffer{} : tlv(0xa0, Bytes(tlv(0x30, recipe.certificates)));
  const auto basic = signed_by(tlv(0x30, data), signer.key, recipe.hash, recipe.break_signature, more);
  const auto bytes = tlv(0x30, {oid("1.3.6.1.5.5.7.48.1.1"), tlv(0x04, Bytes(basic))});
  return tlv(0x30, {Buffer{0x0a, 0x01, 0x00}, tlv(0xa0, Bytes(bytes))});
}

Buffer ocsp_error(std::uint8_t status) {
  return tlv(0x30, Buffer{0x0a, 0x01, status});
}

}  // namespace mailtap::forge
