// Which cipher suites of TLS 1.0 and 1.1 does a server speak? More than mailtap's old engine does, but those
// versions' first messages are sent in the clear: a client hello goes out, and the server's hello, its
// certificates or its alert are read. No handshake is finished, so what is learnt is that the server answers
// with that version and suite, no more.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/bytes.h"
#include "tls/numbers.h"
#include "tls/wire.h"

namespace mailtap::probe {

using tls::version::tls10;
using tls::version::tls11;

/// A client hello (RFC 2246 and 4346, section 7.4.1.2) in one record. `sni` may be empty or an IP address:
/// then the extension is left out. `random`: 32 bytes. All suites are offered but those `without`.
Buffer make_legacy_hello(std::uint16_t version, std::string_view sni, Bytes random,
                         std::span<const std::uint16_t> without = {});

/// The server's answer.
class LegacyAnswer {
 public:
  enum class State {
    waiting,  ///< for more
    spoken,   ///< the server selected the version; cipher_suite() and chain() are known
    refused,  ///< refusal() says how
    not_tls,  ///< the bytes are no TLS; refusal() says so
  };

  explicit LegacyAnswer(std::uint16_t version) : version_(version) {}

  State feed(Bytes bytes);
  /// The stream has ended, or time is over.
  State end() const { return hello_seen_ ? State::spoken : State::waiting; }
  bool hello_seen() const { return hello_seen_; }

  std::uint16_t cipher_suite() const { return cipher_suite_; }
  const std::vector<Buffer>& chain() const { return chain_; }  ///< DER, leaf first
  const std::string& refusal() const { return refusal_; }

 private:
  State read(const tls::wire::Record& record);
  State read(const tls::wire::HandshakeMessage& message);
  State refuse(State state, std::string why);

  std::uint16_t version_;
  tls::wire::RecordReader records_;
  tls::wire::HandshakeReader messages_;
  bool any_bytes_ = false;
  bool hello_seen_ = false;
  std::uint16_t cipher_suite_ = 0;
  std::vector<Buffer> chain_;
  std::string refusal_;
};

}  // namespace mailtap::probe
