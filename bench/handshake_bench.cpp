// What a handshake costs in CPU time, and a session in memory: client and server joined in memory, one
// thread, no sockets. Build with the release preset; the table goes to standard output.
#include <cstdio>
#include <ctime>
#include <vector>

#include <malloc.h>

#include "tests/tls/pair.h"
#include "tests/tls/test_identity.h"
#include "tls/tickets.h"

using namespace mailtap;
using namespace mailtap::tests;

namespace {

struct Case {
  const char* name;
  tls::Version version;
  KeyType key;
  bool resumed;
};

double cpu_us() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

class Scenario {
 public:
  explicit Scenario(const Case& what)
      : version_(what.version),
        identity_(make_identity({.key = what.key, .subject = "CN=m", .extensions = {}})) {
    if (!what.resumed) return;
    tickets_ = tls::TicketKeys::make().value();
    const auto first = connect();
    read_all(*first->client);
    saved_ = first->client->take_saved_session();
  }

  std::unique_ptr<Pair> connect() const {
    tls::ClientParameters client;
    client.sni = "mail.example";
    client.min_version = client.max_version = version_;
    client.resume = saved_;
    tls::ServerParameters server;
    server.identity = identity_;
    server.tickets = tickets_;
    auto pair = std::make_unique<Pair>(std::move(client), std::move(server));
    pair->shake_hands();
    if (!pair->established() || pair->client->agreed().resumed != saved_.has_value()) std::abort();
    return pair;
  }

 private:
  tls::Version version_;
  certs::IdentityPtr identity_;
  std::shared_ptr<tls::TicketKeys> tickets_;
  std::optional<tls::SavedSession> saved_;
};

}  // namespace

int main() {
  if (!tls::initialise()) return 1;
  using enum tls::Version;
  const Case cases[] = {
      {"TLS 1.2 ECDSA P-256", tls12, KeyType::p256, false},
      {"TLS 1.2 RSA-2048", tls12, KeyType::rsa2048, false},
      {"TLS 1.2 resumed", tls12, KeyType::p256, true},
      {"TLS 1.3 ECDSA P-256", tls13, KeyType::p256, false},
      {"TLS 1.3 RSA-2048", tls13, KeyType::rsa2048, false},
      {"TLS 1.3 resumed", tls13, KeyType::p256, true},
  };
  constexpr int rounds = 100;
  std::printf("%-22s %18s %22s\n", "", "CPU us per pair", "heap bytes per pair");
  for (const auto& what : cases) {
    const Scenario scenario(what);
    scenario.connect();
    const auto start = cpu_us();
    for (int i = 0; i < rounds; ++i) scenario.connect();
    const auto spent = (cpu_us() - start) / rounds;

    const auto before = mallinfo2().uordblks + mallinfo2().hblkhd;
    std::vector<std::unique_ptr<Pair>> held;
    for (int i = 0; i < rounds; ++i) held.push_back(scenario.connect());
    const auto heap = (mallinfo2().uordblks + mallinfo2().hblkhd - before) / rounds;
    std::printf("%-22s %18.0f %22zu\n", what.name, spent, static_cast<std::size_t>(heap));
  }
  return 0;
}
