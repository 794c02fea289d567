#include <algorithm>
#include <array>

#include <intel-ipsec-mb.h>
#include <string.h>

#include "tls/crypto/aead_backends.h"

namespace mailtap::crypto::ipsec {

namespace {

/// What serves one size of key, on this CPU. Stateless: any thread may call it.
struct Functions {
  aes_gcm_pre_t expand = nullptr;
  aes_gcm_enc_dec_t encrypt = nullptr;
  aes_gcm_enc_dec_t decrypt = nullptr;
};

/// Of 16, 24 and 32 bytes; null where the CPU lacks the instructions.
const std::array<Functions, 3>& functions() {
  static const auto chosen = [] {
    std::array<Functions, 3> result;
    IMB_MGR* manager = alloc_mb_mgr(0);
    if (manager == nullptr) return result;
    init_mb_mgr_auto(manager, nullptr);
    constexpr auto needed = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ;
    if ((manager->features & needed) == needed)
      result = {Functions{manager->gcm128_pre, manager->gcm128_enc, manager->gcm128_dec},
                Functions{manager->gcm192_pre, manager->gcm192_enc, manager->gcm192_dec},
                Functions{manager->gcm256_pre, manager->gcm256_enc, manager->gcm256_dec}};
    free_mb_mgr(manager);
    return result;
  }();
  return chosen;
}

const Functions& functions(Bytes key) {
  return functions().at(key.size() / 8 - 2);
}

/// What this thread's last key of a direction expands to.
class Expanded {
 public:
  Expanded() = default;
  ~Expanded() { erase(); }
  Expanded(const Expanded&) = delete;
  Expanded& operator=(const Expanded&) = delete;

  const gcm_key_data* of(Bytes key) {
    if (!holds(key)) {
      std::ranges::copy(key, key_.begin());
      functions(key).expand(key.data(), &data_);
      size_ = key.size();
    }
    return &data_;
  }

  void forget(Bytes key) {
    if (holds(key)) erase();
  }

 private:
  bool holds(Bytes key) const {
    return size_ == key.size() && std::equal(key.begin(), key.end(), key_.begin());
  }

  void erase() {
    ::explicit_bzero(&data_, sizeof(data_));
    ::explicit_bzero(key_.data(), key_.size());
    size_ = 0;
  }

  alignas(64) gcm_key_data data_{};
  std::array<std::uint8_t, 32> key_{};
  std::size_t size_ = 0;  ///< 0: no key
};

Expanded& expanded(bool encrypt) {
  thread_local std::array<Expanded, 2> both;
  return both.at(encrypt ? 1 : 0);
}

constexpr std::size_t tag_size = 16;

void crypt(bool encrypt, const Record& record, std::array<std::uint8_t, tag_size>& tag) {
  static constexpr std::uint8_t nothing = 0;
  const auto& of_size = functions(record.key);
  gcm_context_data state{};
  const auto* additional = record.additional.empty() ? &nothing : record.additional.data();
  (encrypt ? of_size.encrypt : of_size.decrypt)(expanded(encrypt).of(record.key), &state, record.out,
                                                record.in.data(), record.in.size(), record.nonce.data(),
                                                additional, record.additional.size(), tag.data(), tag.size());
  ::explicit_bzero(&state, sizeof(state));
}

}  // namespace

bool usable() {
  return functions()[0].expand != nullptr;
}

bool seal(const Record& record, MutableBytes tag) {
  std::array<std::uint8_t, tag_size> full{};
  crypt(true, record, full);
  std::ranges::copy(Bytes(full).first(tag.size()), tag.begin());
  return true;
}

bool open(const Record& record, Bytes tag) {
  std::array<std::uint8_t, tag_size> full{};
  crypt(false, record, full);
  std::uint8_t difference = 0;  // all of it is compared, so that time says nothing
  for (std::size_t i = 0; i < tag.size(); ++i) difference |= full[i] ^ tag[i];
  return difference == 0;
}

void forget_key(Bytes key) {
  expanded(false).forget(key);
  expanded(true).forget(key);
}

}  // namespace mailtap::crypto::ipsec
