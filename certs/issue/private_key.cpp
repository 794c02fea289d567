#include "certs/issue/private_key.h"

#include <array>
#include <string_view>

#include <mbedtls/asn1.h>
#include <mbedtls/ecp.h>
#include <mbedtls/error.h>
#include <mbedtls/pkcs5.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/rsa.h>

#include "certs/asn1/der_writer.h"
#include "certs/asn1/oids.h"
#include "certs/model/content_kind.h"
#include "config/base/random.h"

namespace mailtap::certs {

namespace {

constexpr std::size_t max_key_der = 8192;
constexpr unsigned pbkdf2_rounds = 200'000;

/// A DER buffer's contents that shall not linger in memory.
class Erased {
 public:
  explicit Erased(Buffer bytes) : bytes_(std::move(bytes)) {}
  ~Erased() { mbedtls_platform_zeroize(bytes_.data(), bytes_.size()); }
  Erased(const Erased&) = delete;
  Erased& operator=(const Erased&) = delete;
  Buffer& get() { return bytes_; }

 private:
  Buffer bytes_;
};

int random_unless_cancelled(void* cancelled, unsigned char* out, std::size_t size) {
  const auto& asked = *static_cast<const std::function<bool()>*>(cancelled);
  if (asked && asked()) return MBEDTLS_ERR_ERROR_GENERIC_ERROR;
  return random_for_mbedtls(nullptr, out, size);
}

/// The AlgorithmIdentifier that begins a subjectPublicKeyInfo.
Bytes algorithm_of(Bytes public_key) {
  const auto sequence = der::only(public_key, der::tag_sequence);
  const auto algorithm = sequence ? der::Reader(sequence->value).next(der::tag_sequence) : std::nullopt;
  return algorithm ? algorithm->whole : Bytes{};
}

}  // namespace

std::string to_string(KeySpec type) {
  if (type == KeySpec::ed25519()) return "Ed25519";
  if (type == KeySpec::ed448()) return "Ed448";
  if (type.is_foreign()) return "RSA-PSS " + std::to_string(type.rsa_bits);
  if (type.is_rsa()) return "RSA " + std::to_string(type.rsa_bits);
  switch (type.curve) {
    case MBEDTLS_ECP_DP_SECP256R1: return "EC P-256";
    case MBEDTLS_ECP_DP_SECP384R1: return "EC P-384";
    case MBEDTLS_ECP_DP_SECP521R1: return "EC P-521";
    default: break;
  }
  const auto* curve = mbedtls_ecp_curve_info_from_grp_id(type.curve);
  return curve == nullptr ? "unknown" : std::string("EC ") + curve->name;
}

Result<KeySpec> type_of(const mbedtls_pk_context& key) {
  if (mbedtls_pk_get_type(&key) == MBEDTLS_PK_RSA)
    return KeySpec::rsa(static_cast<unsigned>(mbedtls_pk_get_bitlen(&key)));
  if (mbedtls_pk_get_type(&key) == MBEDTLS_PK_ECKEY)
    return KeySpec{mbedtls_pk_ec(key)->MBEDTLS_PRIVATE(grp).id, 0};
  return fail("a key that is neither RSA nor elliptic curve; give one of these kinds");
}

PrivateKey::PrivateKey() {
  mbedtls_pk_init(&context_);
}
PrivateKey::~PrivateKey() {
  mbedtls_pk_free(&context_);
}

Result<KeyPtr> PrivateKey::generate(KeySpec type, const std::function<bool()>& cancelled) {
  if (type.rsa_bits != 0 && (type.rsa_bits < min_made_rsa_bits || type.rsa_bits > max_made_rsa_bits))
    return fail("RSA keys are made of " + std::to_string(min_made_rsa_bits) + " to " +
                std::to_string(max_made_rsa_bits) + " bits, not " + std::to_string(type.rsa_bits));
  std::shared_ptr<PrivateKey> key(new PrivateKey);
  if (type.is_foreign()) return generate_foreign(std::move(key), type);
  int code = mbedtls_pk_setup(&key->context_,
                              mbedtls_pk_info_from_type(type.is_rsa() ? MBEDTLS_PK_RSA : MBEDTLS_PK_ECKEY));
  auto* context = const_cast<std::function<bool()>*>(&cancelled);
  if (code == 0)
    code = type.is_rsa() ? mbedtls_rsa_gen_key(mbedtls_pk_rsa(key->context_), random_unless_cancelled,
                                               context, type.rsa_bits, 65537)
                         : mbedtls_ecp_gen_key(type.curve, mbedtls_pk_ec(key->context_),
                                               random_unless_cancelled, context);
  if (code != 0) return fail("no key of type " + to_string(type) + " could be made: " + mbedtls_error(code));
  if (auto finished = key->finish(); !finished) return tl::unexpected(finished.error());
  return key;
}

Result<KeyPtr> PrivateKey::generate_foreign(std::shared_ptr<PrivateKey> key, KeySpec type) {
  const int code = mailtap_make_foreign_key(&key->context_, type.foreign, type.rsa_bits);
  if (code != 0) return fail("no key of type " + to_string(type) + " could be made: " + mbedtls_error(code));
  key->type_ = type;
  key->public_key_.resize(max_key_der);
  const int size = mailtap_write_foreign_public_key(&key->context_, key->public_key_.data(), max_key_der);
  if (size < 0) return fail("the public key can't be encoded: " + mbedtls_error(size));
  key->public_key_.resize(static_cast<std::size_t>(size));
  return key;
}

Result<KeyPtr> PrivateKey::parse(const std::string& content, const std::string& password,
                                 const std::string& origin) {
  std::shared_ptr<PrivateKey> key(new PrivateKey);
  // mbedTLS wants PEM with its terminating zero and DER without one.
  const bool is_pem = content.find("-----BEGIN") != std::string::npos;
  const auto* bytes = reinterpret_cast<const unsigned char*>(content.c_str());
  const auto password_bytes = as_bytes(password);
  const int code = mbedtls_pk_parse_key(&key->context_, bytes, content.size() + (is_pem ? 1 : 0),
                                        password.empty() ? nullptr : password_bytes.data(), password.size(),
                                        random_for_mbedtls, nullptr);
  if (code == MBEDTLS_ERR_PK_PASSWORD_REQUIRED)
    return fail(origin +
                ": the private key is encrypted and no password was given; put the password into a file for "
                "ca-key-password-file");
  // One wrong password in 256 leaves padding that looks right, around what is no key.
  const bool is_encrypted = is_pem && content.find("ENCRYPTED") != std::string::npos;
  const bool decrypts_to_no_key =
      is_encrypted && !password.empty() && (-code & ~0x7F) == -MBEDTLS_ERR_PK_KEY_INVALID_FORMAT;
  if (code == MBEDTLS_ERR_PK_PASSWORD_MISMATCH || decrypts_to_no_key)
    return fail(origin +
                ": the password doesn't fit the private key; give the one that it was encrypted with");
  if (code != 0 && kind_of_content(content) != ContentKind::private_key)
    return fail(origin + ": " + without_key(content));
  if (code != 0)
    return fail(origin + ": no private key could be read: " + mbedtls_error(code) + "; export it anew");
  if (auto finished = key->finish(); !finished) return fail(origin + ": " + finished.error().message);
  return key;
}

Result<void> PrivateKey::finish() {
  const auto type = type_of(context_);
  if (!type) return tl::unexpected(type.error());
  type_ = *type;
  Buffer der(max_key_der);
  const int size = mbedtls_pk_write_pubkey_der(&context_, der.data(), der.size());
  if (size < 0) return fail("the public key can't be encoded: " + mbedtls_error(size));
  public_key_.assign(der.end() - size, der.end());  // mbedTLS writes at the buffer's end
  return {};
}

Result<Buffer> PrivateKey::to_der() const {
  Erased scratch{Buffer(max_key_der)};
  auto& buffer = scratch.get();
  if (type_.is_foreign()) {
    const int written = mailtap_write_foreign_private_key(&context_, buffer.data(), buffer.size());
    if (written < 0) return fail("the private key can't be encoded: " + mbedtls_error(written));
    return Buffer(buffer.begin(), buffer.begin() + written);
  }
  const int size = mbedtls_pk_write_key_der(&context_, buffer.data(), buffer.size());
  if (size < 0) return fail("the private key can't be encoded: " + mbedtls_error(size));
  const Bytes traditional(buffer.data() + buffer.size() - size, static_cast<std::size_t>(size));
  // PrivateKeyInfo (RFC 5208 section 5)
  return der::sequence(
      {der::integer(std::uint64_t{0}), algorithm_of(public_key_), der::octet_string(traditional)});
}

Result<std::string> PrivateKey::to_pem() const {
  auto der = to_der();
  if (!der) return tl::unexpected(der.error());
  Erased plain(std::move(*der));
  return certs::to_pem(plain.get(), "PRIVATE KEY");
}

Result<std::string> PrivateKey::to_encrypted_pem(const std::string& password) const {
  if (password.empty()) return fail("an empty password can't protect a key; give another");
  auto der = to_der();
  if (!der) return tl::unexpected(der.error());
  Erased plain(std::move(*der));

  std::array<std::uint8_t, 16> salt{};
  std::array<std::uint8_t, 16> iv{};
  if (!random_bytes(salt) || !random_bytes(iv)) return fail("the kernel gave no randomness");
  // PBES2-params (RFC 8018 appendix A.4)
  const auto hmac_sha256 = der::sequence({der::oid(oid::hmac_with_sha256), der::element(der::tag_null, {})});
  const auto derivation = der::sequence(
      {der::oid(oid::pbkdf2),
       der::sequence({der::octet_string(salt), der::integer(std::uint64_t{pbkdf2_rounds}), hmac_sha256})});
  const auto encryption = der::sequence({der::oid(oid::aes_256_cbc), der::octet_string(iv)});
  auto parameters = der::concat({derivation, encryption});

  const mbedtls_asn1_buf view{der::tag_sequence, parameters.size(), parameters.data()};
  Buffer encrypted(plain.get().size() + 16);
  std::size_t size = 0;
  const auto password_bytes = as_bytes(password);
  const int code = mbedtls_pkcs5_pbes2_ext(&view, MBEDTLS_PKCS5_ENCRYPT, password_bytes.data(),
                                           password_bytes.size(), plain.get().data(), plain.get().size(),
                                           encrypted.data(), encrypted.size(), &size);
  if (code != 0) return fail("the private key can't be encrypted: " + mbedtls_error(code));
  encrypted.resize(size);
  const auto scheme = der::sequence({der::oid(oid::pbes2), der::element(der::tag_sequence, parameters)});
  return certs::to_pem(der::sequence({scheme, der::octet_string(encrypted)}), "ENCRYPTED PRIVATE KEY");
}

bool PrivateKey::belongs_to(Bytes public_key) const {
  mbedtls_pk_context key;
  mbedtls_pk_init(&key);
  const bool is_its_own = mbedtls_pk_parse_public_key(&key, public_key.data(), public_key.size()) == 0 &&
                          mbedtls_pk_check_pair(&key, &context_, random_for_mbedtls, nullptr) == 0;
  mbedtls_pk_free(&key);
  return is_its_own;
}

Result<Buffer> PrivateKey::sign(mbedtls_md_type_t hash, Bytes message, Padding padding) const {
  if (type_.is_foreign()) return sign_as_foreign(hash, message);
  const auto* info = mbedtls_md_info_from_type(hash);
  if (info == nullptr) return fail("a hash that mbedTLS doesn't have");
  std::array<unsigned char, MBEDTLS_MD_MAX_SIZE> digest{};
  int code = mbedtls_md(info, message.data(), message.size(), digest.data());
  Buffer signature(MBEDTLS_PK_SIGNATURE_MAX_SIZE);
  std::size_t size = 0;
  if (code == 0)
    code = mbedtls_pk_sign_ext(
        type_.is_rsa() && padding == Padding::pss ? MBEDTLS_PK_RSASSA_PSS : mbedtls_pk_get_type(&context_),
        &context_, hash, digest.data(), mbedtls_md_get_size(info), signature.data(), signature.size(), &size,
        random_for_mbedtls, nullptr);
  if (code != 0) return fail("the signature failed: " + mbedtls_error(code));
  signature.resize(size);
  return signature;
}

Result<Buffer> PrivateKey::sign_as_foreign(mbedtls_md_type_t hash, Bytes message) const {
  const bool is_pss = type_.foreign == MAILTAP_FOREIGN_RSA_PSS;
  Buffer signature(MBEDTLS_PK_SIGNATURE_MAX_SIZE);
  std::size_t size = 0;
  const int code = mailtap_foreign_sign(&context_, is_pss ? MAILTAP_PADDING_PSS : MAILTAP_PADDING_NONE,
                                        is_pss ? hash : MBEDTLS_MD_NONE, message.data(), message.size(),
                                        signature.data(), signature.size(), &size);
  if (code != 0) return fail("the signature failed: " + mbedtls_error(code));
  signature.resize(size);
  return signature;
}

std::string mbedtls_error(int code) {
  std::array<char, 128> text{};
  mbedtls_strerror(code, text.data(), text.size());
  std::array<char, 16> number{};
  std::snprintf(number.data(), number.size(), " (-0x%04x)", static_cast<unsigned>(-code));
  return std::string(text.data()) + number.data();
}

}  // namespace mailtap::certs
