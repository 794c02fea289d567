#include "proxy/http/server.h"

#include <array>
#include <ctime>
#include <utility>

#include "proxy/net/tcp_stream.h"

namespace mailtap::http {

namespace {

std::string_view phrase_of(unsigned status) {
  switch (status) {
    case 200: return "OK";
    case 202: return "Accepted";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 421: return "Misdirected Request";
    case 413: return "Content Too Large";
    case 431: return "Request Header Fields Too Large";
    case 503: return "Service Unavailable";
    default: return "Error";
  }
}

/// IMF-fixdate (RFC 9110 section 5.6.7).
std::string date_now() {
  const auto now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text.data();
}

std::string serialise(const Response& response, bool is_head) {
  const auto caching =
      response.max_age.count() > 0 ? "max-age=" + std::to_string(response.max_age.count()) : "no-store";
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " " +
                     std::string(phrase_of(response.status)) + "\r\nDate: " + date_now() +
                     "\r\nContent-Type: " + response.content_type;
  if (!response.is_stream) text += "\r\nContent-Length: " + std::to_string(response.body.size());
  text += "\r\nCache-Control: " + caching + "\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n" +
          response.fields;
  if (response.status == 405) text += "Allow: GET, HEAD\r\n";
  text += "\r\n";
  return is_head ? text : text + response.body;
}

Response refusal(RequestParser::State state) {
  switch (state) {
    case RequestParser::State::wrong_method: return plain(405);
    case RequestParser::State::has_body: return plain(413);
    case RequestParser::State::too_large: return plain(431);
    default: return plain(400);
  }
}

}  // namespace

Response plain(unsigned status) {
  return {.status = status, .body = std::to_string(status) + " " + std::string(phrase_of(status)) + "\n"};
}

class Server::Connection final : private net::Stream::Events {
 public:
  explicit Connection(Server& server)
      : server_(server),
        stream_(server.loop_, *this, server.read_buffer_),
        parser_(server.limits_.request_bytes, server.limits_.posts),
        deadline_(server.loop_, [this] { deadline_passed(); }) {}

  int accept(net::Listener& listener) { return stream_.accept(listener); }
  void start() {
    deadline_.start(server_.limits_.deadline);
    stream_.start_reading();
  }
  void broadcast(Bytes events, Bytes after_gap) {
    if (is_behind_ && stream_.queued() > 0) {
      ++server_.left_out_;
      return;
    }
    if (std::exchange(is_behind_, false)) stream_.send(after_gap);
    stream_.send(events);
    if (stream_.queued() < server_.limits_.stream_backlog) return;
    is_behind_ = true;
    deadline_.start(server_.limits_.stall);
  }

 private:
  void begin_stream() {
    deadline_.stop();
    is_stream_ = true;
    server_.streams_.insert(this);
  }

  void on_data(net::Stream& stream, Bytes bytes) override {
    if (is_stream_) return finish();  // it has nothing to say any more
    if (answered_) return;            // read on only to see the end
    const auto state = parser_.feed(bytes);
    if (state == RequestParser::State::need_more) return;
    answered_ = true;
    deadline_.start(server_.limits_.deadline);
    const auto complete = state == RequestParser::State::complete;
    auto response = complete ? server_.handler_(parser_.request()) : refusal(state);
    if (response.is_stream && server_.streams_.size() >= server_.limits_.streams) response = plain(503);
    const bool is_head = complete && parser_.request().is_head;
    stream.send(as_bytes(serialise(response, is_head)));
    if (response.is_stream && !is_head) return begin_stream();
    // A close while the client still sends would be a reset that may overtake the answer (RFC 9112
    // section 9.6).
    stream.send_end();
  }
  void on_end(net::Stream& stream) override {
    if (!answered_ || is_stream_ || stream.queued() == 0) return finish();
    ended_ = true;
  }
  void on_broken(net::Stream& /*stream*/, std::string_view /*why*/) override { finish(); }
  void on_flushed(net::Stream& /*stream*/) override {
    if (is_stream_) deadline_.stop();
    if (ended_) finish();
  }

  /// The loop fires timers before it reads: where it was held up, the request may have come in time and be
  /// unread. So what is there by now is read first.
  void deadline_passed() {
    if (!answered_ && !std::exchange(is_last_turn_, true))
      return deadline_.start(std::chrono::milliseconds{1});
    finish();
  }
  void finish() {
    if (std::exchange(finished_, true)) return;
    deadline_.stop();
    stream_.close();
    server_.streams_.erase(this);
    server_.finished(*this);
  }

  Server& server_;
  net::TcpStream stream_;
  RequestParser parser_;
  net::Timer deadline_;
  bool answered_ = false;
  bool is_last_turn_ = false;  // to read a request that came in time
  bool is_stream_ = false;
  bool is_behind_ = false;  // a stream that has been sent more than its client takes
  bool ended_ = false;      // the client is through, and the answer isn't with the kernel yet
  bool finished_ = false;
};

Server::Server(uv_loop_t* loop, Handler handler, Limits limits)
    : loop_(loop),
      handler_(std::move(handler)),
      limits_(limits),
      reaper_(loop, [this] { finished_.clear(); }),
      listener_(loop, [this](net::Listener& listener) { return accept(listener); }) {}

Server::~Server() = default;

int Server::listen(int descriptor) {
  return listener_.listen(descriptor);
}

bool Server::accept(net::Listener& listener) {
  if (connections_.size() >= limits_.connections) return false;
  auto connection = std::make_unique<Connection>(*this);
  if (connection->accept(listener) != 0) return true;  // it was there and is gone
  auto& started = *connection;
  connections_.emplace(&started, std::move(connection));
  started.start();
  return true;
}

void Server::broadcast(std::string_view events, std::string_view after_gap) {
  for (auto* stream : streams_) stream->broadcast(as_bytes(events), as_bytes(after_gap));
}

void Server::finished(Connection& connection) {
  auto node = connections_.extract(&connection);
  finished_.push_back(std::move(node.mapped()));
  reaper_.start({});
}

}  // namespace mailtap::http
