#include "tls/tickets.h"

#include <algorithm>
#include <mutex>
#include <string>

#include <mbedtls/gcm.h>
#include <mbedtls/platform_util.h>

#include "config/base/random.h"

namespace mailtap::tls {

namespace {

constexpr std::size_t name_size = 16;
constexpr std::size_t nonce_size = 12;
constexpr std::size_t issued_size = 8;
constexpr std::size_t tag_size = 16;
constexpr std::chrono::seconds longest_lifetime = std::chrono::hours(7 * 24);

/// mbedTLS's GCM context is changed by use, so each operation has its own.
class Gcm {
 public:
  explicit Gcm(Bytes key) {
    mbedtls_gcm_init(&context_);
    ready_ = mbedtls_gcm_setkey(&context_, MBEDTLS_CIPHER_ID_AES, key.data(),
                                static_cast<unsigned>(key.size() * 8)) == 0;
  }
  ~Gcm() { mbedtls_gcm_free(&context_); }
  Gcm(const Gcm&) = delete;
  Gcm& operator=(const Gcm&) = delete;

  bool seal(Bytes nonce, Bytes extra, MutableBytes text, MutableBytes tag) {
    return ready_ && mbedtls_gcm_crypt_and_tag(&context_, MBEDTLS_GCM_ENCRYPT, text.size(), nonce.data(),
                                               nonce.size(), extra.data(), extra.size(), text.data(),
                                               text.data(), tag.size(), tag.data()) == 0;
  }
  bool open(Bytes nonce, Bytes extra, MutableBytes text, Bytes tag) {
    return ready_ &&
           mbedtls_gcm_auth_decrypt(&context_, text.size(), nonce.data(), nonce.size(), extra.data(),
                                    extra.size(), tag.data(), tag.size(), text.data(), text.data()) == 0;
  }

 private:
  mbedtls_gcm_context context_;
  bool ready_ = false;
};

std::int64_t seconds_of(TicketKeys::Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

/// What is authenticated beside the state: the key's name and the caller's context.
std::string extra_data(Bytes name, std::string_view context) {
  return std::string(as_text(name)).append(context);
}

}  // namespace

struct TicketKeys::Key {
  std::array<std::uint8_t, name_size> name{};
  std::array<std::uint8_t, 32> secret{};
  Time made;

  ~Key() { mbedtls_platform_zeroize(secret.data(), secret.size()); }
};

Result<std::shared_ptr<TicketKeys>> TicketKeys::make(std::chrono::seconds lifetime) {
  if (lifetime.count() <= 0 || lifetime > longest_lifetime)
    return fail("a session ticket's lifetime has to be between one second and seven days");
  std::shared_ptr<TicketKeys> keys(new TicketKeys(lifetime));
  if (auto rotated = keys->rotate(std::chrono::system_clock::now()); !rotated)
    return tl::unexpected(rotated.error());
  return keys;
}

TicketKeys::Keys TicketKeys::keys() const {
  const std::shared_lock lock(mutex_);
  return keys_;
}

Result<void> TicketKeys::rotate(Time now) {
  return replace(keys().current, now);
}

Result<void> TicketKeys::replace(const std::shared_ptr<const Key>& old, Time now) {
  const auto key = std::make_shared<Key>();
  if (!random_bytes(key->name) || !random_bytes(key->secret))
    return fail("no key for session tickets: the kernel gives no randomness");
  key->made = now;
  const std::unique_lock lock(mutex_);
  // Two workers at the same moment replace a key once.
  if (keys_.current == old) keys_ = {.current = key, .previous = old};
  return {};
}

std::optional<Buffer> TicketKeys::seal(Bytes state, std::string_view context, Time now) {
  auto key = keys().current;
  if (now - key->made >= lifetime_) {
    if (!replace(key, now)) return std::nullopt;
    key = keys().current;
  }

  Buffer ticket(overhead + state.size());
  const MutableBytes all(ticket);
  const auto nonce = all.subspan(name_size, nonce_size);
  const auto text = all.subspan(name_size + nonce_size, issued_size + state.size());
  std::copy(key->name.begin(), key->name.end(), all.begin());
  if (!random_bytes(nonce)) return std::nullopt;
  const auto issued = static_cast<std::uint64_t>(seconds_of(now));
  for (std::size_t i = 0; i < issued_size; ++i) text[i] = static_cast<std::uint8_t>(issued >> (56 - 8 * i));
  std::copy(state.begin(), state.end(), text.begin() + issued_size);
  if (!Gcm(key->secret).seal(nonce, as_bytes(extra_data(key->name, context)), text, all.last(tag_size)))
    return std::nullopt;
  return ticket;
}

std::optional<Buffer> TicketKeys::open(Bytes ticket, std::string_view context, Time now) const {
  if (ticket.size() < overhead) return std::nullopt;
  const auto name = ticket.first(name_size);
  const auto held = keys();
  std::shared_ptr<const Key> key;
  for (const auto& candidate : {held.current, held.previous})
    if (candidate && std::equal(name.begin(), name.end(), candidate->name.begin())) key = candidate;
  if (!key) return std::nullopt;

  const auto nonce = ticket.subspan(name_size, nonce_size);
  const auto sealed =
      ticket.subspan(name_size + nonce_size, ticket.size() - name_size - nonce_size - tag_size);
  Buffer text(sealed.begin(), sealed.end());
  if (!Gcm(key->secret).open(nonce, as_bytes(extra_data(name, context)), text, ticket.last(tag_size)))
    return std::nullopt;
  std::uint64_t issued = 0;
  for (std::size_t i = 0; i < issued_size; ++i) issued = issued << 8 | text[i];
  const auto age = seconds_of(now) - static_cast<std::int64_t>(issued);
  if (age < 0 || age > lifetime_.count()) return std::nullopt;
  text.erase(text.begin(), text.begin() + issued_size);
  return text;
}

}  // namespace mailtap::tls
