// A conversation in HTTP/2, or not, is told the same whether its bytes come at once or one by one, and a tap
// stops once at most. The input is a row of turns: two bytes with who speaks (the highest bit set: the
// server) and how many bytes follow.
#include <cstdlib>

#include "tests/inspect/tap_support.h"

using namespace mailtap;
using namespace mailtap::inspect;
using namespace mailtap::inspect::test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Conversation conversation;
  for (Bytes rest(data, size); rest.size() > 2;) {
    const auto flow = (rest[0] & 0x80) != 0 ? Flow::to_downstream : Flow::to_upstream;
    const std::size_t length = (rest[0] & 0x7fU) << 8U | rest[1];
    const auto said = rest.subspan(2, std::min(length, rest.size() - 2));
    conversation.push_back({flow, std::string(as_text(said))});
    rest = rest.subspan(2 + said.size());
  }
  Surroundings one, other;
  one.context.http2 = other.context.http2 = true;
  const auto whole = show(config::Protocol::http, one, conversation);
  const auto bytewise = show(config::Protocol::http, other, conversation, Cut::each_byte);
  if (whole.times_stopped > 1 || text_of(whole) != text_of(bytewise)) std::abort();
  return 0;
}
