// What a handshake costs in CPU time, and a session in memory: clients and servers joined in memory, one
// thread, no sockets. Build with the release preset; the table goes to standard output.
//
//   handshake_bench [--crypto portable|libcrypto|multibuffer] [--fill] [only cases that contain this word]...
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include <malloc.h>

#include "tests/tls/crowd.h"
#include "tests/tls/test_identity.h"
#include "tls/crypto/backend.h"
#include "tls/sessions/tickets.h"

using namespace mailtap;
using namespace mailtap::tests;

namespace {

struct Case {
  const char* name;
  KeyType key;
  tls::Version version;
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

  tls::ClientParameters client() const {
    tls::ClientParameters client;
    client.sni = "mail.example";
    client.min_version = client.max_version = version_;
    client.resume = saved_;
    return client;
  }

  tls::ServerParameters server() const {
    tls::ServerParameters server;
    server.identity = identity_;
    server.tickets = tickets_;
    return server;
  }

  /// One pair, nothing batched.
  std::unique_ptr<Pair> connect() const {
    auto pair = std::make_unique<Pair>(client(), server());
    pair->shake_hands();
    check(*pair);
    return pair;
  }

  /// `count` pairs, `at_once` at a time, as a worker has them.
  void connect(Crowd& crowd, int count, std::size_t at_once) const {
    int begun = 0;
    int ended = 0;
    while (ended < count) {
      while (crowd.pairs().size() < at_once && begun < count) {
        crowd.add(client(), server());
        ++begun;
      }
      crowd.turn();
      for (std::size_t i = crowd.pairs().size(); i-- > 0;) {
        auto& pair = *crowd.pairs()[i];
        pair.shake_hands();
        if (!pair.established()) continue;
        check(pair);
        crowd.remove(pair);
        ++ended;
      }
    }
  }

 private:
  void check(const Pair& pair) const {
    if (!pair.established() || pair.client->agreed().resumed != saved_.has_value()) std::abort();
  }

  tls::Version version_;
  certs::IdentityPtr identity_;
  std::shared_ptr<tls::TicketKeys> tickets_;
  std::optional<tls::SavedSession> saved_;
};

void print_fill(const crypto::Batcher& batcher) {
  for (std::size_t i = 0; i < crypto::job_kinds; ++i) {
    const auto kind = static_cast<crypto::JobKind>(i);
    const auto& counts = batcher.counts(kind);
    if (counts.jobs == 0) continue;
    const auto name = crypto::to_string(kind);
    std::printf("    %-22.*s %6llu jobs, batches of 1 to 8:", static_cast<int>(name.size()), name.data(),
                static_cast<unsigned long long>(counts.jobs));
    for (std::size_t fill = 1; fill <= crypto::batch_size; ++fill)
      std::printf(" %llu", static_cast<unsigned long long>(counts.batches_of[fill]));
    std::printf("\n");
  }
}

constexpr int rounds = 200;
constexpr std::size_t concurrencies[] = {1, 2, 4, 8, 16, 32};

void measure(const Case& what, bool fill) {
  const Scenario scenario(what);
  scenario.connect();
  auto start = cpu_us();
  for (int i = 0; i < rounds; ++i) scenario.connect();
  std::printf("%-20s %8.0f", what.name, (cpu_us() - start) / rounds);
  std::size_t stack = 0;
  for (const auto at_once : concurrencies) {
    Crowd crowd;
    start = cpu_us();
    scenario.connect(crowd, rounds, at_once);
    std::printf(" %6.0f", (cpu_us() - start) / rounds);
    stack = std::max(stack, crowd.batcher.stacks().deepest_use());
  }

  const auto before = mallinfo2().uordblks + mallinfo2().hblkhd;
  std::vector<std::unique_ptr<Pair>> held;
  held.reserve(rounds);
  for (int i = 0; i < rounds; ++i) held.push_back(scenario.connect());
  const auto heap = (mallinfo2().uordblks + mallinfo2().hblkhd - before) / rounds;
  std::printf(" %10zu %8zu\n", static_cast<std::size_t>(heap), stack);
  if (!fill) return;
  for (const auto at_once : concurrencies) {
    Crowd crowd;
    scenario.connect(crowd, rounds, at_once);
    std::printf("  %zu at once\n", at_once);
    print_fill(crowd.batcher);
  }
}

}  // namespace

int main(int argc, char** argv) {
  bool fill = false;
  std::vector<const char*> words;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--fill") {
      fill = true;
    } else if (argument == "--crypto" && i + 1 < argc) {
      ++i;
      for (const auto backend :
           {crypto::Backend::portable, crypto::Backend::libcrypto, crypto::Backend::multibuffer}) {
        if (crypto::to_string(backend) != argv[i]) continue;
        if (const auto set = crypto::set_backend(backend); !set) {
          std::fprintf(stderr, "%s\n", set.error().message.c_str());
          return 1;
        }
      }
    } else {
      words.push_back(argv[i]);
    }
  }
  if (!tls::initialise()) return 1;
  using enum tls::Version;
  const Case cases[] = {
      {"TLS 1.2 ECDSA P-256", KeyType::p256, tls12, false},
      {"TLS 1.2 RSA-2048", KeyType::rsa2048, tls12, false},
      {"TLS 1.2 resumed", KeyType::p256, tls12, true},
      {"TLS 1.3 ECDSA P-256", KeyType::p256, tls13, false},
      {"TLS 1.3 RSA-2048", KeyType::rsa2048, tls13, false},
      {"TLS 1.3 resumed", KeyType::p256, tls13, true},
  };
  std::printf("%s\n%-20s %s\n%-20s %8s", crypto::describe_backend().c_str(), "",
              "CPU us per pair, by how many handshakes at once", "", "direct");
  for (const auto at_once : concurrencies) std::printf(" %6zu", at_once);
  std::printf(" %10s %8s\n", "heap bytes", "stack");
  for (const auto& what : cases) {
    const bool wanted = words.empty() || std::any_of(words.begin(), words.end(), [&](const char* word) {
                          return std::strstr(what.name, word) != nullptr;
                        });
    if (wanted) measure(what, fill);
  }
  return 0;
}
