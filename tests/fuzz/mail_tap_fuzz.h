// A mail tap understands the same, whatever the segmentation: a dialogue whose lines begin with C or S for
// who says them, given line by line and byte by byte. And nothing of it is in what the tap tells but words of
// its own.
#pragma once

#include <cstdlib>
#include <string>

#include "inspect/exchange.h"
#include "inspect/observer/observer.h"

namespace mailtap::inspect::fuzz {

class Told final : private ExchangeSink {
 public:
  Told(config::Protocol protocol, std::string_view dialogue, bool byte_by_byte, bool greeted) {
    static const auto pseudonyms = Pseudonyms::make(config::NameDisplay::hash).value();
    const LegCertificates certificates;
    RouteMemory memory;
    const TapContext context{pseudonyms, certificates, memory, {}, Instant{}, greeted};
    const auto tap = make_tap(protocol, context, *this);
    while (!dialogue.empty() && !stopped_) {
      const auto line = dialogue.substr(0, std::min(dialogue.find('\n'), dialogue.size() - 1) + 1);
      dialogue.remove_prefix(line.size());
      const auto flow = line[0] == 'C' ? Flow::to_upstream : Flow::to_downstream;
      auto said = as_bytes(line.substr(1));
      while (!said.empty() && !stopped_) {
        const auto part = byte_by_byte ? said.first(1) : said;
        said = said.subspan(part.size());
        tap->on_bytes(flow, part, Instant{});
      }
    }
    if (!stopped_) tap->on_closed(Instant{});
  }

  std::string text;

 private:
  void on_exchange(Exchange exchange) override {
    if (stopped_) std::abort();
    for (const char c : exchange.status)
      if (exchange.status.size() > 7 || c < '+' || c > 'Z') std::abort();
    text += to_json(exchange, {}) + "\n";
  }
  void on_stopped(std::string_view why) override {
    stopped_ = true;
    text += why;
  }

  bool stopped_ = false;
};

inline int mail_tap(config::Protocol protocol, const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto dialogue = as_text({data + 1, size - 1});
  const bool greeted = (data[0] & 1) != 0;
  if (Told(protocol, dialogue, false, greeted).text != Told(protocol, dialogue, true, greeted).text)
    std::abort();
  return 0;
}

}  // namespace mailtap::inspect::fuzz
