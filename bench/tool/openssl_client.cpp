#include "bench/tool/openssl_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/epoll.h>

#include "bench/tool/arrivals.h"
#include "bench/tool/exchange.h"

namespace mailtap::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_sessions = 256;

double microseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

}  // namespace

struct OpensslClient::Connection {
  enum class State { connecting, handshaking, requesting, reading, closing };

  Descriptor socket;
  SslPtr ssl;
  State state = State::connecting;
  std::uint32_t watched = 0;
  std::string request;  // what is left of its header
  std::uint64_t upload_left = 0;
  std::uint64_t download_left = 0;
  Clock::time_point began;
};

/// A batch while it runs.
struct OpensslClient::Run {
  using State = Connection::State;
  enum class Outcome { waits, done, failed };

  Run(OpensslClient& its_client, const sockaddr* to, socklen_t size, const Batch& its_batch)
      : client(its_client), address(to), address_size(size), batch(its_batch) {}

  OpensslClient& client;
  const sockaddr* address;
  socklen_t address_size;
  const Batch& batch;
  Descriptor epoll{::epoll_create1(EPOLL_CLOEXEC)};
  std::vector<std::unique_ptr<Connection>> live;  // by descriptor
  std::size_t started = 0;
  std::size_t open = 0;
  Load load;
  std::vector<char> buffer = std::vector<char>(std::size_t{64} * 1024);

  std::uint64_t answer_size() const {
    return batch.ews ? client.ews_response_size_ : response_header_size + batch.download;
  }
  void to_the_end();
  void begin_one(Clock::time_point intended);
  Clock::time_point begin_due(std::optional<Arrivals>& arrivals);
  void go_on(Connection& connection);
  void end(Connection& connection, bool well, const std::string& why);
  void watch(Connection& connection, std::uint32_t events, int operation) const;

  Outcome step(Connection& connection);
  Outcome connected(Connection& connection);
  Outcome shake(Connection& connection);
  Outcome send_request(Connection& connection);
  Outcome read_answer(Connection& connection);
  Outcome close(Connection& connection);
  static Outcome blocked(const Connection& connection, int code);
};

// --- one connection, in the order in which it lives --------------------------------------------------------

void OpensslClient::Run::begin_one(Clock::time_point intended) {
  ++started;
  auto connection = std::make_unique<Connection>();
  connection->began = intended;
  connection->socket =
      Descriptor(::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int fd = connection->socket.get();
  const bool begun = fd >= 0 && (::connect(fd, address, address_size) == 0 || errno == EINPROGRESS);
  if (!begun) {
    ++load.failed;
    if (load.first_failure.empty()) load.first_failure = std::strerror(errno);
    return;
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  watch(*connection, EPOLLOUT, EPOLL_CTL_ADD);
  const auto index = static_cast<std::size_t>(fd);
  if (live.size() <= index) live.resize(index + 1);
  live[index] = std::move(connection);
  ++open;
}

OpensslClient::Run::Outcome OpensslClient::Run::step(Connection& connection) {
  switch (connection.state) {
    case State::connecting: return connected(connection);
    case State::handshaking: return shake(connection);
    case State::requesting: return send_request(connection);
    case State::reading: return read_answer(connection);
    case State::closing: return close(connection);
  }
  return Outcome::done;
}

OpensslClient::Run::Outcome OpensslClient::Run::connected(Connection& connection) {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(connection.socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) {
    errno = error;
    return Outcome::failed;
  }
  connection.ssl.reset(SSL_new(client.context_.get()));
  auto* const ssl = connection.ssl.get();
  SSL_set_fd(ssl, connection.socket.get());
  SSL_set_connect_state(ssl);
  SSL_set_tlsext_host_name(ssl, client.name_.c_str());
  client.offer_session(ssl);
  connection.state = State::handshaking;
  return shake(connection);
}

OpensslClient::Run::Outcome OpensslClient::Run::shake(Connection& connection) {
  auto* const ssl = connection.ssl.get();
  if (const int code = SSL_do_handshake(ssl); code != 1) return blocked(connection, code);
  load.handshake_us.push_back(microseconds_since(connection.began));
  if (SSL_session_reused(ssl) == 1) ++load.resumed;
  if (batch.request) {
    connection.request = batch.ews ? client.ews_request_ : request_header(batch.download, batch.upload);
    connection.upload_left = batch.upload;
    connection.download_left = answer_size();
    connection.state = State::requesting;
    return send_request(connection);
  }
  // A TLS 1.3 ticket comes after the handshake; the first is worth waiting for.
  connection.state = client.resumes_ && client.sessions_.empty() ? State::reading : State::closing;
  return step(connection);
}

OpensslClient::Run::Outcome OpensslClient::Run::send_request(Connection& connection) {
  const auto block = block_of_body();
  while (!connection.request.empty() || connection.upload_left > 0) {
    const bool header = !connection.request.empty();
    const auto size =
        header ? connection.request.size()
               : static_cast<std::size_t>(std::min<std::uint64_t>(connection.upload_left, block.size()));
    const char* const bytes = header ? connection.request.data() : block.data();
    const int code = SSL_write(connection.ssl.get(), bytes, static_cast<int>(size));
    if (code <= 0) return blocked(connection, code);
    if (header)
      connection.request.clear();  // smaller than a record: taken whole
    else
      connection.upload_left -= static_cast<std::uint64_t>(code);
  }
  connection.state = State::reading;
  return read_answer(connection);
}

OpensslClient::Run::Outcome OpensslClient::Run::read_answer(Connection& connection) {
  const auto whole = answer_size();
  do {
    const int code = SSL_read(connection.ssl.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (!batch.request && !client.sessions_.empty()) break;  // only a ticket was awaited
    if (code <= 0) return blocked(connection, code);
    if (connection.download_left == whole) load.response_us.push_back(microseconds_since(connection.began));
    connection.download_left -= std::min(connection.download_left, static_cast<std::uint64_t>(code));
  } while (connection.download_left > 0);
  if (batch.hold) return Outcome::done;
  connection.state = State::closing;
  return close(connection);
}

OpensslClient::Run::Outcome OpensslClient::Run::close(Connection& connection) {
  auto* const ssl = connection.ssl.get();
  if ((SSL_get_shutdown(ssl) & SSL_SENT_SHUTDOWN) == 0) SSL_shutdown(ssl);
  if (!batch.request) return Outcome::done;  // a stranger's server: it need not answer
  for (;;) {
    const auto size = ::recv(connection.socket.get(), buffer.data(), buffer.size(), 0);
    if (size > 0) continue;  // its close_notify
    return size < 0 && errno == EAGAIN ? Outcome::waits : Outcome::done;
  }
}

OpensslClient::Run::Outcome OpensslClient::Run::blocked(const Connection& connection, int code) {
  const int error = SSL_get_error(connection.ssl.get(), code);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? Outcome::waits : Outcome::failed;
}

// --- all of them -------------------------------------------------------------------------------------------

void OpensslClient::Run::go_on(Connection& connection) {
  ERR_clear_error();
  errno = 0;
  switch (step(connection)) {
    case Outcome::waits: {
      const bool to_write = connection.ssl && SSL_want_write(connection.ssl.get()) != 0;
      return watch(connection, to_write ? EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
    }
    case Outcome::done: return end(connection, true, "");
    case Outcome::failed: {
      const auto* const what = connection.ssl ? SSL_state_string_long(connection.ssl.get()) : "connecting";
      const auto why = errno != 0 ? std::string(std::strerror(errno)) : openssl_error();
      return end(connection, false, std::string(what) + ": " + why);
    }
  }
}

void OpensslClient::Run::end(Connection& connection, bool well, const std::string& why) {
  ++(well ? load.completed : load.failed);
  if (!well && load.first_failure.empty()) load.first_failure = why;
  --open;
  auto& slot = live[static_cast<std::size_t>(connection.socket.get())];
  if (well && batch.hold) {
    ::epoll_ctl(epoll.get(), EPOLL_CTL_DEL, connection.socket.get(), nullptr);
    client.held_.push_back(std::move(slot));
  } else {
    slot.reset();
  }
}

void OpensslClient::Run::watch(Connection& connection, std::uint32_t events, int operation) const {
  if (connection.watched == events) return;
  connection.watched = events;
  epoll_event event{};
  event.events = events;
  event.data.fd = connection.socket.get();
  ::epoll_ctl(epoll.get(), operation, event.data.fd, &event);
}

/// Those whose time has come; when to look again.
Clock::time_point OpensslClient::Run::begin_due(std::optional<Arrivals>& arrivals) {
  const auto now = Clock::now();
  const auto later = now + std::chrono::milliseconds(100);  // to look at the clock and at signals
  if (!arrivals) {
    while (open < batch.concurrency && started < batch.count) begin_one(now);
    return later;
  }
  for (; started < batch.count && arrivals->next() <= now; arrivals->advance()) begin_one(arrivals->next());
  return started < batch.count ? std::min(arrivals->next(), later) : later;
}

void OpensslClient::Run::to_the_end() {
  const auto began = Clock::now();
  const auto until = began + batch.time_limit;
  std::array<epoll_event, 256> events{};
  std::optional<Arrivals> arrivals;
  if (batch.rate > 0) arrivals.emplace(batch.rate, began, batch.seed);
  while (load.completed + load.failed < batch.count) {
    const auto next = begin_due(arrivals);
    if (interrupted || Clock::now() > until) {
      load.failed = batch.count - load.completed;
      if (load.first_failure.empty())
        load.first_failure = interrupted ? "interrupted" : "the time limit has passed";
      break;
    }
    const int count = wait_for_events(epoll.get(), events, next);
    for (int i = 0; i < count; ++i) {
      const auto fd = static_cast<std::size_t>(events.at(static_cast<std::size_t>(i)).data.fd);
      if (live[fd]) go_on(*live[fd]);
    }
  }
  load.wall_seconds = microseconds_since(began) / 1e6;
}

Load OpensslClient::run(const sockaddr* address, socklen_t size, const Batch& batch) {
  Run run(*this, address, size, batch);
  run.to_the_end();
  return std::move(run.load);
}

void OpensslClient::let_go() {
  for (const auto& connection : held_) SSL_shutdown(connection->ssl.get());
  held_.clear();
}

// --- sessions ----------------------------------------------------------------------------------------------

Result<std::unique_ptr<OpensslClient>> OpensslClient::make(const Scenario& scenario, std::string name) {
  auto context = make_context(TLS_client_method(), scenario);
  if (!context) return tl::unexpected(context.error());
  std::unique_ptr<OpensslClient> client(new OpensslClient(scenario.resumed, std::move(name)));
  client->context_ = std::move(*context);
  if (scenario.resumed) {
    SSL_CTX_set_session_cache_mode(client->context_.get(),
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_app_data(client->context_.get(), client.get());
    SSL_CTX_sess_set_new_cb(client->context_.get(), keep_session);
  }
  return client;
}

OpensslClient::OpensslClient(bool resumes, std::string name) : resumes_(resumes), name_(std::move(name)) {}

OpensslClient::~OpensslClient() = default;

/// OpenSSL calls it with each session that may be resumed; 1: it is ours now.
int OpensslClient::keep_session(SSL* ssl, SSL_SESSION* session) {
  auto& sessions = static_cast<OpensslClient*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)))->sessions_;
  if (sessions.size() == most_sessions) sessions.erase(sessions.begin());
  sessions.emplace_back(session);
  return 1;
}

/// A TLS 1.3 ticket is used once, unless it is the last. OpenSSL spoils the session that a handshake uses: it
/// gets a copy.
void OpensslClient::offer_session(SSL* ssl) {
  if (sessions_.empty()) return;
  const SessionPtr copy(SSL_SESSION_dup(sessions_.back().get()));
  SSL_set_session(ssl, copy.get());
  if (SSL_SESSION_get_protocol_version(copy.get()) == TLS1_3_VERSION && sessions_.size() > 1)
    sessions_.pop_back();
}

}  // namespace mailtap::bench
