// The dialogue goes the same way whether the server's words come at once or one by one, up to what stands
// after an answer, and never says more than its two commands, or three to a server of LMTP. The first byte of
// the input is the protocol.
#include <cstdlib>

#include "proxy/probe/starttls.h"

using namespace mailtap;
using namespace mailtap::probe;
using State = StarttlsDialogue::State;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr Starttls protocols[] = {Starttls::smtp, Starttls::pop3, Starttls::imap};
  const auto protocol = protocols[data[0] % 3];
  const Bytes bytes(data + 1, size - 1);

  StarttlsDialogue one_by_one(protocol);
  const std::size_t most = protocol == Starttls::smtp ? 3 : 2;
  auto state = State::waiting;
  std::size_t spoken = 0;
  for (const auto& byte : bytes) {
    state = one_by_one.feed({&byte, 1});
    if (state == State::speak && (++spoken > most || !one_by_one.say().ends_with("\r\n"))) std::abort();
    if (state == State::secure || state == State::failed) break;
  }
  if (state == State::secure && spoken != 2 && spoken != most) std::abort();
  if (state == State::failed && one_by_one.error().empty()) std::abort();

  // At once, TLS can't begin: nobody may answer what wasn't asked yet.
  StarttlsDialogue at_once(protocol);
  if (at_once.feed(bytes) == State::secure) std::abort();
  return 0;
}
