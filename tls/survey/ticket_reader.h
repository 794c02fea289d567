// The session tickets that a server gives, from the bytes of a handshake that was finished: how long they
// last, and whether they are good for early data.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "config/base/bytes.h"
#include "tls/handshake_decryptor.h"
#include "tls/wire.h"

namespace mailtap::tls::survey {

struct Ticket {
  std::uint32_t lifetime = 0;        ///< seconds; TLS 1.2: a hint, 0: none is given
  std::uint32_t max_early_data = 0;  ///< TLS 1.3; 0: none is taken

  bool operator==(const Ticket&) const = default;
};

/// The last one that came counts. What can't be read is no ticket.
class TicketReader {
 public:
  /// The server's bytes, from its hello on.
  void feed(Bytes bytes);
  /// A line of SSLKEYLOGFILE form: TLS 1.3's tickets are encrypted with SERVER_TRAFFIC_SECRET_0. It may come
  /// after the bytes.
  void add_key(std::string_view line);

  const std::optional<Ticket>& ticket() const { return ticket_; }
  /// Before TLS 1.3 one for each handshake that the server has finished.
  std::size_t cipher_changes() const { return cipher_changes_; }
  /// Before TLS 1.3, whose alerts look like data: an alert has come, which may be encrypted.
  bool has_alerted() const { return has_alerted_; }

 private:
  void read(const wire::Record& record);
  void decrypt(Bytes fragment);
  void read(const wire::HandshakeMessage& message);

  wire::RecordReader records_;
  wire::HandshakeReader messages_;   // in the clear
  wire::HandshakeReader decrypted_;  // of TLS 1.3
  std::vector<Buffer> held_;         // encrypted, until there is the key
  std::optional<HandshakeDecryptor> decryptor_;
  std::uint16_t version_ = 0;
  std::uint16_t suite_ = 0;
  bool is_encrypted_ = false;  // the server has changed its cipher
  bool is_broken_ = false;
  bool has_alerted_ = false;
  std::size_t cipher_changes_ = 0;
  std::optional<Ticket> ticket_;
};

}  // namespace mailtap::tls::survey
