// What was seen of an observed connection, put into the words of its record.
#pragma once

#include <optional>

#include "inspect/ending.h"
#include "inspect/reaction.h"
#include "proxy/connection/handshake_sniffer.h"

namespace mailtap::inspect {
struct ConnectionRecord;  // inspect/record.h
}

namespace mailtap::proxy {

/// Why no certificate can be read on the wire though TLS goes on: a probe has to get it.
enum class Hidden { no, encrypted, resumed };
Hidden certificate_hidden(const trace::HandshakeFacts& facts);

/// Versions, cipher suite, group, names: the same on both legs, which are one handshake.
void describe(const HandshakeSniffer& sniffer, inspect::ConnectionRecord& record);

/// How the streams ended, as the relay saw it.
struct StreamEnd {
  inspect::Side first = inspect::Side::mailtap;  ///< which side ended its direction first
  bool is_reset = false;
  std::string detail;
  bool client_spoke = false;  ///< it has sent a byte
};

/// The reason by what was being said: a handshake that didn't finish has failed.
inspect::Ending ending_of(const HandshakeSniffer& sniffer, const StreamEnd& end);

/// The fatal alert that `sender` sent in the clear; nothing: none.
std::optional<int> alert_of(const trace::HandshakeFacts& facts, tls::Sender sender);

/// What the client made of the server's certificate.
inspect::ReactionFacts reaction_facts(const HandshakeSniffer& sniffer, const StreamEnd& end);

}  // namespace mailtap::proxy
