// What can be learnt of a handshake from its plaintext part: mbedTLS has no public name for the key exchange
// group, nor for the alerts that it sends.
#pragma once

#include <functional>

#include "tls/client_hello.h"
#include "tls/wire.h"

namespace mailtap::tls {

enum class Sender { client, server };

/// Sees a connection's bytes in the order in which an endpoint reads and writes them, until they are
/// encrypted; then it ignores them. Malformed bytes end its interest: judging them is the endpoint's task.
class HandshakeObserver {
 public:
  using ClientHelloSink = std::function<void(Bytes body)>;

  /// `on_client_hello` is called with the body of each, well-formed or not (there are two after a
  /// HelloRetryRequest), before the endpoint gets its last byte. May be empty.
  explicit HandshakeObserver(ClientHelloSink on_client_hello)
      : on_client_hello_(std::move(on_client_hello)) {}

  void see(Sender sender, Bytes bytes);

  std::uint16_t offered_version() const {
    return offered_version_;
  }                                                   ///< the client's newest; 0: no hello yet
  std::uint16_t version() const { return version_; }  ///< the selected one; 0: no ServerHello yet
  std::uint16_t cipher_suite() const { return cipher_suite_; }
  std::optional<std::uint16_t> group() const { return group_; }
  bool resumed() const { return resumed_; }
  /// The last alert in the clear, warnings left out.
  std::optional<int> alert_of(Sender sender) const { return side(sender).alert; }

 private:
  struct Side {
    wire::RecordReader records;
    wire::HandshakeReader messages;
    bool over = false;
    std::optional<int> alert;
  };
  const Side& side(Sender sender) const { return sender == Sender::client ? client_ : server_; }

  void take(Sender sender, Side& side, const wire::Record& record);
  void take_messages(Sender sender, Side& side, Bytes fragment);
  void take_message(Sender sender, const wire::HandshakeMessage& message);
  void take_server_hello(Bytes body);

  ClientHelloSink on_client_hello_;
  Side client_;
  Side server_;
  std::uint16_t offered_version_ = 0;
  std::uint16_t version_ = 0;
  std::uint16_t cipher_suite_ = 0;
  std::optional<std::uint16_t> group_;
  bool full_handshake_ = false;  ///< TLS 1.2: the server's flight has a ServerHelloDone
  bool resumed_ = false;
};

}  // namespace mailtap::tls
