// The observer sees the same whether bytes come at once or one by one. The first byte of the input tells who
// sends them.
#include <cstdlib>

#include "tls/handshake_observer.h"

using namespace mailtap;
using namespace mailtap::tls;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto sender = (data[0] & 1) != 0 ? Sender::client : Sender::server;
  const Bytes bytes(data + 1, size - 1);
  HandshakeObserver at_once({}), one_by_one({});
  at_once.see(sender, bytes);
  for (const auto& byte : bytes) one_by_one.see(sender, {&byte, 1});
  if (at_once.version() != one_by_one.version() || at_once.group() != one_by_one.group() ||
      at_once.resumed() != one_by_one.resumed() || at_once.alert_of(sender) != one_by_one.alert_of(sender))
    std::abort();

  if (const auto chain = wire::parse_tls12_certificate(bytes)) {
    std::size_t total = 0;
    for (const auto& certificate : *chain) total += certificate.size();
    if (total > bytes.size()) std::abort();
  }
  return 0;
}
