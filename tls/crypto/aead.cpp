#include "tls/crypto/aead.h"

#include <algorithm>
#include <limits>

#include <string.h>

#include "tls/crypto/aead_backends.h"
#include "tls/crypto/backend.h"

namespace mailtap::crypto {

namespace {

constexpr std::size_t nonce_size = 12;
constexpr std::size_t largest = std::numeric_limits<int>::max() / 2;

bool fits(Aead aead, const Record& record, std::size_t tag_size) {
  const auto key = record.key.size();
  const bool key_fits = aead == Aead::aes_gcm ? key == 16 || key == 24 || key == 32 : key == 32;
  const bool tag_fits = tag_size <= 16 && tag_size >= (aead == Aead::aes_gcm ? 4 : 16);
  return key_fits && tag_fits && record.nonce.size() == nonce_size && record.in.size() <= largest &&
         record.additional.size() <= largest;
}

/// crypto_mb's companion: both Intel's, both only where wide vectors are.
bool use_ipsec(Aead aead) {
  return aead == Aead::aes_gcm && backend() == Backend::multibuffer && ipsec::usable();
}

}  // namespace

bool seal(Aead aead, const Record& record, MutableBytes tag) {
  if (!fits(aead, record, tag.size())) return false;
  return use_ipsec(aead) ? ipsec::seal(record, tag) : libcrypto::seal(aead, record, tag);
}

bool open(Aead aead, const Record& record, Bytes tag) {
  const bool good = fits(aead, record, tag.size()) &&
                    (use_ipsec(aead) ? ipsec::open(record, tag) : libcrypto::open(aead, record, tag));
  if (!good && !record.in.empty()) ::explicit_bzero(record.out, record.in.size());
  return good;
}

void forget_key(Aead aead, Bytes key) {
  libcrypto::forget_key(aead, key);
  if (aead == Aead::aes_gcm) ipsec::forget_key(key);
}

}  // namespace mailtap::crypto
