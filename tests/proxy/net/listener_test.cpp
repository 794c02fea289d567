#include "proxy/net/listener.h"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <optional>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>

#include "proxy/net/address.h"
#include "proxy/net/listen_socket.h"

using namespace mailtap;
using namespace mailtap::net;

namespace {

/// A listener that takes as many as it is told, and clients that have connected.
class Scene {
 public:
  Scene() {
    uv_loop_init(&loop_);
    listener_.emplace(&loop_, [this](Listener& listener) {
      ++asked;
      if (places == 0) return false;
      --places;
      auto& taken = taken_.emplace_back(std::make_unique<uv_tcp_t>());
      uv_tcp_init(&loop_, taken.get());
      return listener.accept(*taken) == 0;
    });
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    const auto anywhere = *Address::parse("127.0.0.1", 0);
    REQUIRE(::bind(socket, anywhere.get(), anywhere.size()) == 0);
    REQUIRE(listener_->listen(socket) == 0);
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size) == 0);
    for (auto& client : clients_) {
      client = ::socket(AF_INET, SOCK_STREAM, 0);
      REQUIRE(::connect(client, reinterpret_cast<sockaddr*>(&bound), size) == 0);
    }
  }
  ~Scene() {
    for (const int client : clients_) ::close(client);
    listener_.reset();
    for (auto& taken : taken_) uv_close(reinterpret_cast<uv_handle_t*>(taken.get()), nullptr);
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
  }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  Listener& listener() { return *listener_; }
  void turn() { uv_run(&loop_, UV_RUN_ONCE); }
  std::size_t taken() const { return taken_.size(); }

  std::size_t places = 0;
  unsigned asked = 0;

 private:
  uv_loop_t loop_{};
  std::optional<Listener> listener_;
  std::array<int, 3> clients_{};
  std::vector<std::unique_ptr<uv_tcp_t>> taken_;
};

}  // namespace

TEST_CASE("a connection that was left is asked about again at once, and with it those behind it") {
  Scene scene;
  scene.turn();
  CHECK(scene.asked == 1);
  CHECK(scene.listener().holding());

  scene.listener().ask_again();
  CHECK(scene.asked == 2);
  CHECK(scene.listener().holding());

  scene.places = 3;
  scene.listener().ask_again();
  CHECK(scene.taken() == 1);
  CHECK_FALSE(scene.listener().holding());
  while (scene.taken() < 3) scene.turn();
}

TEST_CASE("where nobody was left there is nothing to ask again") {
  Scene scene;
  scene.places = 3;
  scene.listener().ask_again();
  CHECK(scene.asked == 0);
  while (scene.taken() < 3) scene.turn();
  scene.listener().ask_again();
  CHECK(scene.asked == 3);
}
