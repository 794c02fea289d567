// Handshakes with any TLS server, seen from outside: how many a second, and how long each takes.

#include <memory>

#include <arpa/inet.h>
#include <netdb.h>

#include "bench/tool/arena.h"
#include "bench/tool/openssl_client.h"

namespace mailtap::bench {

namespace {

using AddressList = std::unique_ptr<addrinfo, Freed<::freeaddrinfo>>;

struct Target {
  std::string host;
  AddressList addresses;
};

bool is_loopback(const addrinfo& info) {
  if (info.ai_family == AF_INET)
    return (ntohl(reinterpret_cast<const sockaddr_in*>(info.ai_addr)->sin_addr.s_addr) >> 24) == 127;
  return info.ai_family == AF_INET6 &&
         IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(info.ai_addr)->sin6_addr);
}

Result<Target> find_target(const std::string& text, bool any_host) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return fail("--target " + text + ": give HOST:PORT");
  Target target{text.substr(0, colon), nullptr};
  if (target.host.front() == '[' && target.host.back() == ']')
    target.host = target.host.substr(1, target.host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failure = ::getaddrinfo(target.host.c_str(), text.c_str() + colon + 1, &hints, &found);
      failure != 0)
    return fail("--target " + text + ": " + ::gai_strerror(failure));
  target.addresses.reset(found);
  if (!any_host && !is_loopback(*found))
    return fail(
        "--target " + text +
        ": this is another machine, which a load test may disturb: if it is yours, add --i-own-this-server");
  return target;
}

/// A scenario offers suites and signatures for one kind of key alone.
std::string refusal_of(const Scenario& scenario, const std::string& target, const std::string& why) {
  const bool is_rsa = scenario.key == Key::rsa;
  return "--target " + target + ": not one handshake of " + scenario.name + " came about: " + why +
         "; it takes a server with " + (is_rsa ? "an RSA" : "an ECDSA") +
         " certificate, so choose by --scenario what fits the server's key (tls12-" +
         (is_rsa ? "ecdsa" : "rsa") + "?), and see that it is there";
}

}  // namespace

bool run_target(const Options& options, const std::string& text, bool any_host) {
  const auto target = find_target(text, any_host);
  const auto chosen = chosen_scenarios(
      options.scenarios, {"tls12-ecdsa", "tls12-rsa", "tls13-ecdsa", "tls12-resumed", "tls13-resumed"});
  if (!target || !chosen) {
    progress(target ? chosen.error().message : target.error().message);
    return false;
  }
  Report report(
      "target", options,
      {"scenario", "handshakes/s", "p50 ms", "p99 ms", "done", "resumed", "failed", "first failure"});
  bool any_fits = false;
  for (const auto& scenario : *chosen) {
    auto client = OpensslClient::make(scenario, target->host);
    if (!client) {
      progress(client.error().message);
      return false;
    }
    const auto& address = *target->addresses;
    // The first gets the session that the others resume.
    const auto first = (*client)->run(address.ai_addr, address.ai_addrlen,
                                      {.request = false, .time_limit = std::chrono::seconds(5)});
    if (first.failed > 0) {
      progress(refusal_of(scenario, text, first.first_failure));
      // One that was asked for by name has failed; of all there are, those that don't fit are passed over.
      if (!options.scenarios.empty()) return false;
      continue;
    }
    any_fits = true;
    Batch batch{.count = options.connections, .concurrency = options.concurrency, .request = false};
    std::vector<double> rates, handshake;
    std::size_t completed = 0, resumed = 0, failed = 0;
    std::string first_failure;
    for (unsigned round = 1; round <= options.rounds && !interrupted && failed == 0; ++round) {
      const auto load = (*client)->run(address.ai_addr, address.ai_addrlen, batch);
      rates.push_back(static_cast<double>(load.completed) / load.wall_seconds);
      handshake.insert(handshake.end(), load.handshake_us.begin(), load.handshake_us.end());
      completed += load.completed;
      resumed += load.resumed;
      failed += load.failed;
      if (first_failure.empty()) first_failure = load.first_failure;
      progress(scenario.name + " " + std::to_string(round) + "/" + std::to_string(options.rounds) + ": " +
               number(rates.back()) + " handshakes/s");
    }
    auto& json = report.begin(scenario.name);
    member(json, "handshakes_per_s", median(rates));
    member(json, "handshake_p50_us", percentile(handshake, 0.5));
    member(json, "handshake_p99_us", percentile(handshake, 0.99));
    member(json, "completed", completed);
    member(json, "resumed", resumed);
    member(json, "failed", failed);
    report.end();
    report.row({scenario.name, number(median(rates)), number(percentile(handshake, 0.5) / 1000, 2),
                number(percentile(handshake, 0.99) / 1000, 2), std::to_string(completed),
                std::to_string(resumed), std::to_string(failed), first_failure});
  }
  return report.finish() && any_fits && !interrupted;
}

}  // namespace mailtap::bench
