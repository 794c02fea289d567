// Which versions of TLS a connection asks its server with: TLS 1.2 and 1.3; or, where the route allows it and
// the server seems to know nothing newer, TLS 1.0 and 1.1, which is the other engine (tls/legacy).
//
//   choose() -> put_into() a session -> has_worked()
//                                    -> ask_once_more(): put_into() another session, on a new connection
//                                    -> detail(): what to say in the log
//
// Knows no sockets; what it learns of a server is kept in the worker's OldServers
// (proxy/connection/old_peers.h).
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "config/base/text.h"
#include "config/legacy_tls.h"
#include "proxy/connection/old_peers.h"
#include "tls/sessions/sessions.h"

namespace mailtap::proxy {

class UpstreamVersions {
 public:
  using Time = OldServers::Time;

  /// Both outlive this.
  UpstreamVersions(const config::LegacyTls& allowed, OldServers& known) : allowed_(allowed), known_(known) {}

  /// By what is known of `upstream` (HOST:PORT).
  void choose(const std::string& upstream, Time now);
  /// TLS 1.0 and 1.1 alone are asked with.
  bool are_old() const { return are_old_; }
  void put_into(tls::ClientParameters& parameters) const;

  /// How the handshake failed may come of the versions: true if the server is to be asked with the others
  /// now, which happens once. Not `repeatable`: the client has said STARTTLS and can't be made to say it
  /// again; its next connection is asked with the others.
  bool ask_once_more(const tls::Agreed& agreed, const tls::Failure& failure, bool repeatable, Time now);
  /// The handshake succeeded, and the server is one to go on with.
  void has_worked(Time now);

  /// What to say of a handshake that failed for good.
  std::string detail(const tls::Agreed& agreed, const tls::Failure& failure) const;
  /// What the client is told of it: of a server that has no old versions, what it said to the new ones.
  int alert(const tls::Failure& failure) const;

 private:
  const config::LegacyTls& allowed_;
  OldServers& known_;
  std::string upstream_;
  bool are_old_ = false;       // TLS 1.0 and 1.1
  std::string first_failure_;  // when the server is asked for the second time; else empty
  std::optional<int> first_alert_;
};

}  // namespace mailtap::proxy
