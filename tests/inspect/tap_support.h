// A conversation shown to a tap, in any segmentation, and what it told.
#pragma once

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/observer/observer.h"

namespace mailtap::inspect::test {

/// What was said in one direction, in its turn.
struct Said {
  Flow flow;
  std::string bytes;
};
using Conversation = std::vector<Said>;

inline Said client(std::string_view bytes) {
  return {Flow::to_upstream, std::string(bytes)};
}
inline Said server(std::string_view bytes) {
  return {Flow::to_downstream, std::string(bytes)};
}

class Told final : public ExchangeSink {
 public:
  void on_exchange(Exchange exchange) override {
    exchange.number = exchanges.size() + 1;
    exchanges.push_back(std::move(exchange));
  }
  void on_stopped(std::string_view why) override {
    ++times_stopped;
    stopped = why;
  }

  std::vector<Exchange> exchanges;
  std::string stopped;
  int times_stopped = 0;
};

/// What surrounds a tap.
struct Surroundings {
  Pseudonyms pseudonyms = Pseudonyms::make(config::NameDisplay::plain).value();
  LegCertificates certificates;
  RouteMemory memory;
  TapContext context{pseudonyms, certificates, memory, std::chrono::system_clock::time_point{}, Instant{}};
};

/// How the bytes of each turn are cut.
enum class Cut { whole, each_byte, random };

/// Shows all of it to a tap of that protocol and closes. Time passes by a millisecond a turn.
inline Told show(config::Protocol protocol, Surroundings& surroundings, const Conversation& conversation,
                 Cut cut = Cut::whole, unsigned seed = 1) {
  Told told;
  const auto tap = make_tap(protocol, surroundings.context, told);
  std::mt19937 random(seed);
  Instant now{};
  for (const auto& [flow, said] : conversation) {
    now += std::chrono::milliseconds(1);
    std::string_view rest = said;
    while (!rest.empty()) {
      const std::size_t longest = std::uniform_int_distribution<std::size_t>(1, 400)(random);
      const auto size = cut == Cut::whole       ? rest.size()
                        : cut == Cut::each_byte ? 1
                                                : std::min(longest, rest.size());
      // A copy of its own, so that a sanitizer sees a tap that keeps or overruns it.
      const Buffer piece(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(size));
      if (told.times_stopped == 0) tap->on_bytes(flow, piece, now);
      rest.remove_prefix(size);
    }
  }
  if (told.times_stopped == 0) tap->on_closed(now);
  return told;
}

/// For people alone: RapidJSON, which writes the other form, is no affair of fuzz targets, and clang's
/// sanitizer has something to say of it.
inline std::string text_of(const Told& told) {
  std::string all = told.stopped;
  for (const auto& exchange : told.exchanges) all += '\n' + to_text(exchange, {});
  return all;
}

/// All that would be written of it: JSON and text lines.
inline std::string written(const Told& told) {
  std::string all = told.stopped + "\n";
  Traffic traffic;
  for (const auto& exchange : told.exchanges) {
    const ExchangeContext context{1, "route", config::VerdictWord::trusted, config::VerdictWord::match};
    all += to_json(exchange, context) + "\n" + to_text(exchange, context) + "\n" +
           to_text(exchange, context, true) + "\n";
  }
  return all;
}

}  // namespace mailtap::inspect::test
