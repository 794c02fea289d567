// What a worker remembers of the hellos to servers: how each exact offer is asked for, and which server takes
// it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "inspect/difference.h"
#include "tls/client_hello.h"
#include "tls/offer/mirrored.h"

namespace mailtap::proxy {

/// What a hello to a server is made after.
enum class Offer {
  clients,            ///< what mailtap has of the client's
  own,                ///< all that mailtap has
  own_after_refusal,  ///< the same, and asks for nothing that the client doesn't ask for
};

/// One way of asking for one exact offer: what a session takes of it, and what is said of it. Made once.
struct HelloForm {
  Offer offer = Offer::own;
  std::optional<tls::offer::Mirrored> mirrored;  ///< nothing: mailtap's own
  /// What of mirrored mbedTLS reads, ending with 0; empty: its own.
  std::vector<int> cipher_suites;
  std::vector<std::uint16_t> groups;
  std::vector<std::uint16_t> signature_algorithms;
  bool is_narrower = false;  ///< mailtap's own offers something that it doesn't
  bool asks_for_staple = true, asks_for_timestamps = true;  ///< as in tls::ClientParameters
  bool client_asks_for_less = false;                        ///< than a hello that isn't own_after_refusal
  std::string beyond;  ///< what of the client's offer mailtap lacks (beyond_mailtap())
  /// Part of what a session is kept under: no other form resumes it.
  std::string session_key;

  // Once it has been described.
  std::string ja4;
  std::string ja4_with_psk;  ///< where a session of TLS 1.3 is offered
  std::shared_ptr<const inspect::Differences> differences;
};
using HelloFormPtr = std::shared_ptr<HelloForm>;

/// One a worker. Bounded: what clients offer is up to them.
class HelloMemory {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `key`: of the client's exact offer (tls::offer::key_of()), and of what else forms differ by.
  /// `old_suites`: as in tls::ClientParameters.
  HelloFormPtr form(const tls::ClientHello& hello, const std::string& key, Offer offer, bool old_suites);

  /// What a server made of a client's offer.
  enum class Fit {
    unknown,
    fits,      ///< it took it, or what it took of the client's own hello is within it
    refused,   ///< it refused it, and mailtap's own is to be sent
    hopeless,  ///< it refused both
  };
  struct Known {
    Fit fit = Fit::unknown;
    std::string refusal;  ///< how
  };
  Known fit(const std::string& server, const std::string& key, Time now) const;
  void remember(const std::string& server, const std::string& key, Known known, Time now);

  static constexpr std::size_t max_forms = 512;
  static constexpr std::size_t max_fits = 2048;
  /// A server that was changed is noticed after this time.
  static constexpr std::chrono::minutes lifetime{30}, short_lifetime{1};

 private:
  struct Remembered {
    Known known;
    Time until;
  };
  std::unordered_map<std::string, HelloFormPtr> forms_;
  std::unordered_map<std::string, Remembered> fits_;
  std::uint64_t next_form_ = 0;
};

}  // namespace mailtap::proxy
