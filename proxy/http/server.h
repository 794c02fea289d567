// A small HTTP/1.1 server on one loop, for the admin endpoint and CRLs. The room:
//
//   message.h   any message that is meant for mailtap itself, by llhttp
//   request.h   what the server is asked
//   server.h    answers
//   client.h    one request to somebody else (url.h), and what was answered (answer.h)
//   token.h     a secret that requests must show
//
// The server:
//
//   listener -> connection -> RequestParser -> Handler -> response, close
//
// One request a connection, GET and HEAD alone, unless POST is wanted. The header is bounded, there is a
// deadline for the request and one for the answer, and there are only so many connections at a time: more
// wait in the kernel's queue.
//
// A response may be a stream, which stays open for what broadcast() sends. A client that doesn't take what
// was sent misses what comes meanwhile, is told so when it reads again, and is closed when it never does.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "config/base/bytes.h"
#include "proxy/http/request.h"
#include "proxy/net/listener.h"
#include "proxy/net/timer.h"

namespace mailtap::http {

struct Response {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::chrono::seconds max_age{0};  ///< how long it may be cached; 0: not at all
  std::string fields{};             ///< further header lines, each with its end
  bool is_stream = false;           ///< server-sent events, beginning with the body
};
/// The status and its phrase as text.
Response plain(unsigned status);

struct Limits {
  std::size_t connections = 32;
  std::size_t request_bytes = 8192;
  bool posts = false;  ///< POST is taken too, without a body: the handler says at which paths
  std::chrono::milliseconds deadline{10'000};  ///< for the request, from accept, and then for the answer
  std::size_t streams = 8;                     ///< of the connections; more are refused
  std::size_t stream_backlog = std::size_t{256} * 1024;  ///< bytes that a stream may be behind
  std::chrono::milliseconds stall{30'000};               ///< how long it may be
};

class Server {
 public:
  /// Called on the loop's thread, so it must not block.
  using Handler = std::function<Response(const Request&)>;

  Server(uv_loop_t* loop, Handler handler, Limits limits);
  /// Ends every connection.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Takes the descriptor; 0 or libuv's status.
  int listen(int descriptor);

  /// Sends to every stream that isn't behind; the others get `after_gap` before what they are sent next.
  void broadcast(std::string_view events, std::string_view after_gap);
  std::size_t streams() const { return streams_.size(); }
  /// How often something wasn't sent to a stream because it was behind.
  std::uint64_t left_out() const { return left_out_; }

 private:
  class Connection;

  bool accept(net::Listener& listener);
  void finished(Connection& connection);

  uv_loop_t* loop_;
  const Handler handler_;
  const Limits limits_;
  Buffer read_buffer_ = Buffer(std::size_t{16} * 1024);
  std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
  std::unordered_set<Connection*> streams_;
  std::uint64_t left_out_ = 0;
  std::vector<std::unique_ptr<Connection>> finished_;  // destroyed when no callback of theirs is on the stack
  net::Timer reaper_;
  net::Listener listener_;
};

}  // namespace mailtap::http
