// A dialogue of client and server, line by line: what is passed on is what was said, in order and nothing
// added but our own answers; nothing is passed to the server behind STARTTLS; and all of it stays bounded.
// The first byte of the input is the route's rules; a line's first character tells who says it.
#include <cstdlib>

#include "proxy/starttls/plaintext_phase.h"

using namespace mailtap;
using namespace mailtap::starttls;
using State = PlaintextPhase::State;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::optional<Protocol> protocols[] = {std::nullopt, Protocol::smtp, Protocol::pop3,
                                                   Protocol::imap};
  PlaintextPhase phase({protocols[data[0] % 4], (data[0] & 4) != 0});
  auto rest = as_text({data + 1, size - 1});

  std::string said_by_client, passed_to_server, passed_last;
  std::size_t told_client = 0, said = 0;
  auto state = State::going_on;
  while (!rest.empty() && state == State::going_on) {
    const auto end = std::min(rest.find('\n'), rest.size() - 1) + 1;
    const auto words = rest.substr(0, end);
    rest.remove_prefix(end);
    switch (words[0]) {
      case 'C':
        said_by_client += words.substr(1);
        state = phase.from_client(as_bytes(words.substr(1)));
        break;
      case 'c': state = phase.client_ended(); break;
      case 's': state = phase.server_ended(); break;
      default: state = phase.from_server(as_bytes(words.substr(1))); break;
    }
    said += words.size();
    const auto passed = phase.for_server();
    passed_to_server += passed;
    // One command at a time, whole: of more lines than one only with literals, the last line's among them.
    const bool is_line = passed.find('\n') == passed.size() - 1;
    const bool after_literal = passed_last.find('}') != std::string::npos;
    const bool has_literal = passed.substr(0, passed.find('\n')).find("+}") != std::string::npos;
    if (!passed.empty() && (passed.back() != '\n' || !(is_line || after_literal || has_literal)))
      std::abort();
    if (!passed.empty()) passed_last = passed;
    told_client += phase.for_client().size();
  }
  if (passed_to_server.size() > said_by_client.size()) std::abort();
  // Each line that is said has at most an answer of ours and a farewell.
  if (told_client > said + 256 * (said + 1)) std::abort();
  if (state == State::secured && passed_last.find('\n') != passed_last.size() - 1) std::abort();
  if (state == State::secured && !phase.unpassed_from_client().empty()) std::abort();
  if (state == State::secured && !phase.unpassed_from_server().empty()) std::abort();
  if (state == State::over && phase.ending().reason == inspect::Reason::closed) std::abort();
  if (state == State::plain && (data[0] & 4) == 0) std::abort();
  return 0;
}
