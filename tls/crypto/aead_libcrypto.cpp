#include <algorithm>
#include <array>

#include <openssl/evp.h>
#include <string.h>

#include "tls/crypto/aead_backends.h"
#include "tls/crypto/handles.h"

namespace mailtap::crypto::libcrypto {

namespace {

using Context = Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

const EVP_CIPHER* cipher(Aead aead, std::size_t key_size) {
  // Fetched once: a fetch takes locks and longer than a record. Never freed, as threads may outlive main.
  static const std::array<const EVP_CIPHER*, 4> fetched{
      EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr), EVP_CIPHER_fetch(nullptr, "AES-192-GCM", nullptr),
      EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr),
      EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr)};
  return aead == Aead::chacha20_poly1305 ? fetched[3] : fetched.at(key_size / 8 - 2);
}

/// This thread's context of one cipher and direction, with the key that it was last given.
class Keyed {
 public:
  Keyed() = default;
  ~Keyed() { ::explicit_bzero(key_.data(), key_.size()); }
  Keyed(const Keyed&) = delete;
  Keyed& operator=(const Keyed&) = delete;

  EVP_CIPHER_CTX* begin(Aead aead, bool encrypt, Bytes key, Bytes nonce) {
    if (!context_) context_.reset(EVP_CIPHER_CTX_new());
    if (!context_) return nullptr;
    const bool same = holds(key);
    if (!same) {
      size_ = 0;
      std::ranges::copy(key, key_.begin());
    }
    if (EVP_CipherInit_ex2(context_.get(), same ? nullptr : cipher(aead, key.size()),
                           same ? nullptr : key.data(), nonce.data(), encrypt ? 1 : 0, nullptr) != 1)
      return nullptr;
    size_ = key.size();
    return context_.get();
  }

  void forget(Bytes key) {
    if (!holds(key)) return;
    EVP_CIPHER_CTX_reset(context_.get());
    ::explicit_bzero(key_.data(), key_.size());
    size_ = 0;
  }

 private:
  bool holds(Bytes key) const {
    return size_ == key.size() && std::equal(key.begin(), key.end(), key_.begin());
  }

  Context context_;
  std::array<std::uint8_t, 32> key_{};
  std::size_t size_ = 0;  ///< 0: no key
};

Keyed& keyed(Aead aead, bool encrypt) {
  thread_local std::array<Keyed, 4> all;
  return all.at((aead == Aead::aes_gcm ? 0 : 2) + (encrypt ? 1 : 0));
}

bool update(EVP_CIPHER_CTX* context, const Record& record) {
  int size = 0;
  if (!record.additional.empty() && EVP_CipherUpdate(context, nullptr, &size, record.additional.data(),
                                                     static_cast<int>(record.additional.size())) != 1)
    return false;
  return record.in.empty() || EVP_CipherUpdate(context, record.out, &size, record.in.data(),
                                               static_cast<int>(record.in.size())) == 1;
}

}  // namespace

bool seal(Aead aead, const Record& record, MutableBytes tag) {
  const ErrorsForgotten forgotten;
  auto* context = keyed(aead, true).begin(aead, true, record.key, record.nonce);
  int size = 0;
  std::array<std::uint8_t, 16> rest{};
  return context != nullptr && update(context, record) &&
         EVP_CipherFinal_ex(context, rest.data(), &size) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag.size()), tag.data()) == 1;
}

bool open(Aead aead, const Record& record, Bytes tag) {
  const ErrorsForgotten forgotten;
  auto* context = keyed(aead, false).begin(aead, false, record.key, record.nonce);
  int size = 0;
  std::array<std::uint8_t, 16> rest{};
  std::array<std::uint8_t, 16> expected{};
  std::ranges::copy(tag, expected.begin());
  return context != nullptr &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag.size()), expected.data()) ==
             1 &&
         update(context, record) && EVP_CipherFinal_ex(context, rest.data(), &size) == 1;
}

void forget_key(Aead aead, Bytes key) {
  keyed(aead, false).forget(key);
  keyed(aead, true).forget(key);
}

}  // namespace mailtap::crypto::libcrypto
