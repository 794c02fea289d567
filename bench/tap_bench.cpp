// What reading the traffic costs: CPU of mailtap's own part (two TLS sessions, relay, taps, log) with taps
// and without, taken in turns, medians. Peers and proxy are joined in memory: there are no sockets, whose
// cost would make the ratio look better. Build with the release preset.
//
//   tap_bench [ROUNDS [PART OF A CASE'S NAME]]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <optional>
#include <vector>

#include "bench/ews_exchange.h"
#include "config/route.h"
#include "inspect/observer/observer.h"
#include "inspect/record.h"
#include "proxy/connection/relay.h"
#include "tests/tls/test_identity.h"
#include "tls/sessions/sessions.h"
#include "tls/sessions/tickets.h"

using namespace mailtap;
using config::Protocol;

namespace {

double seconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// CPU of this thread while it runs.
class Stopwatch {
 public:
  template <class Work>
  void time(Work work) {
    const auto began = seconds(CLOCK_THREAD_CPUTIME_ID);
    work();
    spent_ += seconds(CLOCK_THREAD_CPUTIME_ID) - began;
  }
  double spent() const { return spent_; }

 private:
  double spent_ = 0;
};

/// The kernel's part: keeps what is sent until the peer takes it.
class MemoryStream final : public net::Stream {
 public:
  void start_reading() override {}
  void stop_reading() override {}
  void send(Bytes bytes) override { sent.insert(sent.end(), bytes.begin(), bytes.end()); }
  std::size_t queued() const override { return 0; }
  void send_end() override {}
  void close() override {}
  void reset() override {}
  net::Address peer() const override { return {}; }
  net::Address local() const override { return {}; }

  Buffer sent;
};

/// What all connections share.
struct Bench {
  explicit Bench(tls::Version which) : version(which) {}

  tls::Version version;
  certs::IdentityPtr identity = tests::make_identity();
  std::shared_ptr<tls::TicketKeys> tickets = tls::TicketKeys::make().value();
  inspect::Messages messages;
  std::shared_ptr<inspect::LogWriter> log =
      inspect::LogWriter::open({"/dev/null", config::LogFormat::json}, messages).value();
  inspect::Pseudonyms pseudonyms = inspect::Pseudonyms::make(config::NameDisplay::hash).value();
  inspect::RouteMemory memory;
  Buffer scratch = Buffer(std::size_t{17} * 1024);
  config::Route route;
};

/// A client, mailtap, and a server.
class Connection {
 public:
  Connection(Bench& bench, Stopwatch& watch) : bench_(bench), watch_(watch) {
    client_ = tls::make_client_session(client_parameters());
    server_ = tls::make_server_session(server_parameters());
    watch_.time([&] {
      downstream_.stream = std::make_unique<MemoryStream>();
      upstream_.stream = std::make_unique<MemoryStream>();
      downstream_.begin_handshake(tls::make_server_session(server_parameters()));
      upstream_.begin_handshake(tls::make_client_session(client_parameters()));
    });
    shake_hands(*client_, downstream_);
    shake_hands(*server_, upstream_);
    watch_.time([&] {
      const auto& raw = bench_.identity->chain()->raw;
      if (bench_.route.protocol != Protocol::raw)
        observer_.emplace(inspect::Observed{bench_.route,
                                            bench_.pseudonyms,
                                            bench_.memory,
                                            *bench_.log,
                                            record_,
                                            std::chrono::steady_clock::now(),
                                            {{raw.p, raw.len}, {raw.p, raw.len}}});
      relay_.emplace(downstream_, upstream_, bench_.scratch, record_, observer_ ? &*observer_ : nullptr);
      relay_->start();
    });
  }

  void client_says(Bytes bytes) { carry(*client_, downstream_, *server_, upstream_, bytes); }
  void server_says(Bytes bytes) { carry(*server_, upstream_, *client_, downstream_, bytes); }
  void close() {
    watch_.time([&] {
      if (observer_) observer_->on_closed(std::chrono::steady_clock::now());
      bench_.log->write(record_);
    });
  }

 private:
  tls::ClientParameters client_parameters() const {
    tls::ClientParameters parameters;
    parameters.sni = "mail.example";
    parameters.min_version = parameters.max_version = bench_.version;
    return parameters;
  }
  tls::ServerParameters server_parameters() const {
    tls::ServerParameters parameters;
    parameters.identity = bench_.identity;
    parameters.tickets = bench_.tickets;
    return parameters;
  }

  void shake_hands(tls::Session& peer, proxy::Leg& leg) {
    auto peer_step = tls::Step::want_read, leg_step = tls::Step::want_read;
    while (peer_step != tls::Step::done || leg_step != tls::Step::done) {
      if (peer_step != tls::Step::done) peer_step = peer.handshake();
      watch_.time([&] {
        take(peer, [&](Bytes bytes) { leg.session()->feed(bytes); });
        if (leg_step != tls::Step::done) leg_step = leg.session()->handshake();
      });
      take(*leg.session(), [&](Bytes bytes) { peer.feed(bytes); });
      if (peer_step == tls::Step::failed || leg_step == tls::Step::failed) std::abort();
    }
  }

  static void take(tls::Session& from, const std::function<void(Bytes)>& to) {
    const auto bytes = from.outgoing();
    if (bytes.empty()) return;
    to(bytes);
    from.consume_outgoing(bytes.size());
  }

  /// As the kernel gives them: at most 64 KiB at a time.
  void carry(tls::Session& from, proxy::Leg& in, tls::Session& to, proxy::Leg& out, Bytes bytes) {
    constexpr std::size_t read_size = std::size_t{64} * 1024;
    auto& stream = static_cast<MemoryStream&>(*out.stream);
    from.write(bytes);
    Buffer ciphertext;
    take(from, [&](Bytes some) { ciphertext.assign(some.begin(), some.end()); });
    for (Bytes rest = ciphertext; !rest.empty(); rest = rest.subspan(std::min(rest.size(), read_size)))
      watch_.time([&] { relay_->on_data(in, rest.first(std::min(rest.size(), read_size))); });
    to.feed(stream.sent);
    stream.sent.clear();
    while (to.read(received_).step == tls::Step::done) {
    }
  }

  Bench& bench_;
  Stopwatch& watch_;
  std::unique_ptr<tls::Session> client_, server_;
  proxy::Leg downstream_{inspect::Side::downstream};
  proxy::Leg upstream_{inspect::Side::upstream};
  inspect::ConnectionRecord record_;
  std::optional<inspect::Observer> observer_;
  std::optional<proxy::Relay> relay_;
  Buffer received_ = Buffer(std::size_t{17} * 1024);
};

struct Case {
  const char* name;
  const char* unit;
  double units;  ///< in one run
  double scale;
  std::function<void(Bench&, Stopwatch&)> run;
};

/// CPU seconds of one run, the log's thread included.
double measure(const Case& what, Bench& bench, Protocol protocol) {
  bench.route.protocol = protocol;
  Stopwatch watch;
  const auto others = [] { return seconds(CLOCK_PROCESS_CPUTIME_ID) - seconds(CLOCK_THREAD_CPUTIME_ID); };
  const auto before = others();
  what.run(bench, watch);
  return watch.spent() + others() - before;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 15;
  if (rounds < 1 || !tls::initialise()) return 1;
  constexpr std::size_t mib = std::size_t{1} << 20;
  constexpr std::size_t bulk = 64 * mib, chunk = 8192, connections = 50, kept_alive = 2000;
  const std::string ask = bench::ews_request(), answer = bench::ews_response(), block(mib, 'x');
  const auto chunked_block = [&] {
    std::string text;
    for (std::size_t i = 0; i < mib / chunk; ++i) text += "2000\r\n" + block.substr(0, chunk) + "\r\n";
    return text;
  }();

  const std::vector<Case> cases{
      {"bulk, Content-Length", "s per GiB", bulk / 1073741824.0, 1,
       [&](Bench& bench, Stopwatch& watch) {
         Connection connection(bench, watch);
         const auto head = bench::ews_response_head(bulk);
         connection.client_says(as_bytes(ask));
         connection.server_says(as_bytes(head));
         for (std::size_t sent = 0; sent < bulk; sent += mib) connection.server_says(as_bytes(block));
         connection.close();
       }},
      {"bulk, chunks of 8 KiB", "s per GiB", bulk / 1073741824.0, 1,
       [&](Bench& bench, Stopwatch& watch) {
         Connection connection(bench, watch);
         connection.client_says(as_bytes(ask));
         connection.server_says(as_bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
         for (std::size_t sent = 0; sent < bulk; sent += mib) connection.server_says(as_bytes(chunked_block));
         connection.close();
       }},
      {"a connection with one exchange", "us each", connections, 1e6,
       [&](Bench& bench, Stopwatch& watch) {
         for (std::size_t i = 0; i < connections; ++i) {
           Connection connection(bench, watch);
           connection.client_says(as_bytes(ask));
           connection.server_says(as_bytes(answer));
           connection.close();
         }
       }},
      {"an exchange on a kept connection", "us each", kept_alive, 1e6,
       [&](Bench& bench, Stopwatch& watch) {
         Connection connection(bench, watch);
         for (std::size_t i = 0; i < kept_alive; ++i) {
           connection.client_says(as_bytes(ask));
           connection.server_says(as_bytes(answer));
         }
         connection.close();
       }},
  };
  std::printf("%d rounds, medians; CPU of mailtap's part without sockets\n\n%-34s %-8s %12s %12s %8s\n",
              rounds, "", "TLS", "without", "with taps", "ratio");
  for (const auto version : {tls::Version::tls12, tls::Version::tls13}) {
    Bench bench(version);
    for (const auto& each : cases) {
      if (argc > 2 && std::string_view(each.name).find(argv[2]) == std::string_view::npos) continue;
      std::vector<double> without, with;
      measure(each, bench, Protocol::automatic);  // warms up
      for (int round = 0; round < rounds; ++round) {
        const bool taps_first = round % 2 == 0;
        for (const bool taps : {taps_first, !taps_first})
          (taps ? with : without)
              .push_back(measure(each, bench, taps ? Protocol::automatic : Protocol::raw) / each.units *
                         each.scale);
      }
      std::printf("%-34s %-8s %12.3f %12.3f %8.3f  %s\n", each.name,
                  version == tls::Version::tls12 ? "1.2" : "1.3", median(without), median(with),
                  median(with) / median(without), each.unit);
      std::fflush(stdout);
    }
  }
  return 0;
}
