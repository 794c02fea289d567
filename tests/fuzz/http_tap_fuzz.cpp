// A conversation in HTTP, or not, is told the same whether its bytes come at once or one by one, and a tap
// stops once at most. A byte 0xff in the input changes who speaks; the client begins.
#include <cstdlib>

#include "tests/inspect/tap_support.h"

using namespace mailtap;
using namespace mailtap::inspect;
using namespace mailtap::inspect::test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint8_t turn = 0xff;
  Conversation conversation;
  auto flow = Flow::to_upstream;
  for (Bytes rest(data, size); !rest.empty();) {
    const auto end = std::find(rest.begin(), rest.end(), turn);
    const auto said = static_cast<std::size_t>(end - rest.begin());
    conversation.push_back({flow, std::string(as_text(rest.first(said)))});
    flow = opposite(flow);
    rest = rest.subspan(std::min(said + 1, rest.size()));
  }
  Surroundings one, other;
  const auto whole = show(config::Protocol::http, one, conversation);
  const auto bytewise = show(config::Protocol::http, other, conversation, Cut::each_byte);
  if (whole.times_stopped > 1 || text_of(whole) != text_of(bytewise)) std::abort();
  return 0;
}
