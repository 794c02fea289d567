#include "bench/tool/upstream.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <string_view>

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace mailtap::bench {

namespace {

constexpr std::size_t block_size = std::size_t{256} * 1024;
const std::vector<char> block(block_size, 'x');  // what bodies are made of

std::string response_header(std::uint64_t size) {
  std::array<char, response_header_size + 1> text{};
  // Leading zeros keep its length the same.
  std::snprintf(text.data(), text.size(), "HTTP/1.1 200 OK\r\nContent-Length: %020llu\r\n\r\n",
                static_cast<unsigned long long>(size));
  return text.data();
}

}  // namespace

std::string request_header(std::uint64_t download, std::uint64_t upload) {
  return "GET /" + std::to_string(download) + "/" + std::to_string(upload) +
         " HTTP/1.1\r\nHost: " + server_name + "\r\nUser-Agent: mailtap-bench\r\n\r\n";
}

struct Upstream::Connection {
  Descriptor socket;
  SslPtr ssl;
  bool shaken = false;
  bool wants_write = false;       // epoll is asked for it
  std::string request;            // its header, as far as it came
  std::uint64_t upload_left = 0;  // of its body
  bool in_body = false;
  bool ews = false;
  bool answering = false;
  std::string response;             // the answer's header and beginning, not yet sent
  std::uint64_t download_left = 0;  // and what follows
};

Result<std::unique_ptr<Upstream>> Upstream::start(const Scenario& scenario, const Material& material) {
  std::unique_ptr<Upstream> upstream(new Upstream);
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

Upstream::~Upstream() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void Upstream::run() {
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

void Upstream::accept_all() {
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

void Upstream::go_on(Connection& connection) {
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
bool Upstream::step(Connection& connection) {
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
bool Upstream::read_request(Connection& connection) {
  auto& request = connection.request;
  const int size = SSL_read(connection.ssl.get(), buffer_.data(), static_cast<int>(buffer_.size()));
  if (size <= 0) return false;
  auto body_size = static_cast<std::uint64_t>(size);
  if (!connection.in_body) {
    request.append(buffer_.data(), static_cast<std::size_t>(size));
    const auto end = request.find("\r\n\r\n");
    if (end == std::string::npos) return true;
    body_size = request.size() - end - 4;
    connection.ews = request.starts_with("POST ");
    if (connection.ews) {
      connection.upload_left = ews_request_size_ - end - 4;
    } else {
      const char* const last = request.data() + end;
      const auto first =
          std::from_chars(request.data() + std::string_view("GET /").size(), last, connection.download_left);
      std::from_chars(first.ptr + 1, last, connection.upload_left);
    }
    connection.in_body = true;
    request.clear();
  }
  connection.upload_left -= std::min(connection.upload_left, body_size);
  if (connection.upload_left > 0) return true;
  answer(connection);
  return true;
}

void Upstream::answer(Connection& connection) const {
  connection.in_body = false;
  connection.answering = true;
  if (connection.ews) {
    connection.response = ews_response_;
    return;
  }
  // A small answer goes in one record with its header.
  const auto with = std::min<std::uint64_t>(connection.download_left, 8192);
  connection.response = response_header(connection.download_left) + std::string(with, 'x');
  connection.download_left -= with;
}

bool Upstream::write_response(Connection& connection) {
  auto& response = connection.response;
  auto& left = connection.download_left;
  const char* const bytes = response.empty() ? block.data() : response.data();
  const auto wanted = response.empty() ? std::min<std::uint64_t>(left, block.size()) : response.size();
  const int size = SSL_write(connection.ssl.get(), bytes, static_cast<int>(wanted));
  if (size <= 0) return false;
  if (response.empty())
    left -= static_cast<std::uint64_t>(size);
  else
    response.clear();  // smaller than a record: taken whole
  connection.answering = left > 0;
  return true;
}

void Upstream::close(Connection& connection) {
  if (connection.shaken) SSL_shutdown(connection.ssl.get());
  connections_[static_cast<std::size_t>(connection.socket.get())].reset();
}

}  // namespace mailtap::bench
