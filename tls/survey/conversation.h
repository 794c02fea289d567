// One connection's worth of asking: a hello, what the server says to it, and for some questions what it does
// next.
#pragma once

#include <string>
#include <string_view>

#include "tls/survey/flight.h"
#include "tls/survey/hello.h"

namespace mailtap::tls::survey {

/// What is sent once the server's flight is whole. None of them makes a server answer with more than it would
/// in any handshake, or asks it for bytes that it wasn't given.
enum class Follow {
  nothing,
  /// A heartbeat whose payload is said to be longer than it is (CVE-2014-0160), by so much that an answer
  /// repeats this message's own padding and nothing else of the server's memory.
  heartbeat,
  /// A ChangeCipherSpec before there are keys (CVE-2014-0224), and if nothing comes another one.
  early_change_cipher_spec,
  /// A ClientKeyExchange with `secret`, ChangeCipherSpec and a Finished that can't be right.
  key_exchange,
  /// A handshake message of large_record bytes that nobody expects, to which every server reacts, if it comes
  /// to it.
  large_message,
};
/// More than two packets of full size.
inline constexpr std::size_t large_record = 4200;

struct Question {
  Hello hello;
  bool in_sslv2 = false;  ///< SSL 2.0's hello instead
  Follow follow = Follow::nothing;
  Buffer secret{};  ///< Follow::key_exchange: the premaster secret, encrypted for the server's RSA key
  std::size_t segments = 1;  ///< that the hello is sent in, with a pause between them

  bool operator==(const Question&) const = default;
};

struct Answer {
  enum class End {
    answered,     ///< with a server hello that fits the hello; in_sslv2: with ciphers of its own
    refused,      ///< by an alert, by closing, or by another version: `detail`
    silent,       ///< nothing came in time
    not_tls,      ///< something else did: `detail`
    unreachable,  ///< no connection, or no STARTTLS: `detail`
  };
  End end = End::unreachable;
  Flight flight;
  std::string detail;
  /// What came after Follow: "alert 20", "closed", "reset", "heartbeat", "silence"; after a second try
  /// "silence, alert 20". Empty: nothing followed.
  std::string reaction;

  bool is_good() const { return end == End::answered; }
};

class Conversation {
 public:
  struct Step {
    Buffer say;         ///< to be sent; empty: nothing
    bool done = false;  ///< answer() is ready
    bool soon = false;  ///< what comes next comes soon if at all: on_quiet() otherwise
  };
  enum class Stop { closed, reset, timed_out };

  /// `random`: hello_random_size bytes.
  Conversation(Question question, Bytes random);

  /// What to say first.
  const Buffer& hello() const { return hello_; }
  Step feed(Bytes bytes);
  /// Nothing came soon.
  Step on_quiet();
  /// The connection is over, or the time.
  void stop(Stop how, std::string_view detail);

  const Answer& answer() const { return answer_; }

 private:
  Step feed_sslv2(Bytes bytes);
  Step on_flight();
  Step follow_up();
  Step on_reaction(Bytes bytes);
  Step finish(Answer::End end, std::string detail = {});
  void react(std::string_view how);

  Question question_;
  Buffer hello_;
  FlightReader reader_;
  Answer answer_;
  bool followed_ = false;
  bool repeated_ = false;
  Buffer after_;  // what came after the flight
};

/// The five vectors by which an oracle after Bleichenbacher is found (Boeck, Somorovsky and Young, "Return Of
/// Bleichenbacher's Oracle Threat", 2018): one premaster secret as PKCS #1 has it, and four that are wrong in
/// one way each, encrypted for the key of `leaf`, a DER certificate. Empty: it has no RSA key.
std::vector<Buffer> bleichenbacher_vectors(Bytes leaf, std::uint16_t version);

}  // namespace mailtap::tls::survey
