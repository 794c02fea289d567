// A new process of the same command line that takes over the listening sockets, so that a restart refuses and
// loses no connection.
//
//   old: SIGUSR2 -> spawn, sockets from descriptor 3 on ------> new: reads its configuration, takes the
//   sockets
//        <------------------------------- a byte, once it accepts
//        drains                                                 ... or ends without the byte: the old goes on
//        <------------------------------- ends badly all the same: the old, if it is still there, starts
//        another
//
// The program is started by its path, so it may be a new version. It runs as the same user as the old one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <uv.h>

#include "config/base/result.h"
#include "proxy/net/handle.h"
#include "proxy/net/listen_socket.h"

namespace mailtap::proxy {

/// A listening socket's name for whoever inherits it: what isn't allowed in LISTEN_FDNAMES percent-encoded.
std::string socket_name(const std::string& id);

/// The old process's side.
class Successor {
 public:
  struct Events {
    std::function<void(int pid)> ready;              ///< it accepts
    std::function<void(const std::string&)> failed;  ///< it ended before that, and why
    std::function<void(const std::string&)> died;    ///< it ended after that, and why; empty: with status 0
  };

  using Sockets = std::vector<std::pair<std::string, const net::ListenSocket*>>;

  /// Starts it with copies of these sockets, which belong to the caller. Its connections are numbered on from
  /// `first_id`. Events come later, on the loop, and may destroy this.
  static Result<std::unique_ptr<Successor>> start(uv_loop_t* loop, const Sockets& sockets,
                                                  std::uint64_t first_id, Events events);

 private:
  explicit Successor(Events events) : events_(std::move(events)) {}
  void heard(ssize_t size);
  void ended(std::int64_t status, int signal);

  Events events_;
  net::Handle<uv_process_t> process_;
  net::Handle<uv_pipe_t> readiness_;
  char byte_ = 0;
  bool is_ready_ = false;
};

/// The new process's side.
class Predecessor {
 public:
  /// There is none.
  Predecessor() = default;
  /// What the environment says, which is removed from it.
  static Predecessor from_environment();
  /// True if `process`, a number, is this one's parent and has started it as its successor.
  static bool is_parent(const std::string& process);

  /// Of the first connection here; 1 without a predecessor.
  std::uint64_t first_id() const { return first_id_; }
  /// Tells it once that connections are accepted here.
  void tell_ready();

 private:
  int descriptor_ = -1;
  std::uint64_t first_id_ = 1;
};

/// Where a successor's numbers begin, when `next` is this process's next one: with a million that leaves this
/// process half a million at least, as it goes on accepting until the successor does. So over all hand-overs
/// a number stands for one connection.
std::uint64_t first_id_after(std::uint64_t next);

}  // namespace mailtap::proxy
