// The messages of a connection's handshakes in short, as the live page draws them: what a trace tells of
// each, without its content.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace mailtap::inspect {

struct HandshakeMessage {
  std::chrono::microseconds at{0};  ///< since the connection was accepted
  bool from_client = true;          ///< of that leg: on the upstream leg mailtap is the client
  std::string name;                 ///< "client_hello", "alert unknown_ca (48)", "change_cipher_spec"
  std::uint64_t size = 0;           ///< bytes
  bool fatal = false;               ///< an alert that ended the handshake
};

struct HandshakeMessages {
  std::vector<HandshakeMessage> downstream, upstream;
};

}  // namespace mailtap::inspect
