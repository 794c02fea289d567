#include "proxy/top/top.h"

#include <array>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>

#include <unistd.h>
#include <uv.h>

#include "config/base/phrases.h"
#include "proxy/http/client.h"
#include "proxy/net/network.h"
#include "proxy/net/resolver.h"
#include "proxy/terminal/size.h"
#include "proxy/top/screen.h"

namespace mailtap::top {

namespace {

constexpr std::size_t max_answer = std::size_t{16} << 20;

std::size_t terminal_height() {
  const auto size = terminal::size_of(STDOUT_FILENO);
  return size && size->rows > 1 ? size->rows - 1 : 40;
}

class Top {
 public:
  explicit Top(const Options& options) : options_(options) {
    uv_loop_init(&loop_);
    resolver_.emplace(&loop_);
    network_.emplace(net::Network{&loop_, *resolver_, read_buffer_});
    timer_.emplace(&loop_, [this] { ask(); });
    for (std::size_t i = 0; i < signals_.size(); ++i) {
      uv_signal_init(&loop_, &signals_[i]);
      signals_[i].data = this;
      uv_signal_start(
          &signals_[i], [](uv_signal_t* uv, int) { uv_stop(static_cast<Top*>(uv->data)->loop()); },
          i == 0 ? SIGINT : SIGTERM);
    }
  }
  ~Top() {
    client_.reset();
    timer_.reset();
    for (auto& signal : signals_) uv_close(reinterpret_cast<uv_handle_t*>(&signal), nullptr);
    network_.reset();
    resolver_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
  }
  Top(const Top&) = delete;
  Top& operator=(const Top&) = delete;

  uv_loop_t* loop() { return &loop_; }
  int run() {
    ask();
    uv_run(&loop_, UV_RUN_DEFAULT);
    return status_;
  }

 private:
  void ask() {
    static constexpr std::array paths{"/api/state", "/api/counts?span=15m", "/api/upstreams"};
    http::ClientRequest request{.url = options_.url};
    request.url.path = paths[asked_];
    if (!options_.token.empty()) request.fields = "Authorization: Bearer " + options_.token + "\r\n";
    client_ =
        std::make_unique<http::Client>(*network_, std::move(request), http::ClientLimits{.size = max_answer},
                                       [this](Result<http::Answer> answer) { take(std::move(answer)); });
    client_->start();
  }

  void take(Result<http::Answer> answer) {
    auto body = http::body_of(std::move(answer));
    if (!body) return complain(body.error());
    std::array{&told_.state, &told_.counts, &told_.upstreams}[asked_]->swap(*body);
    asked_ = (asked_ + 1) % 3;
    if (asked_ != 0) return timer_->start({});
    show();
  }

  void show() {
    const auto style = terminal::style_for(STDOUT_FILENO);
    const auto text = screen(told_, style, options_.once ? 0 : terminal_height(), options_.language);
    if (!text) return complain(text.error());
    if (!options_.once && ::isatty(STDOUT_FILENO) == 1) std::cout << "\x1b[H\x1b[2J";
    std::cout << *text << std::flush;
    options_.once || !std::cout ? uv_stop(&loop_) : timer_->start(options_.interval);
  }

  /// An endpoint that restarts is asked again; one that never answered isn't there.
  void complain(const Error& error) {
    const bool gives_up = options_.once || told_.upstreams.empty();
    std::cerr << "mailtap top: " << options_.url.host << ": " << in_language(error.message, options_.language)
              << (gives_up ? "; " + said(options_.language,
                                         "give the URL that a running mailtap with --admin says at its start")
                           : std::string())
              << '\n';
    asked_ = 0;
    if (gives_up) {
      status_ = EXIT_FAILURE;
      uv_stop(&loop_);
    } else {
      timer_->start(options_.interval);
    }
  }

  const Options& options_;
  uv_loop_t loop_{};
  Buffer read_buffer_ = Buffer(std::size_t{64} * 1024);
  std::optional<net::Resolver> resolver_;
  std::optional<net::Network> network_;
  std::optional<net::Timer> timer_;
  std::array<uv_signal_t, 2> signals_{};
  std::unique_ptr<http::Client> client_;
  Told told_;
  std::size_t asked_ = 0;
  int status_ = EXIT_SUCCESS;
};

}  // namespace

int run(const Options& options) {
  return Top(options).run();
}

}  // namespace mailtap::top
