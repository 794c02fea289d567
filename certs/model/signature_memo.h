// What is known of signatures: each is verified once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

namespace mailtap::certs {

/// What a signature's check said. `unsupported`: an algorithm that nobody here can check.
enum class SignatureCheck { good, bad, unsupported };

/// Remembers what verify_signature said of certificates and CRLs, bounded; not thread-safe.
class SignatureMemo {
 public:
  explicit SignatureMemo(std::size_t capacity = 1024) : capacity_(capacity) {}
  /// SHA-256 of what is signed, signature included, and of the key.
  using Key = std::pair<std::array<std::uint8_t, 32>, std::array<std::uint8_t, 32>>;

  /// None: not known yet.
  const SignatureCheck* find(const Key& key) const;
  void add(const Key& key, SignatureCheck check);
  std::size_t size() const { return known_.size(); }

 private:
  std::size_t capacity_;
  std::map<Key, SignatureCheck> known_;
};

}  // namespace mailtap::certs
