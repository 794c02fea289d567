// What a handshake looked like on the wire of one leg: who sent which message when, how large it was, what
// was offered and chosen. Bytes in, facts out: it decides nothing and changes nothing.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/bytes.h"
#include "tls/client_hello.h"
#include "tls/handshake_decryptor.h"
#include "tls/handshake_observer.h"
#include "tls/wire.h"

namespace mailtap::trace {

using std::chrono::microseconds;

/// One thing seen in a handshake.
struct HandshakeEvent {
  enum class Kind {
    message,             ///< a handshake message; `number` is its type
    alert,               ///< `number` is its description
    change_cipher_spec,  ///< `number` means nothing
    encrypted,           ///< a record that can't be read: what is in it isn't known
    application_data,    ///< the first record of it, in each direction
  };
  Kind kind = Kind::message;
  tls::Sender sender = tls::Sender::client;
  microseconds at{0};      ///< since the connection was accepted, when its last byte was seen
  int number = 0;          ///< -1: encrypted
  std::size_t size = 0;    ///< bytes: of a message with its header, else of the record's fragment
  bool fatal = false;      ///< of an alert
  bool encrypted = false;  ///< it was sent under encryption
};

struct HandshakeFacts {
  std::vector<tls::ClientHello> client_hellos;        ///< two after a HelloRetryRequest
  std::vector<tls::wire::ServerHello> server_hellos;  ///< the HelloRetryRequest too
  std::vector<HandshakeEvent> events;                 ///< in the order seen
  std::vector<Buffer> server_chain;  ///< DER, leaf first, where the Certificate could be read
  bool finished = false;             ///< the handshake ended well as far as can be seen
  bool client_spoke = false;         ///< sent application data, or what can only be that
  bool cut = false;                  ///< there were more events than are kept
  std::string gave_up;               ///< why decoding ended before its time; empty: it didn't

  /// The ServerHello that isn't a retry request; null: there was none.
  const tls::wire::ServerHello* server_hello() const;
  /// What is between ServerHello and Finished is encrypted, the certificate too.
  bool is_tls13() const;
  /// It goes on with an earlier session, so that no certificate is sent: certain once the server has begun to
  /// encrypt.
  bool is_resumed() const;
};

/// Sees both directions of one leg, in the order in which they crossed mailtap's socket.
class HandshakeDecoder {
 public:
  static constexpr std::size_t max_events = 256;

  /// Whether somebody may tell the secrets of TLS 1.3. If nobody will, its encrypted messages are told by the
  /// sizes of their records, as far as these leave no doubt.
  enum class Secrets { expected, none };
  explicit HandshakeDecoder(Secrets secrets = Secrets::expected) : secrets_(secrets) {}

  void see(tls::Sender sender, Bytes bytes, microseconds at);
  /// A line of SSLKEYLOGFILE. The handshake secrets of TLS 1.3 let encrypted messages be named; records that
  /// came before their secret have been waiting for it.
  void learn_secret(std::string_view keylog_line);

  /// Nothing more can be learnt: bytes needn't be shown any more.
  bool over() const { return client_.over && server_.over; }
  const HandshakeFacts& facts() const { return facts_; }

 private:
  struct Waiting {
    Buffer fragment;
    microseconds at;
  };
  struct Side {
    tls::wire::RecordReader records;
    tls::wire::HandshakeReader messages;
    bool encrypted = false;  ///< TLS 1.2: after ChangeCipherSpec
    bool finished = false;
    bool over = false;
    std::vector<Waiting> waiting;  ///< records whose keys aren't known yet
    Buffer secret;                 ///< learnt before the ServerHello that names the cipher suite was seen
    std::optional<tls::HandshakeDecryptor> keys;
    std::size_t unread = 0;  ///< encrypted records that nobody could open
  };
  Side& side(tls::Sender sender) { return sender == tls::Sender::client ? client_ : server_; }

  Bytes take_old_hello(Bytes bytes, microseconds at);
  void take(tls::Sender sender, const tls::wire::Record& record, microseconds at);
  void take_plain(tls::Sender sender, std::uint8_t type, Bytes fragment, microseconds at, bool encrypted);
  void take_messages(tls::Sender sender, Bytes fragment, microseconds at, bool encrypted);
  void take_message(tls::Sender sender, const tls::wire::HandshakeMessage& message, microseconds at,
                    bool encrypted);
  void take_encrypted(tls::Sender sender, Bytes fragment, microseconds at);
  void take_unreadable(tls::Sender sender, std::size_t size, microseconds at);
  void use_secret(tls::Sender sender);
  void finish(tls::Sender sender);
  void give_up(tls::Sender sender, std::string why);
  void add(HandshakeEvent event);

  Secrets secrets_;
  Side client_;
  Side server_;
  bool begun_ = false;  // the client has said something
  Buffer old_hello_;    // a hello in SSLv2's format, until it is complete
  HandshakeFacts facts_;
};

}  // namespace mailtap::trace
