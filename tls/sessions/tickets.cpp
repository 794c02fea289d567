#include "tls/sessions/tickets.h"

#include <algorithm>
#include <mutex>
#include <string>

#include <mbedtls/gcm.h>
#include <mbedtls/platform_util.h>

#include "config/base/random.h"
#include "config/base/text.h"

namespace mailtap::tls {

namespace {

constexpr std::size_t name_size = 16;
constexpr std::size_t nonce_size = 12;
constexpr std::size_t issued_size = 8;
constexpr std::size_t tag_size = 16;
constexpr std::chrono::seconds max_lifetime = std::chrono::hours(7 * 24);

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
  if (lifetime.count() <= 0 || lifetime > max_lifetime)
    return fail("a session ticket's lifetime has to be between one second and seven days");
  std::shared_ptr<TicketKeys> keys(new TicketKeys(lifetime, false));
  if (auto made = keys->replace(nullptr, std::chrono::system_clock::now()); !made)
    return tl::unexpected(made.error());
  return keys;
}

Result<std::shared_ptr<TicketKeys>> TicketKeys::parse(std::string_view text, std::chrono::seconds lifetime) {
  Keys keys;
  for (unsigned number = 1; !text.empty(); ++number) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    const auto wrong = [&](const char* what) { return fail(std::to_string(number) + ": " + what); };
    auto bytes = from_base64(line);
    if (!bytes || bytes->size() != name_size + std::tuple_size_v<decltype(Key::secret)>)
      return wrong("is no ticket key, which is 48 bytes in base64");
    const auto key = std::make_shared<Key>();
    std::copy_n(bytes->begin(), name_size, key->name.begin());
    std::copy(bytes->begin() + name_size, bytes->end(), key->secret.begin());
    mbedtls_platform_zeroize(bytes->data(), bytes->size());
    for (const auto& known : keys)
      if (known->name == key->name) return wrong("is there twice; each key is a new one");
    if (keys.size() == max_keys) return wrong("is one key too many; 16 are the most, so remove the oldest");
    keys.push_back(key);
  }
  if (keys.empty()) return fail("1: has no key");
  std::shared_ptr<TicketKeys> made(new TicketKeys(lifetime, true));
  made->keys_ = std::make_shared<const Keys>(std::move(keys));
  return made;
}

TicketKeys::KeysPtr TicketKeys::keys() const {
  const std::shared_lock lock(mutex_);
  return keys_;
}

Result<void> TicketKeys::rotate(Time now) {
  if (from_file_) return {};
  return replace(keys(), now);
}

/// The newest of the old stays, to open what it has sealed.
Result<void> TicketKeys::replace(const KeysPtr& old, Time now) {
  const auto key = std::make_shared<Key>();
  if (!random_bytes(key->name) || !random_bytes(key->secret))
    return fail("no key for session tickets: the kernel gives no randomness");
  key->made = now;
  auto keys = std::make_shared<Keys>(Keys{key});
  if (old) keys->push_back(old->front());
  const std::unique_lock lock(mutex_);
  // Two workers at the same moment replace a key once.
  if (keys_ == old) keys_ = std::move(keys);
  return {};
}

std::optional<Buffer> TicketKeys::seal(Bytes state, std::string_view context, Time now) {
  auto held = keys();
  if (!from_file_ && now - held->front()->made >= lifetime_) {
    if (!replace(held, now)) return std::nullopt;
    held = keys();
  }
  const auto& key = held->front();

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
  for (const auto& candidate : *held)
    if (std::equal(name.begin(), name.end(), candidate->name.begin())) key = candidate;
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
