// The load's clients and its upstream server, without a proxy between them: what one says the other counts.
#include "bench/tool/generator.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace mailtap;
using namespace mailtap::bench;

namespace {

const Material& material() {
  static const auto made = Material::make();
  REQUIRE(made);
  return *made;
}

const Scenario& scenario(const std::string& name) {
  static const auto all = scenarios();
  for (const auto& one : all)
    if (one.name == name) return one;
  FAIL("there is no scenario " + name);
  return all.front();
}

/// A client of one kind and an upstream of one kind, connected to each other.
struct Field {
  Field(const std::string& name, Generation of_client, Generation of_upstream)
      : clients(Generator::make(of_client).value()), servers(Generator::make(of_upstream).value()) {
    upstream = servers.upstream(scenario(name), material()).value();
    client = clients.client(scenario(name), server_name).value();
  }
  Load run(const Batch& batch) const { return client->run(upstream->port(), batch); }

  Generator clients, servers;
  std::unique_ptr<Upstream> upstream;
  std::unique_ptr<LoadClient> client;
};

}  // namespace

TEST_CASE("either load's clients shake hands with either load's upstream, in each scenario") {
  const auto of_client = GENERATE(Generation::batched, Generation::openssl);
  const auto of_upstream = GENERATE(Generation::batched, Generation::openssl);
  const std::string name = GENERATE("tls12-ecdsa", "tls12-rsa", "tls13-ecdsa");
  CAPTURE(of_client, of_upstream, name);
  const Field field(name, of_client, of_upstream);
  const auto load = field.run({.count = 20, .concurrency = 8});
  CHECK(load.first_failure == "");
  CHECK(load.completed == 20);
  CHECK(load.failed == 0);
  CHECK(load.resumed == 0);
  CHECK(load.handshake_us.size() == 20);
  CHECK(load.response_us.size() == 20);
  CHECK(field.upstream->handshakes() == 20);
}

TEST_CASE("in scenarios of resumption all connections after the first resume") {
  const auto of_client = GENERATE(Generation::batched, Generation::openssl);
  const auto of_upstream = GENERATE(Generation::batched, Generation::openssl);
  const std::string name = GENERATE("tls12-resumed", "tls13-resumed");
  CAPTURE(of_client, of_upstream, name);
  const Field field(name, of_client, of_upstream);
  CHECK(field.run({.count = 1}).resumed == 0);
  const auto load = field.run({.count = 20, .concurrency = 4});
  CHECK(load.first_failure == "");
  CHECK(load.completed == 20);
  CHECK(load.resumed == 20);
  CHECK(field.upstream->resumed() == 20);
}

TEST_CASE("at a rate connections begin when they should, and their times are from then") {
  const auto generation = GENERATE(Generation::batched, Generation::openssl);
  const Field field("tls12-ecdsa", generation, generation);
  const auto load = field.run({.count = 30, .rate = 1000, .seed = 3});
  CHECK(load.first_failure == "");
  CHECK(load.completed == 30);
  // The last began after the sum of 30 waits, which is the process's, not the machine's.
  CHECK(load.wall_seconds > 0.01);
}

TEST_CASE("a batch's bytes go both ways, whole") {
  const auto of_client = GENERATE(Generation::batched, Generation::openssl);
  const auto of_upstream = GENERATE(Generation::batched, Generation::openssl);
  const Field field("tls13-ecdsa", of_client, of_upstream);
  const auto load = field.run({.count = 2, .download = 3000000, .upload = 2000000});
  CHECK(load.first_failure == "");
  CHECK(load.completed == 2);
}

TEST_CASE("connections that are held stay open until they are let go, and others come meanwhile") {
  const Field field("tls12-ecdsa", Generation::batched, Generation::batched);
  CHECK(field.run({.count = 10, .concurrency = 4, .hold = true}).completed == 10);
  CHECK(field.run({.count = 5, .concurrency = 2}).completed == 5);
  field.client->let_go();
  CHECK(field.run({.count = 5, .concurrency = 2}).completed == 5);
  CHECK(field.upstream->handshakes() == 20);
}

TEST_CASE("where nobody listens each connection fails, and says why") {
  const auto generation = GENERATE(Generation::batched, Generation::openssl);
  const auto generator = Generator::make(generation).value();
  const auto client = generator.client(scenario("tls12-ecdsa"), server_name).value();
  // Bound, so that it is nobody else's, and not listened on.
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto address = loopback(0);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(::bind(socket.get(), generic, size) == 0);
  REQUIRE(::getsockname(socket.get(), generic, &size) == 0);
  const auto load = client->run(ntohs(address.sin_port), {.count = 3, .concurrency = 3});
  CHECK(load.completed == 0);
  CHECK(load.failed == 3);
  CHECK(load.first_failure != "");
}
