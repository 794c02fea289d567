#include "proxy/demo/mail_server.h"

#include <utility>

#include "proxy/demo/ews.h"
#include "proxy/http/message.h"
#include "proxy/net/listen_socket.h"
#include "proxy/net/tcp_stream.h"
#include "proxy/net/tls_stream.h"
#include "proxy/net/uv_error.h"
#include "tls/sessions/sessions.h"

namespace mailtap::demo {

namespace {

/// Far above any request of the demonstration.
constexpr http::MessageReader::Limits request_limits{.body = std::size_t{1} << 20};

}  // namespace

class MailServers::Connection final : private net::Stream::Events, private net::TlsStream::Delegate {
 public:
  Connection(MailServers& owner, Server& server)
      : owner_(owner),
        server_(server),
        request_(http::MessageReader::Kind::request, http::MessageReader::Until::end, request_limits) {}

  int accept(net::Listener& listener) {
    auto tcp = std::make_unique<net::TcpStream>(&owner_.loop_, owner_.read_buffer_);
    if (const int status = tcp->accept(listener); status != 0) return status;
    net::TlsStream::Delegate& delegate = *this;
    stream_ = std::make_unique<net::TlsStream>(std::move(tcp), tls::make_server_session(parameters(server_)),
                                               delegate);
    stream_->set_events(*this);
    return 0;
  }
  void start() { stream_->begin(); }

 private:
  static tls::ServerParameters parameters(const Server& server) {
    tls::ServerParameters parameters;
    parameters.identity = server.identity;
    parameters.alpn = {"http/1.1"};
    return parameters;
  }

  void on_secured(net::TlsStream&) override {
    const std::lock_guard lock(owner_.mutex_);
    server_.last = {};
  }
  void on_not_secured(net::TlsStream&) override { finish(); }

  void on_data(net::Stream&, Bytes bytes) override {
    const auto text = as_text(bytes);
    {
      const std::lock_guard lock(owner_.mutex_);
      server_.last.received += text;
    }
    if (!read(text)) finish();
  }

  /// False: it isn't HTTP.
  bool read(std::string_view text) {
    for (auto bytes = as_bytes(text); !bytes.empty();) {
      const auto before = request_.size();
      const auto state = request_.feed(bytes);
      if (state == http::MessageReader::State::need_more) return true;
      if (state != http::MessageReader::State::complete) return false;
      bytes = bytes.subspan(request_.size() - before);
      answer(request_.head());
      request_.next();
    }
    return true;
  }

  void answer(const http::Head& request) {
    const auto* action = request.find("SOAPAction");
    const auto response =
        ews::respond(request.method, request.target, action != nullptr ? std::string_view(*action) : "");
    {
      const std::lock_guard lock(owner_.mutex_);  // before it leaves: the client may ask for it at once
      server_.last.sent += response;
    }
    stream_->send(as_bytes(response));
  }

  void on_end(net::Stream&) override {
    stream_->send_end();
    finish();
  }
  void on_broken(net::Stream&, std::string_view /*why*/) override { finish(); }
  void on_flushed(net::Stream&) override {}

  void finish() {
    stream_->close();
    owner_.finished(*this);
  }

  MailServers& owner_;
  Server& server_;
  std::unique_ptr<net::TlsStream> stream_;
  http::MessageReader request_;
};

MailServers::MailServers() {
  uv_loop_init(&loop_);
  stop_ = net::Handle<uv_async_t>::make(this, [&](uv_async_t* async) {
            return uv_async_init(&loop_, async, [](uv_async_t* uv) {
              if (auto* self = static_cast<MailServers*>(uv->data)) self->end();
            });
          }).first;
  // What has finished is destroyed here, when no callback of its is on the stack any more.
  before_poll_ = net::Handle<uv_prepare_t>::make(this, [&](uv_prepare_t* prepare) {
                   return uv_prepare_init(&loop_, prepare);
                 }).first;
  uv_prepare_start(before_poll_.get(), [](uv_prepare_t* uv) {
    if (auto* self = static_cast<MailServers*>(uv->data)) self->finished_.clear();
  });
}

Result<config::Endpoint> MailServers::add(certs::IdentityPtr identity) {
  auto group = net::bind_group({"127.0.0.1", 0}, 1);
  if (!group) return tl::unexpected(group.error());
  auto server = std::make_unique<Server>();
  server->identity = std::move(identity);
  server->listener = std::make_unique<net::Listener>(
      &loop_, [this, &one = *server](net::Listener& listener) { return accept(one, listener); });
  if (const int status = server->listener->listen(group->sockets.front().take()); status != 0)
    return fail("can't listen on " + group->address.to_string() + ": " + net::uv_says(status));
  servers_.push_back(std::move(server));
  return group->address;
}

void MailServers::start() {
  thread_ = std::thread([this] { uv_run(&loop_, UV_RUN_DEFAULT); });
}

bool MailServers::accept(Server& server, net::Listener& listener) {
  auto connection = std::make_unique<Connection>(*this, server);
  if (connection->accept(listener) != 0) return true;
  auto& started = *connection;
  connections_.emplace(&started, std::move(connection));
  started.start();
  return true;
}

void MailServers::finished(Connection& connection) {
  if (auto node = connections_.extract(&connection)) finished_.push_back(std::move(node.mapped()));
}

Transcript MailServers::last_transcript(std::size_t index) const {
  const std::lock_guard lock(mutex_);
  return servers_[index]->last;
}

void MailServers::end() {
  for (const auto& server : servers_) server->listener.reset();
  connections_.clear();
  before_poll_.close();
  stop_.close();
}

MailServers::~MailServers() {
  if (thread_.joinable()) {
    uv_async_send(stop_.get());
    thread_.join();
  } else {
    end();
  }
  finished_.clear();
  uv_run(&loop_, UV_RUN_DEFAULT);  // the last close callbacks
  uv_loop_close(&loop_);
}

}  // namespace mailtap::demo
