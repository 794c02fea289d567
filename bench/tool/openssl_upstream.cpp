#include "bench/tool/openssl_upstream.h"

#include <algorithm>
#include <array>

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "bench/tool/exchange.h"

namespace mailtap::bench {

struct OpensslUpstream::Connection {
  Descriptor socket;
  SslPtr ssl;
  bool shaken = false;
  bool wants_write = false;  // epoll is asked for it
  RequestReader reader;
  bool answering = false;
  std::string response;  // the answer's header and beginning, not yet sent
};

Result<std::unique_ptr<OpensslUpstream>> OpensslUpstream::start(const Scenario& scenario,
                                                                const Material& material) {
  std::unique_ptr<OpensslUpstream> upstream(new OpensslUpstream);
  auto context = make_context(TLS_server_method(), scenario);
  if (!context) return tl::unexpected(context.error());
  upstream->context_ = std::move(*context);
  const auto files = material.identity(scenario.key);
  auto* const raw = upstream->context_.get();
  static constexpr std::array<unsigned char, 5> session_context{'b', 'e', 'n', 'c', 'h'};
  const bool done = SSL_CTX_use_certificate_chain_file(raw, files.cert.c_str()) == 1 &&
                    SSL_CTX_use_PrivateKey_file(raw, files.key.c_str(), SSL_FILETYPE_PEM) == 1 &&
                    SSL_CTX_set_session_id_context(raw, session_context.data(), session_context.size()) == 1;
  if (!done) return fail("the upstream has no certificate: " + openssl_error());
  std::tie(upstream->listener_, upstream->port_) = listen_on_loopback();
  upstream->epoll_ = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = upstream->listener_.get();
  if (upstream->port_ == 0 || ::epoll_ctl(upstream->epoll_.get(), EPOLL_CTL_ADD, event.data.fd, &event) != 0)
    return fail("the upstream can't listen on loopback");
  upstream->thread_ = std::thread([server = upstream.get()] { server->run(); });
  return upstream;
}

OpensslUpstream::~OpensslUpstream() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void OpensslUpstream::run() {
  std::array<epoll_event, 256> events{};
  constexpr int look_ms = 100;  // at stop_
  while (!stop_) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), look_ms);
    for (int i = 0; i < count; ++i) {
      const auto fd = events.at(static_cast<std::size_t>(i)).data.fd;
      if (fd == listener_.get()) {
        accept_all();
      } else if (auto& connection = connections_[static_cast<std::size_t>(fd)]) {
        go_on(*connection);
      }
    }
  }
}

void OpensslUpstream::accept_all() {
  for (;;) {
    Descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) return;
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto connection = std::make_unique<Connection>();
    connection->ssl.reset(SSL_new(context_.get()));
    SSL_set_fd(connection->ssl.get(), socket.get());
    SSL_set_accept_state(connection->ssl.get());
    const auto fd = static_cast<std::size_t>(socket.get());
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket.get();
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket.get(), &event);
    connection->socket = std::move(socket);
    if (connections_.size() <= fd) connections_.resize(fd + 1);
    connections_[fd] = std::move(connection);
  }
}

void OpensslUpstream::go_on(Connection& connection) {
  if (!step(connection)) return close(connection);
  const bool wants_write = SSL_want_write(connection.ssl.get()) != 0;
  if (wants_write == connection.wants_write) return;
  connection.wants_write = wants_write;
  epoll_event event{};
  event.events = wants_write ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.fd = connection.socket.get();
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, event.data.fd, &event);
}

/// As far as it goes; false at its end.
bool OpensslUpstream::step(Connection& connection) {
  ERR_clear_error();
  auto* const ssl = connection.ssl.get();
  if (!connection.shaken) {
    const int code = SSL_do_handshake(ssl);
    if (code != 1) return SSL_get_error(ssl, code) == SSL_ERROR_WANT_READ;
    connection.shaken = true;
    ++handshakes_;
    if (SSL_session_reused(ssl) == 1) ++resumed_;
  }
  for (;;) {
    if (connection.answering) {
      if (!write_response(connection)) return SSL_want_write(ssl) != 0;
    } else if (!read_request(connection)) {
      return SSL_want_read(ssl) != 0 && (SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) == 0;
    }
  }
}

/// False when it can't go on now.
bool OpensslUpstream::read_request(Connection& connection) {
  const int size = SSL_read(connection.ssl.get(), buffer_.data(), static_cast<int>(buffer_.size()));
  if (size <= 0) return false;
  if (!connection.reader.read({buffer_.data(), static_cast<std::size_t>(size)})) return true;
  connection.answering = true;
  connection.response = connection.reader.begin_response();
  return true;
}

bool OpensslUpstream::write_response(Connection& connection) {
  auto& response = connection.response;
  const auto block = block_of_body();
  const auto left = connection.reader.body_left();
  const char* const bytes = response.empty() ? block.data() : response.data();
  const auto wanted = response.empty() ? std::min<std::uint64_t>(left, block.size()) : response.size();
  const int size = SSL_write(connection.ssl.get(), bytes, static_cast<int>(wanted));
  if (size <= 0) return false;
  if (response.empty())
    connection.reader.took(static_cast<std::uint64_t>(size));
  else
    response.clear();  // smaller than a record: taken whole
  connection.answering = connection.reader.body_left() > 0;
  return true;
}

void OpensslUpstream::close(Connection& connection) {
  if (connection.shaken) SSL_shutdown(connection.ssl.get());
  connections_[static_cast<std::size_t>(connection.socket.get())].reset();
}

}  // namespace mailtap::bench
