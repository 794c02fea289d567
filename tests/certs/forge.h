// Certificates and CRLs for tests, of any kind and as wrong as wanted: DER put together by hand, signed by
// mbedTLS.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <mbedtls/md.h>

#include "config/base/bytes.h"
#include "config/base/text.h"

namespace mailtap::forge {

// DER.
Buffer tlv(std::uint8_t tag, Bytes value);
Buffer tlv(std::uint8_t tag, const std::vector<Buffer>& parts);
Buffer oid(std::string_view dotted);

/// A key pair; copies share it.
class Key {
 public:
  static Key ec();  ///< P-256
  static Key ec_p192();
  static Key rsa(unsigned bits);

  Buffer spki() const;
  /// The signature value, and the AlgorithmIdentifier that goes with it.
  Buffer sign(Bytes content, mbedtls_md_type_t hash) const;
  Buffer algorithm(mbedtls_md_type_t hash) const;

 private:
  struct Pair;
  explicit Key(std::shared_ptr<Pair> pair) : pair_(std::move(pair)) {}
  std::shared_ptr<Pair> pair_;
};

/// "CN=..." as a Name; of an empty string the empty name.
Buffer name(const std::string& common_name, std::uint8_t string_tag = 0x0c);

// GeneralNames.
Buffer dns(std::string_view name);
Buffer email(std::string_view address);
Buffer uri(std::string_view uri);
Buffer ip(std::initializer_list<std::uint8_t> bytes);
Buffer directory(const Buffer& name);

// Extensions, whole.
Buffer extension(std::string_view oid, bool critical, Bytes value);
Buffer basic_constraints(bool ca, int path_length = -1);
Buffer key_usage(std::uint8_t bits, std::uint8_t unused = 0);  ///< digitalSignature is 0x80
Buffer subject_alt_name(const std::vector<Buffer>& names, bool critical = false);
Buffer extended_key_usage(const std::vector<std::string>& oids);
Buffer name_constraints(const std::vector<Buffer>& permitted, const std::vector<Buffer>& excluded,
                        bool critical = true);
Buffer subject_key_id(Bytes id);
Buffer authority_key_id(Bytes id);

inline constexpr std::string_view server_auth = "1.3.6.1.5.5.7.3.1";
inline constexpr std::string_view client_auth = "1.3.6.1.5.5.7.3.2";

/// The moment at which the tests ask: 2026-06-15T12:00:00Z.
Time now();

struct Recipe {
  Buffer subject;
  Buffer issuer;
  Buffer serial{0x2a};
  Time not_before = now() - std::chrono::days(10);
  Time not_after = now() + std::chrono::days(300);
  int version = 3;
  mbedtls_md_type_t hash = MBEDTLS_MD_SHA256;
  std::vector<Buffer> extensions;
  bool break_signature = false;
};

/// What a server's certificate and a CA's usually have.
Recipe server(const std::string& dns_name);
Recipe authority(const std::string& common_name, int path_length = -1);

Buffer certificate(const Recipe& recipe, const Key& subject_key, const Key& issuer_key);

/// A CA with its key.
struct Ca {
  Key key = Key::ec();
  Buffer subject;
  Buffer der;

  /// Self-signed.
  static Ca root(const std::string& common_name);
  static Ca root(Recipe recipe);
  Ca issue_ca(const std::string& common_name) const;
  Ca issue_ca(Recipe recipe) const;
  Buffer issue(Recipe recipe, const Key& key = leaf_key()) const;
  Buffer issue(const std::string& dns_name) const { return issue(server(dns_name)); }

  static const Key& leaf_key();  ///< one for all leaves
};

struct CrlRecipe {
  std::vector<Buffer> revoked = {};  ///< serials
  Time this_update = now() - std::chrono::days(1);
  Time next_update = now() + std::chrono::days(6);
  std::vector<Buffer> extensions = {};        ///< besides the number
  std::vector<Buffer> entry_extensions = {};  ///< of each entry
  bool numbered = true;
  bool break_signature = false;
};
Buffer crl(const Ca& issuer, const CrlRecipe& recipe);

struct OcspRecipe {
  Buffer serial{0x2a};
  enum class Says { good, revoked, unknown } says = Says::good;
  Time this_update = now() - std::chrono::days(1);
  std::optional<Time> next_update = now() + std::chrono::days(6);
  std::vector<Buffer> certificates = {};
  std::vector<Buffer> single_extensions = {};
  std::vector<Buffer> extensions = {};
  mbedtls_md_type_t id_hash = MBEDTLS_MD_SHA1;
  mbedtls_md_type_t hash = MBEDTLS_MD_SHA256;
  bool by_key = true;  ///< the responder is named by its key
  bool break_signature = false;
};
/// Of a certificate of `issuer`'s, signed by `signer`.
Buffer ocsp(const Ca& issuer, const OcspRecipe& recipe, const Ca& signer);
inline Buffer ocsp(const Ca& issuer, const OcspRecipe& recipe = {}) {
  return ocsp(issuer, recipe, issuer);
}
/// A responder's error instead of an answer.
Buffer ocsp_error(std::uint8_t status);

}  // namespace mailtap::forge
