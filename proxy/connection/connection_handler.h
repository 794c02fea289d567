// What becomes of an accepted connection, from its first byte to its line in the log. A route's mode says
// which kind there is: Connection terminates TLS on both sides.
#pragma once

#include <string>

#include <uv.h>

#include "inspect/record.h"
#include "proxy/route/limits.h"

namespace mailtap::proxy {

struct IngressResult;

class ConnectionHandler {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    /// The handler is over and has logged its line. It must be destroyed after the callback has unwound.
    virtual void on_finished(ConnectionHandler& handler) = 0;
  };

  virtual ~ConnectionHandler() = default;

  /// Keeps its place among the connections until it is destroyed.
  virtual void hold(Place place) = 0;
  /// Takes the connection that `listener` holds; 0 or libuv's status.
  virtual int accept(uv_stream_t* listener) = 0;
  /// Goes on with the accepted connection, under the limits of its route.
  virtual void start() = 0;
  /// Instead of accept() and start(): goes on with one that has arrived, under its limits already.
  virtual void take_over(IngressResult ingress) = 0;
  /// Ends it now, wherever it is.
  virtual void stop(inspect::Reason reason, const std::string& detail) = 0;
};

}  // namespace mailtap::proxy
