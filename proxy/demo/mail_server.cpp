#include "proxy/demo/mail_server.h"

#include <functional>
#include <utility>

#include <llhttp.h>

#include "proxy/demo/ews.h"
#include "proxy/net/listen_socket.h"
#include "proxy/net/tcp_stream.h"
#include "tls/session.h"

namespace mailtap::demo {

using tls::Step;

namespace {

/// Collects what a response depends on; on each complete request `answer` is called.
class RequestParser {
 public:
  explicit RequestParser(std::function<void(const RequestParser&)> answer) : answer_(std::move(answer)) {
    llhttp_settings_init(&settings_);
    settings_.on_message_begin = [](llhttp_t* http) {
      auto& self = of(http);
      self.target.clear();
      self.soap_action.clear();
      self.header_.clear();
      return 0;
    };
    settings_.on_url = [](llhttp_t* http, const char* at, std::size_t size) {
      of(http).target.append(at, size);
      return 0;
    };
    settings_.on_header_field = [](llhttp_t* http, const char* at, std::size_t size) {
      of(http).header_.append(at, size);
      return 0;
    };
    settings_.on_header_value = [](llhttp_t* http, const char* at, std::size_t size) {
      auto& self = of(http);
      if (equal_ignoring_case(self.header_, "SOAPAction")) self.soap_action.append(at, size);
      return 0;
    };
    settings_.on_header_value_complete = [](llhttp_t* http) {
      of(http).header_.clear();
      return 0;
    };
    settings_.on_message_complete = [](llhttp_t* http) {
      of(http).answer_(of(http));
      return 0;
    };
    llhttp_init(&http_, HTTP_REQUEST, &settings_);
    http_.data = this;
  }
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// False: this is no HTTP.
  bool feed(std::string_view bytes) { return llhttp_execute(&http_, bytes.data(), bytes.size()) == HPE_OK; }
  std::string_view method() const {
    return llhttp_method_name(static_cast<llhttp_method_t>(llhttp_get_method(const_cast<llhttp_t*>(&http_))));
  }

  std::string target;
  std::string soap_action;

 private:
  static RequestParser& of(llhttp_t* http) { return *static_cast<RequestParser*>(http->data); }

  std::function<void(const RequestParser&)> answer_;
  std::string header_;
  llhttp_settings_t settings_;
  llhttp_t http_;
};

}  // namespace

class MailServers::Connection final : private net::TcpStream::Events {
 public:
  Connection(MailServers& owner, Server& server)
      : owner_(owner),
        server_(server),
        stream_(&owner.loop_, *this, owner.read_buffer_),
        session_(tls::make_server_session(parameters(server))),
        parser_([this](const RequestParser& request) { answer(request); }) {}

  int accept(uv_stream_t* listener) {
    const int status = stream_.accept(listener);
    if (status == 0) stream_.start_reading();
    return status;
  }

 private:
  static tls::ServerParameters parameters(const Server& server) {
    tls::ServerParameters parameters;
    parameters.identity = server.identity;
    parameters.alpn = {"http/1.1"};
    return parameters;
  }

  void advance() {
    if (!open_) {
      const auto step = session_->handshake();
      flush();
      if (step == Step::want_read || step == Step::want_write) return;
      if (step != Step::done) return finish();
      open_ = true;
      const std::lock_guard lock(owner_.mutex_);
      server_.last = {};
    }
    Buffer plaintext(std::size_t{16} * 1024);
    for (;;) {
      const auto [step, size] = session_->read(plaintext);
      flush();
      if (step == Step::want_read || step == Step::want_write) return;
      if (step == Step::closed) return say_goodbye();
      if (step != Step::done) return finish();
      if (!receive(as_text(Bytes(plaintext).first(size)))) return finish();
    }
  }

  bool receive(std::string_view text) {
    {
      const std::lock_guard lock(owner_.mutex_);
      server_.last.received += text;
    }
    return parser_.feed(text);
  }

  void answer(const RequestParser& request) {
    const auto response = ews::respond(request.method(), request.target, request.soap_action);
    {
      const std::lock_guard lock(owner_.mutex_);  // before it leaves: the client may ask for it at once
      server_.last.sent += response;
    }
    session_->write(as_bytes(response));
    flush();
  }

  void say_goodbye() {
    session_->close_notify();
    flush();
    stream_.send_end();
    if (peer_ended_) finish();
  }

  void flush() {
    const auto bytes = session_->outgoing();
    stream_.send(bytes);
    session_->consume_outgoing(bytes.size());
  }

  void finish() {
    stream_.close();
    owner_.finished(*this);
  }

  void on_data(net::TcpStream&, Bytes bytes) override {
    session_->feed(bytes);
    advance();
  }
  void on_end(net::TcpStream&) override {
    peer_ended_ = true;
    session_->feed_end();
    advance();
  }
  void on_broken(net::TcpStream&, int) override { finish(); }
  void on_flushed(net::TcpStream&) override {}
  void on_connected(net::TcpStream&, int) override {}

  MailServers& owner_;
  Server& server_;
  net::TcpStream stream_;
  std::unique_ptr<tls::Session> session_;
  RequestParser parser_;
  bool open_ = false;
  bool peer_ended_ = false;
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
      &loop_, [this, &one = *server](uv_stream_t* stream) { return accept(one, stream); });
  if (const int status = server->listener->listen(group->sockets.front().take()); status != 0)
    return fail("can't listen on " + group->address.to_string() + ": " + uv_strerror(status));
  servers_.push_back(std::move(server));
  return group->address;
}

void MailServers::start() {
  thread_ = std::thread([this] { uv_run(&loop_, UV_RUN_DEFAULT); });
}

bool MailServers::accept(Server& server, uv_stream_t* listener) {
  auto connection = std::make_unique<Connection>(*this, server);
  if (connection->accept(listener) == 0) connections_.emplace(connection.get(), std::move(connection));
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
