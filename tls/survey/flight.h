// What a server says to a client hello: its first flight as far as it is in the clear, an alert, or neither.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/base/bytes.h"
#include "tls/wire.h"

namespace mailtap::tls::survey {

struct Flight {
  bool has_hello = false;  ///< the server took what was offered; otherwise nothing below is set but `alert`
  bool is_retry = false;   ///< it is a HelloRetryRequest: it wants another share
  std::uint16_t version = 0;
  std::uint16_t suite = 0;
  std::uint8_t compression = 0;
  std::uint16_t group = 0;                ///< of the key exchange; 0: by none, or none that has a name
  unsigned dh_bits = 0;                   ///< of a DHE key exchange's prime before TLS 1.3; 0: it is no such
  Buffer dh_prime;                        ///< big-endian, without leading zeros
  std::uint16_t signature_algorithm = 0;  ///< that signed the key exchange in TLS 1.2; 0: nothing was signed
  Buffer session_id;
  std::vector<std::uint16_t> extensions;  ///< types of the ServerHello's
  std::string alpn;
  std::vector<Buffer> chain;  ///< DER, leaf first; in the clear before TLS 1.3
  bool has_staple = false;    ///< a CertificateStatus message
  bool asks_for_certificate = false;
  bool is_whole = false;     ///< up to ServerHelloDone; TLS 1.3: the hello, as what follows is encrypted
  std::optional<int> alert;  ///< the first fatal one, or close_notify

  bool has_extension(std::uint16_t type) const;
  bool operator==(const Flight&) const = default;
};

/// Reads one, in any segmentation.
class FlightReader {
 public:
  enum class State {
    waiting,  ///< for more
    whole,    ///< the flight is complete
    alert,    ///< the server refused: flight().alert says how. There may be a hello before it
    not_tls,  ///< the bytes are no TLS: error() says what they look like
    broken,   ///< they are TLS that can't be read: error()
  };

  /// After anything else than waiting it isn't called again.
  State feed(Bytes bytes);

  const Flight& flight() const { return flight_; }
  const std::string& error() const { return error_; }

 private:
  State read(const wire::Record& record);
  State read(const wire::HandshakeMessage& message);
  void read_key_exchange(Bytes body);
  State fail(State state, std::string error);

  wire::RecordReader records_;
  wire::HandshakeReader messages_;
  Flight flight_;
  bool any_bytes_ = false;
  std::string error_;
};

/// Whether bytes are an SSL 2.0 SERVER-HELLO that takes at least one cipher; nothing: more are needed.
std::optional<bool> is_sslv2_server_hello(Bytes stream);

}  // namespace mailtap::tls::survey
