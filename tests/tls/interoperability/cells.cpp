#include "tests/tls/interoperability/cells.h"

#include "tests/tls/peers/tables.h"
#include "tls/crypto/shortcuts.h"
#include "tls/names.h"
#include "tls/numbers.h"

namespace mailtap::tests {

namespace {

using tls::version::tls10, tls::version::tls11, tls::version::tls12, tls::version::tls13;

constexpr unsigned every_shortcut = ~0U;

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// None of the backends nor the shortcuts has these ciphers: they are mbedTLS's own everywhere.
bool is_the_same_everywhere(const std::string& suite) {
  return contains(suite, "_CAMELLIA_") || contains(suite, "_ARIA_") || contains(suite, "_CCM_8");
}

/// The keys of servers that a client may meet. What we are given ourselves may be the same but for the
/// longest.
const std::vector<std::string> keys = {
    "rsa1024",         "rsa2048",   "rsa3072",   "rsa4096",   "rsa8192",         "rsa16384",
    "rsa-pss2048",     "secp256r1", "secp384r1", "secp521r1", "brainpoolP256r1", "brainpoolP384r1",
    "brainpoolP512r1", "ed25519",   "ed448",     "secp256k1", "secp224r1"};
const std::vector<std::string> legacy_keys = {"rsa1024", "rsa2048", "rsa4096"};

/// The kinds of key that make this signature in that version.
std::vector<std::string> keys_for_signature(const std::string& signature, std::uint16_t version) {
  if (signature.starts_with("rsa_pss_pss")) return {"rsa-pss2048"};
  if (signature.starts_with("rsa")) return {"rsa2048"};
  if (signature.starts_with("ed")) return {signature};
  // TLS 1.2's have a hash alone, for a key of any curve (RFC 5246 section 7.4.1.4.1).
  if (version == tls12) return {"secp256r1", "secp384r1", "secp521r1"};
  for (const auto* curve :
       {"secp256r1", "secp384r1", "secp521r1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"})
    if (contains(signature, curve)) return {curve};
  return {};
}

/// TLS 1.3 has neither PKCS #1 v1.5 nor SHA-1 for handshakes (RFC 8446 section 4.2.3); some are of it alone.
bool is_of(std::uint16_t version, const std::string& signature) {
  if (version == tls13)
    return !contains(signature, "pkcs1") && !contains(signature, "sha1") && !contains(signature, "sha224");
  return !contains(signature, "tls13");
}

/// Groups that TLS 1.3 doesn't have, by this name (RFC 8446 section 4.2.7).
bool is_of_tls12(const std::string& group) {
  if (group.starts_with("brainpool")) return !contains(group, "tls13");
  return group.starts_with("secp192") || group.starts_with("secp224") || group == "secp256k1";
}

/// One engine, one stack, one role.
class Maker {
 public:
  Maker(const Engine& engine, const Stack& stack, bool we_are_client, std::vector<Cell>& cells)
      : engine_(engine), stack_(stack), we_are_client_(we_are_client), cells_(cells) {}

  void make() {
    const auto tables = policy_tables();
    groups_ = tables.groups;
    for (const auto suite : tables.cipher_suites)
      if (is_tls13_suite(suite))
        for (const auto group : tables.groups)
          tls13_cell(suite, group, suite == tables.cipher_suites.front());
      else
        tls12_suite(suite);
    for (const auto group : tables.groups) tls12_group(group);
    for (const auto* key : {"rsa1024", "rsa3072", "rsa8192"}) tls12_dhe(key);
    for (const auto version : {tls12, tls13}) {
      for (const auto algorithm : tables.signature_algorithms) signature(version, algorithm);
      for (const auto& key : keys) server_key(version, key);
      for (const auto& key : keys) client_key(version, key);
    }
    for (const auto version : {tls10, tls11}) {
      for (const auto suite : legacy_cipher_suites()) legacy_cell(version, suite, "rsa2048");
      for (const auto& key : legacy_keys) legacy_cell(version, 0, key);
      for (const auto& key : legacy_keys) legacy_client_key(version, key);
    }
  }

 private:
  Cell& add(std::uint16_t version, const std::string& feature, const std::string& more = {}) {
    Cell cell;
    const auto version_name = tls::version_name(version);
    cell.name = engine_.name + (we_are_client_ ? "/client/" : "/server/") + stack_.name + "/" + version_name +
                "/" + feature + more;
    cell.feature = feature + " in " + version_name;
    cell.engine = &engine_;
    cell.stack = &stack_;
    cell.we_are_client = we_are_client_;
    cell.key = "rsa2048";
    cell.theirs.version = version;
    cell.resumes = version >= tls12;
    return cells_.emplace_back(std::move(cell));
  }

  void tls12_suite(std::uint16_t suite) {
    const auto name = tls::cipher_suite_name(suite);
    if (is_the_same_everywhere(name) && !engine_.is_reference) return;
    for (const bool etm : {true, false})
      for (const bool ems : {true, false}) {
        if (!etm && !contains(name, "_CBC_")) continue;
        auto& cell = add(tls12, "suite=" + name, std::string(etm ? "" : "+no-etm") + (ems ? "" : "+no-ems"));
        cell.key = contains(name, "ECDSA") ? "secp256r1" : "rsa2048";
        cell.theirs.cipher_suite = suite;
        cell.theirs.encrypt_then_mac = etm;
        cell.theirs.extended_master_secret = ems;
      }
    // A server may keep sessions itself, which clients name. Ours doesn't.
    if (!we_are_client_) return;
    auto& cell = add(tls12, "suite=" + name, "+by-identifier");
    cell.key = contains(name, "ECDSA") ? "secp256r1" : "rsa2048";
    cell.theirs.cipher_suite = suite;
    cell.theirs.tickets = false;
  }

  void tls12_group(std::uint16_t group) {
    const auto name = tls::group_name(group);
    // In TLS 1.2 mbedTLS takes the group of a server's choice, and as a server its own: those of RFC 7919
    // aren't named.
    if (name.starts_with("ffdhe")) return;
    auto& cell = add(tls12, "group=" + name);
    cell.theirs.cipher_suite = tls::suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;
    cell.theirs.group = group;
  }

  /// A server takes a prime as long as its key.
  void tls12_dhe(const std::string& key) {
    if (!we_are_client_ || !engine_.is_reference) return;
    auto& cell =
        add(tls12, "suite=" + tls::cipher_suite_name(tls::suite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256),
            "+key=" + key);
    cell.key = key;
    cell.theirs.cipher_suite = tls::suite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256;
  }

  void tls13_cell(std::uint16_t suite, std::uint16_t group, bool is_first_suite) {
    const auto name = tls::group_name(group);
    // Those of TLS 1.3 have numbers of their own (RFC 8734).
    if (is_of_tls12(name)) return;
    // The same numbers in every engine, and expensive ones.
    if (name.starts_with("ffdhe") && !(engine_.is_reference && is_first_suite)) return;
    auto& cell = add(tls13, "group=" + name, "+suite=" + tls::cipher_suite_name(suite));
    cell.key = "secp256r1";
    cell.theirs.cipher_suite = suite;
    cell.theirs.group = group;
    if (name == "ffdhe6144" || name == "ffdhe8192") cell.resumes = false;
  }

  void signature(std::uint16_t version, std::uint16_t algorithm) {
    const auto name = tls::signature_algorithm_name(algorithm);
    if (!is_of(version, name)) return;
    for (const auto& key : keys_for_signature(name, version)) {
      auto& cell = add(version, "signature=" + name, "+key=" + key);
      cell.key = key;
      cell.theirs.signature_algorithm = algorithm;
      name_curve(cell, key);
      // With static RSA nothing would be signed.
      if (version == tls12 && key.starts_with("rsa"))
        cell.theirs.cipher_suite = tls::suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;
    }
  }

  /// Where it isn't worth it, or no engine has it.
  bool takes_long(const std::string& key, bool is_ours) const {
    if (key == "rsa16384") return is_ours || !engine_.is_reference;
    return key == "rsa8192" && is_ours && !engine_.is_reference;
  }

  void server_key(std::uint16_t version, const std::string& key) {
    if (version == tls13 && is_of_tls12(key) && !key.starts_with("brainpool")) return;
    if (takes_long(key, /*is_ours=*/!we_are_client_)) return;
    auto& cell = add(version, "key=" + key);
    cell.key = key;
    name_curve(cell, key);
  }

  void client_key(std::uint16_t version, const std::string& key) {
    if (version == tls13 && is_of_tls12(key) && !key.starts_with("brainpool")) return;
    if (takes_long(key, /*is_ours=*/we_are_client_)) return;
    auto& cell = add(version, "client-key=" + key);
    cell.client_key = key;
    name_curve(cell, key);
    cell.resumes = false;
  }

  void legacy_client_key(std::uint16_t version, const std::string& key) {
    // The old engine's server asks nobody (tls/session.h).
    if (!we_are_client_) return;
    auto& cell = add(version, "client-key=" + key);
    cell.is_legacy = true;
    cell.client_key = key;
  }

  void name_curve(Cell& cell, const std::string& key) const {
    // The other side must say that it understands the curve (RFC 8422 section 5.1), which none does of
    // itself.
    if (is_of_tls12(key))
      for (const auto group : groups_)
        if (tls::group_name(group).starts_with(key)) cell.theirs.group = group;
  }

  void legacy_cell(std::uint16_t version, std::uint16_t suite, const std::string& key) {
    auto& cell =
        suite != 0 ? add(version, "suite=" + tls::cipher_suite_name(suite)) : add(version, "key=" + key);
    cell.is_legacy = true;
    cell.key = key;
    cell.theirs.cipher_suite = suite;
  }

  const Engine& engine_;
  const Stack& stack_;
  bool we_are_client_;
  std::vector<Cell>& cells_;
  std::vector<std::uint16_t> groups_;
};

}  // namespace

const std::vector<Engine>& engines() {
  using crypto::Backend;
  static const std::vector<Engine> all = {
      {"portable", Backend::portable},
      {"portable-without-shortcuts", Backend::portable, false, every_shortcut},
      {"libcrypto", Backend::libcrypto, false, 0, /*is_reference=*/true},
      {"multibuffer", Backend::multibuffer},
      {"multibuffer-without-shortcuts", Backend::multibuffer, false, every_shortcut},
      {"multibuffer-batching", Backend::multibuffer, /*batches=*/true},
  };
  return all;
}

const std::vector<Stack>& stacks() {
  static const std::vector<Stack> all = {{"openssl", openssl_peer}, {"gnutls", gnutls_peer}};
  return all;
}

std::vector<Cell> all_cells() {
  std::vector<Cell> cells;
  for (const auto& engine : engines())
    for (const auto& stack : stacks())
      for (const bool we_are_client : {true, false}) Maker(engine, stack, we_are_client, cells).make();
  return cells;
}

}  // namespace mailtap::tests
