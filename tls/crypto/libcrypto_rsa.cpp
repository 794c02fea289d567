#define OPENSSL_SUPPRESS_DEPRECATED  // EVP would parse, copy and fetch for each of these
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include <openssl/bn.h>
#include <openssl/rsa.h>

#include "tls/crypto/handles.h"
#include "tls/crypto/libcrypto.h"

namespace mailtap::crypto {

namespace libcrypto {

namespace {

using Rsa = Handle<RSA, RSA_free>;

Rsa public_rsa(const RsaKey& key) {
  Rsa rsa(RSA_new());
  auto n = number(key.n);
  auto e = number(key.e);
  if (!rsa || !n || !e || RSA_set0_key(rsa.get(), n.get(), e.get(), nullptr) != 1) return nullptr;
  (void)n.release();
  (void)e.release();
  return rsa;
}

Rsa private_rsa(const RsaKey& key) {
  auto rsa = public_rsa(key);
  auto d = number(key.d);
  auto p = number(key.p);
  auto q = number(key.q);
  auto dp = number(key.dp);
  auto dq = number(key.dq);
  auto qp = number(key.qp);
  if (!rsa || !d || !p || !q || !dp || !dq || !qp) return nullptr;
  if (RSA_set0_key(rsa.get(), nullptr, nullptr, d.get()) != 1) return nullptr;
  (void)d.release();
  if (RSA_set0_factors(rsa.get(), p.get(), q.get()) != 1) return nullptr;
  (void)p.release();
  (void)q.release();
  if (RSA_set0_crt_params(rsa.get(), dp.get(), dq.get(), qp.get()) != 1) return nullptr;
  (void)dp.release();
  (void)dq.release();
  (void)qp.release();
  return rsa;
}

using Context = Handle<BN_CTX, BN_CTX_free>;
using Montgomery = Handle<BN_MONT_CTX, BN_MONT_CTX_free>;

/// A key with what is prepared for it: OpenSSL's blinding and, where the primes are known, what
/// rsa_reduce() and rsa_recombine() compute with.
struct PrivateKey {
  explicit PrivateKey(const RsaKey& key) : rsa(private_rsa(key)) {
    const Context context(BN_CTX_new());
    if (!rsa || !context) return;
    p = RSA_get0_p(rsa.get());
    q = RSA_get0_q(rsa.get());
    by_p = modulo(p, context.get());
    by_q = modulo(q, context.get());
    qp.reset(BN_new());
    if (!by_p || !qp || BN_to_montgomery(qp.get(), RSA_get0_iqmp(rsa.get()), by_p.get(), context.get()) != 1)
      by_p.reset();
  }

  bool has_primes() const { return by_p && by_q; }

  Rsa rsa;
  const BIGNUM* p = nullptr;
  const BIGNUM* q = nullptr;
  Montgomery by_p, by_q;
  Number qp;  ///< in Montgomery's form

 private:
  static Montgomery modulo(const BIGNUM* prime, BN_CTX* context) {
    Montgomery made(BN_MONT_CTX_new());
    if (!made || BN_is_odd(prime) == 0 || BN_MONT_CTX_set(made.get(), prime, context) != 1) return nullptr;
    return made;
  }
};

/// Of all threads. An entry goes with its owner, so there are as many as the process has private keys at
/// work.
class PrivateKeys {
 public:
  /// Null: it is none.
  std::shared_ptr<const PrivateKey> get(const RsaKey& key) {
    {
      const std::shared_lock lock(mutex_);
      const auto found = keys_.find(key.owner);
      if (found != keys_.end() && std::ranges::equal(found->second.modulus, key.n)) return found->second.key;
    }
    auto made = std::make_shared<const PrivateKey>(key);
    if (!made->rsa) return nullptr;
    if (key.owner == nullptr) return made;
    const std::unique_lock lock(mutex_);
    keys_.insert_or_assign(key.owner, Entry{Buffer(key.n.begin(), key.n.end()), made});
    return made;
  }

  void forget(const void* owner) {
    const std::unique_lock lock(mutex_);
    keys_.erase(owner);
  }

 private:
  struct Entry {
    Buffer modulus;
    std::shared_ptr<const PrivateKey> key;
  };
  std::shared_mutex mutex_;
  std::map<const void*, Entry> keys_;
};

PrivateKeys& private_keys() {
  // Never destroyed: keys with static lifetime may be freed after it would be.
  static auto* keys = new PrivateKeys;
  return *keys;
}

/// This thread's last public keys: a server's own and its issuers' come again with each connection.
class PublicKeys {
 public:
  RSA* get(const RsaKey& key) {
    const auto same = [&](const Entry& entry) {
      return std::ranges::equal(entry.n, key.n) && std::ranges::equal(entry.e, key.e);
    };
    const auto found = std::ranges::find_if(entries_, same);
    if (found != entries_.end()) return found->rsa.get();
    auto rsa = public_rsa(key);
    if (!rsa) return nullptr;
    auto& entry = entries_.at(next_);
    next_ = (next_ + 1) % entries_.size();
    entry = {Buffer(key.n.begin(), key.n.end()), Buffer(key.e.begin(), key.e.end()), std::move(rsa)};
    return entry.rsa.get();
  }

 private:
  struct Entry {
    Buffer n, e;
    Rsa rsa;
  };
  std::array<Entry, 16> entries_;
  std::size_t next_ = 0;
};

/// As OpenSSL itself reduces secrets: in the same time whatever the numbers are. `number` is less than the
/// modulus times a number of the modulus's size.
bool reduced(BIGNUM* to, const BIGNUM* number, const Montgomery& by, BN_CTX* context) {
  return BN_from_montgomery(to, number, by.get(), context) == 1 &&
         BN_to_montgomery(to, to, by.get(), context) == 1;
}

bool write(const BIGNUM& number, MutableBytes to) {
  const int size = static_cast<int>(to.size());
  return BN_bn2binpad(&number, to.data(), size) == size;
}

Bytes without_zeros(Bytes number) {
  const auto first = std::ranges::find_if(number, [](std::uint8_t byte) { return byte != 0; });
  return number.subspan(static_cast<std::size_t>(first - number.begin()));
}

}  // namespace

bool takes(const RsaKey& key) {
  const auto e = without_zeros(key.e).size();
  const auto n = without_zeros(key.n).size();
  return e != 0 && n != 0 && n * 8 <= OPENSSL_RSA_MAX_MODULUS_BITS &&
         (n * 8 <= OPENSSL_RSA_SMALL_MODULUS_BITS ? e < n : e * 8 <= OPENSSL_RSA_MAX_PUBEXP_BITS);
}

bool rsa_private(const RsaKey& key, Bytes in, MutableBytes out) {
  const ErrorsForgotten forgotten;
  const auto own = private_keys().get(key);
  auto* const rsa = own ? own->rsa.get() : nullptr;
  const int size = rsa != nullptr ? RSA_size(rsa) : -1;
  if (size < 0 || in.size() != static_cast<std::size_t>(size) || out.size() != in.size()) return false;
  // Blinds, and checks the two remainders' result with the public exponent.
  return RSA_private_encrypt(size, in.data(), out.data(), rsa, RSA_NO_PADDING) == size;
}

bool rsa_reduce(const RsaKey& key, Bytes in, MutableBytes mod_p, MutableBytes mod_q) {
  const ErrorsForgotten forgotten;
  const auto own = private_keys().get(key);
  const Context context(BN_CTX_new());
  const auto block = number(in);
  const Number rest(BN_new());
  if (!own || !own->has_primes() || !context || !block || !rest) return false;
  const auto reduce = [&](const Montgomery& by, MutableBytes out) {
    return reduced(rest.get(), block.get(), by, context.get()) && write(*rest, out);
  };
  return reduce(own->by_p, mod_p) && reduce(own->by_q, mod_q);
}

bool rsa_recombine(const RsaKey& key, Bytes mod_p, Bytes mod_q, MutableBytes out) {
  const ErrorsForgotten forgotten;
  const auto own = private_keys().get(key);
  const Context context(BN_CTX_new());
  const auto m1 = number(mod_p);
  const auto m2 = number(mod_q);
  const Number h(BN_new());
  if (!own || !own->has_primes() || !context || !m1 || !m2 || !h) return false;
  // m2 + q * ((m1 - m2) * qp mod p)
  return reduced(h.get(), m2.get(), own->by_p, context.get()) &&
         BN_mod_sub_quick(h.get(), m1.get(), h.get(), own->p) == 1 &&
         BN_mod_mul_montgomery(h.get(), h.get(), own->qp.get(), own->by_p.get(), context.get()) == 1 &&
         BN_mul(h.get(), h.get(), own->q, context.get()) == 1 && BN_add(h.get(), h.get(), m2.get()) == 1 &&
         write(*h, out);
}

bool rsa_public(const RsaKey& key, Bytes in, MutableBytes out) {
  const ErrorsForgotten forgotten;
  thread_local PublicKeys keys;
  auto* rsa = keys.get(key);
  const int size = rsa != nullptr ? RSA_size(rsa) : -1;
  if (size < 0 || in.size() != static_cast<std::size_t>(size) || out.size() != in.size()) return false;
  return RSA_public_encrypt(size, in.data(), out.data(), rsa, RSA_NO_PADDING) == size;
}

}  // namespace libcrypto

void forget_rsa(const void* owner) {
  libcrypto::private_keys().forget(owner);
}

}  // namespace mailtap::crypto
