// An admin endpoint that is told of so many made-up connections a second, for the test of its page in a
// browser:
//   admin_feeder PER_SECOND      says "admin at http://ADDR:PORT/" and goes on until it is killed
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "inspect/record.h"
#include "proxy/admin/endpoint.h"
#include "proxy/net/listen_socket.h"
#include "records.h"

int main(int argc, char** argv) {
  using namespace mailtap;
  std::signal(SIGPIPE, SIG_IGN);
  const auto per_second = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 2'000;
  const inspect::Messages messages;
  auto group = net::bind_group({"127.0.0.1", 0}, 1);
  if (!group) return EXIT_FAILURE;
  admin::Endpoint::Setup setup;
  setup.version = "test";
  setup.cryptography = "none";
  admin::Endpoint endpoint(messages, std::move(setup), group->sockets.front().take());
  endpoint.set_routes({{"exchange", "127.0.0.1:8443", "exchange.contoso.local:443", "issue"}});
  endpoint.set_ready(true);
  messages.say("admin at http://" + group->address.to_string() + "/");

  const auto began = std::chrono::steady_clock::now();
  for (std::uint64_t id = 0;;) {
    const auto passed = std::chrono::steady_clock::now() - began;
    const auto due = static_cast<std::uint64_t>(std::chrono::duration<double>(passed).count() *
                                                static_cast<double>(per_second));
    for (; id < due; ++id) {
      auto connection = id % 100 == 7    ? testing::bad_connection(id, "faulty.contoso.com")
                        : id % 100 == 13 ? testing::unreached_connection(id)
                                         : testing::good_connection(id);
      connection.time = std::chrono::system_clock::now();
      endpoint.feed().opened(connection);
      endpoint.feed().ended(std::move(connection));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}
