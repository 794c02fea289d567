#include "tls/handshake_decryptor.h"

#include <algorithm>
#include <string_view>

#include <mbedtls/ccm.h>
#include <mbedtls/chachapoly.h>
#include <mbedtls/gcm.h>
#include <mbedtls/hkdf.h>
#include <mbedtls/platform_util.h>

#include "tls/numbers.h"
#include "tls/wire.h"

namespace mailtap::tls {

namespace {

constexpr std::size_t tag_size = 16;

/// RFC 8446 section 7.1, with an empty context.
bool expand_label(const mbedtls_md_info_t* hash, Bytes secret, std::string_view label, MutableBytes out) {
  Buffer info{0, static_cast<std::uint8_t>(out.size())};
  const std::string_view prefix = "tls13 ";
  info.push_back(static_cast<std::uint8_t>(prefix.size() + label.size()));
  info.insert(info.end(), prefix.begin(), prefix.end());
  info.insert(info.end(), label.begin(), label.end());
  info.push_back(0);
  return mbedtls_hkdf_expand(hash, secret.data(), secret.size(), info.data(), info.size(), out.data(),
                             out.size()) == 0;
}

struct ChaCha {
  ChaCha() { mbedtls_chachapoly_init(&context); }
  ~ChaCha() { mbedtls_chachapoly_free(&context); }
  ChaCha(const ChaCha&) = delete;
  ChaCha& operator=(const ChaCha&) = delete;
  mbedtls_chachapoly_context context;
};

struct Gcm {
  Gcm() { mbedtls_gcm_init(&context); }
  ~Gcm() { mbedtls_gcm_free(&context); }
  Gcm(const Gcm&) = delete;
  Gcm& operator=(const Gcm&) = delete;
  mbedtls_gcm_context context;
};

struct Ccm {
  Ccm() { mbedtls_ccm_init(&context); }
  ~Ccm() { mbedtls_ccm_free(&context); }
  Ccm(const Ccm&) = delete;
  Ccm& operator=(const Ccm&) = delete;
  mbedtls_ccm_context context;
};

}  // namespace

std::optional<HandshakeDecryptor> HandshakeDecryptor::make(std::uint16_t cipher_suite, Bytes secret) {
  HandshakeDecryptor made;
  auto hash = MBEDTLS_MD_SHA256;
  switch (cipher_suite) {
    case suite::TLS_AES_128_GCM_SHA256: made.key_size_ = 16; break;
    case suite::TLS_AES_256_GCM_SHA384:
      made.key_size_ = 32;
      hash = MBEDTLS_MD_SHA384;
      break;
    case suite::TLS_CHACHA20_POLY1305_SHA256:
      made.key_size_ = 32;
      made.chacha_ = true;
      break;
    case suite::TLS_AES_128_CCM_SHA256:
      made.key_size_ = 16;
      made.ccm_ = true;
      break;
    default: return std::nullopt;
  }
  const auto* info = mbedtls_md_info_from_type(hash);
  if (secret.size() != mbedtls_md_get_size(info) ||
      !expand_label(info, secret, "key", MutableBytes(made.key_).first(made.key_size_)) ||
      !expand_label(info, secret, "iv", made.iv_))
    return std::nullopt;
  return made;
}

HandshakeDecryptor::~HandshakeDecryptor() {
  mbedtls_platform_zeroize(key_.data(), key_.size());
}

std::optional<HandshakeDecryptor::Inner> HandshakeDecryptor::open(Bytes fragment) {
  if (fragment.size() <= tag_size || fragment.size() > wire::max_fragment) return std::nullopt;
  auto nonce = iv_;
  for (std::size_t i = 0; i < 8; ++i)
    nonce[nonce.size() - 1 - i] ^= static_cast<std::uint8_t>(sequence_ >> (8 * i));
  const std::array<std::uint8_t, 5> header{wire::application_data, 3, 3,
                                           static_cast<std::uint8_t>(fragment.size() >> 8),
                                           static_cast<std::uint8_t>(fragment.size())};
  const auto text = fragment.first(fragment.size() - tag_size);
  const auto tag = fragment.last(tag_size);
  Inner inner;
  inner.fragment.resize(text.size());
  int failed = 0;
  if (chacha_) {
    ChaCha aead;
    failed = mbedtls_chachapoly_setkey(&aead.context, key_.data());
    if (failed == 0)
      failed = mbedtls_chachapoly_auth_decrypt(&aead.context, text.size(), nonce.data(), header.data(),
                                               header.size(), tag.data(), text.data(), inner.fragment.data());
  } else if (ccm_) {
    Ccm aead;
    failed = mbedtls_ccm_setkey(&aead.context, MBEDTLS_CIPHER_ID_AES, key_.data(),
                                static_cast<unsigned>(key_size_ * 8));
    if (failed == 0)
      failed =
          mbedtls_ccm_auth_decrypt(&aead.context, text.size(), nonce.data(), nonce.size(), header.data(),
                                   header.size(), text.data(), inner.fragment.data(), tag.data(), tag.size());
  } else {
    Gcm aead;
    failed = mbedtls_gcm_setkey(&aead.context, MBEDTLS_CIPHER_ID_AES, key_.data(),
                                static_cast<unsigned>(key_size_ * 8));
    if (failed == 0)
      failed =
          mbedtls_gcm_auth_decrypt(&aead.context, text.size(), nonce.data(), nonce.size(), header.data(),
                                   header.size(), tag.data(), tag.size(), text.data(), inner.fragment.data());
  }
  if (failed != 0) return std::nullopt;
  ++sequence_;
  // TLSInnerPlaintext: content, its type, zeros.
  while (!inner.fragment.empty() && inner.fragment.back() == 0) inner.fragment.pop_back();
  if (inner.fragment.empty()) return std::nullopt;
  inner.type = inner.fragment.back();
  inner.fragment.pop_back();
  return inner;
}

}  // namespace mailtap::tls
