// One TLS endpoint that knows spans, not sockets.
//
//   ciphertext in --feed()--> [ Session ] --outgoing()--> ciphertext out
//                               |     ^
//                       read() v     | write()
//                              plaintext
//
// The caller moves bytes; the session answers each call with a Step. Suspended handshakes (batched
// cryptography) fit behind the same class. Two engines are behind it: mbedTLS 3.6, and for versions before
// TLS 1.2 mbedTLS 2.28 (tls/legacy).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "certs/model/pointers.h"
#include "config/base/bytes.h"
#include "tls/numbers.h"

namespace mailtap::tls {

/// What a session needs before it can go on. One function (in steps.cpp) translates mbedTLS's codes.
enum class Step {
  done,         ///< the call did what was asked
  want_read,    ///< feed() more ciphertext, then call again
  want_write,   ///< outgoing() is above its bound: send it, then call again
  want_crypto,  ///< suspended until batched cryptography is through; call again when woken
  closed,       ///< the peer sent close_notify: no more plaintext will come
  truncated,    ///< the peer's bytes ended (feed_end) without close_notify
  failed,       ///< see error(); the session is finished, what outgoing() holds (an alert) is worth sending
};

/// Why a session failed.
struct Failure {
  int code = 0;                  ///< mbedTLS's, negative
  std::optional<int> alert;      ///< AlertDescription (RFC 8446 section 6), if one was sent or received
  bool alert_from_peer = false;  ///< the peer sent it
  std::string detail;            ///< for a person: "the peer sent alert unknown_ca (48)"
  /// Of the peer's alert, where it is all that the peer has said: the version of its record. A server that
  /// has TLS 1.1 at most doesn't write 0x0303 there. 0: unknown.
  std::uint16_t alert_record_version = 0;
};

/// What the handshake agreed on; complete once handshake() answered done, partly filled before. What is asked
/// later is added.
struct Agreed {
  Version version = Version::none;  ///< none: nothing yet, and then the suite means nothing
  CipherSuite cipher_suite = CipherSuite::TLS_NULL_WITH_NULL_NULL;
  Group group = Group::none;  ///< of the key exchange; none: static RSA, PSK
  std::string alpn;           ///< empty: none
  bool resumed = false;
  bool certificate_requested = false;  ///< client: the server asked for a client certificate, then or later
  bool certificate_shown = false;      ///< client: and was shown one, when it asked last
  /// Client: it has one, and its key can't sign by any algorithm that the server lists: the kinds of key that
  /// those are for, "RSA, ECDSA". Empty: otherwise.
  std::string wanted_keys{};
  /// Client: the server has said nothing since that its application would say.
  bool certificate_in_question = false;
  bool renegotiation_refused = false;  ///< the peer asked for one and was told no_renegotiation
};

/// A session that a client can resume later. Opaque; moves between connections of one worker.
struct SavedSession {
  Buffer state;
  std::vector<Buffer> peer_chain;  ///< DER, leaf first: what the verdict of a resumed connection is about
  certs::StapledPtr stapled;       ///< what came with it
  std::chrono::system_clock::time_point expires;
  bool single_use = false;  ///< TLS 1.3: a ticket is for one connection (RFC 8446 appendix C.4)
};

/// Receives lines of SSLKEYLOGFILE form, without the newline. The view lives for the call.
using KeylogSink = std::function<void(std::string_view line)>;

/// How much write() holds back while a renegotiation runs; more is a failure.
inline constexpr std::size_t max_deferred = std::size_t{1} << 20;

class Session {
 public:
  virtual ~Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Ciphertext from the peer, in any segmentation. The session copies what it can't consume yet, so the
  /// span need not outlive the call; the caller bounds it by not feeding while a read is outstanding.
  virtual void feed(Bytes ciphertext) = 0;
  /// As feed(), without the copy: `ciphertext` must stay as it is until end_loan(), which copies what is
  /// still unread. For a receive buffer that is read until want_read.
  virtual void lend(Bytes ciphertext) = 0;
  virtual void end_loan() = 0;
  /// The peer's stream ended (TCP FIN).
  virtual void feed_end() = 0;
  /// Bytes fed and not yet consumed.
  virtual std::size_t backlog() const = 0;

  /// Drives the handshake as far as it goes. done: read and write may be called. closed and truncated:
  /// the peer left before its end, and failure() says so. want_crypto: bytes may be fed and taken meanwhile;
  /// a session that is destroyed or told to send an alert then doesn't wait for others any longer.
  virtual Step handshake() = 0;

  struct Read {
    Step step;
    std::size_t size;  ///< with done: bytes written to `out`, at least 1
  };
  /// Decrypts into `out`, which isn't empty. closed, truncated and failed are final: later calls answer
  /// the same. After closed and truncated, writing goes on (half-close).
  virtual Read read(MutableBytes out) = 0;
  /// Encrypts all of `plaintext` into outgoing(). done or failed (want_write is the caller's own check
  /// of outgoing().size()). closed: close_notify() was called, nothing was taken. While the peer
  /// renegotiates (TLS 1.2), what is written waits for the end of it, up to max_deferred bytes.
  virtual Step write(Bytes plaintext) = 0;
  /// What write() has taken and waits for the end of a renegotiation, and one more if close_notify does.
  /// Reading goes on with it.
  virtual std::size_t held_back() const { return 0; }
  /// Puts close_notify into outgoing(). Reading may go on (RFC 8446 section 6.1). Idempotent.
  virtual Step close_notify() = 0;
  /// Server, after the handshake: asks the client for a certificate, by renegotiation (TLS 1.2) or
  /// post-handshake authentication (TLS 1.3). False: it can't be asked. peer_chain() then holds what it
  /// shows, if it answers.
  virtual bool ask_for_certificate() { return false; }
  /// Puts a fatal alert into outgoing(): a refusal that the peer can read.
  virtual void send_fatal_alert(int description) = 0;

  /// Ciphertext to be sent, in order. The view lives until the next call of any other method.
  virtual Bytes outgoing() const = 0;
  /// The first `size` bytes of outgoing() have been taken.
  virtual void consume_outgoing(std::size_t size) = 0;

  virtual const Agreed& agreed() const = 0;
  virtual const Failure& failure() const = 0;
  /// What the peer's Certificate message held, DER, leaf first, as sent, unparsable ones included; empty
  /// when resumed. Filled even when the handshake fails after it.
  virtual const std::vector<Buffer>& peer_chain() const = 0;
  /// Client: the chain that the verdict is about: peer_chain(), or when resumed that of the handshake which
  /// the session goes back to.
  virtual const std::vector<Buffer>& original_chain() const = 0;
  /// Client: what the server added to the first certificate of original_chain(); null: it wasn't asked to.
  virtual certs::StapledPtr stapled() const { return nullptr; }
  /// Client: the session to be resumed next time, once there is one (TLS 1.3: after a ticket came, so
  /// ask when the connection ends); nothing otherwise. Hands it over.
  virtual std::optional<SavedSession> take_saved_session() = 0;

 protected:
  Session() = default;
};

/// The newest version of the old engine (tls/legacy), which a session of no newer one is of.
inline constexpr Version newest_legacy = Version::tls11;

}  // namespace mailtap::tls
