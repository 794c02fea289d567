// Whatever crosses an observed connection, watching it stays bounded and gives a record that is JSON. The
// first byte of the input says how the route's connections begin; then come pieces: who sends, a length, the
// bytes.
#include <algorithm>
#include <cstdlib>

#include <rapidjson/document.h>

#include "inspect/record.h"
#include "proxy/connection/sniffed.h"

using namespace mailtap;
using namespace mailtap::proxy;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr starttls::Opening openings[] = {{},
                                            {starttls::Begins::with_hello_unless_silent, std::nullopt},
                                            {starttls::Begins::in_plaintext, config::Protocol::smtp},
                                            {starttls::Begins::in_plaintext, config::Protocol::imap}};
  HandshakeSniffer sniffer(openings[data[0] % std::size(openings)]);
  auto input = Bytes(data, size).subspan(1);
  while (input.size() >= 3) {
    const auto sender = (input[0] & 1) != 0 ? tls::Sender::client : tls::Sender::server;
    const auto length = std::min<std::size_t>(input[1] << 8 | input[2], input.size() - 3);
    const bool was_over = sniffer.stage() == HandshakeSniffer::Stage::over;
    sniffer.see(sender, input.subspan(3, length), std::chrono::microseconds(7));
    if (was_over && sniffer.stage() != HandshakeSniffer::Stage::over) std::abort();
    input = input.subspan(3 + length);
  }
  const auto& facts = sniffer.facts();
  if (facts.events.size() > trace::HandshakeDecoder::max_events) std::abort();
  if (facts.finished && facts.server_hello() == nullptr) std::abort();

  for (const auto first : {inspect::Side::downstream, inspect::Side::upstream}) {
    for (const bool is_reset : {false, true}) {
      inspect::ConnectionRecord record;
      describe(sniffer, record);
      const StreamEnd end{first, is_reset, "why", true};
      record.ending = ending_of(sniffer, end);
      const auto reaction = reaction_facts(sniffer, end);
      record.reaction.kind = inspect::reaction_to(reaction);
      record.reaction.alert = reaction.alert;
      record.reaction.advice =
          inspect::advice_on(record.reaction.kind, reaction.alert, {std::nullopt, {}, false});
      rapidjson::Document document;
      if (document.Parse<rapidjson::kParseValidateEncodingFlag>(inspect::to_json(record).c_str())
              .HasParseError())
        std::abort();
    }
  }
  return 0;
}
