// A server session is fed what a client could send.
#include <array>
#include <cstdlib>

#include "tests/tls/test_identity.h"
#include "tls/session.h"
#include "tls/tickets.h"

using namespace mailtap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto initialised = tls::initialise();
  if (!initialised) std::abort();
  static const auto identity = tests::make_identity();
  static const auto tickets = tls::TicketKeys::make().value();
  tls::ServerParameters parameters;
  parameters.identity = identity;
  parameters.alpn = {"http/1.1", "imap"};
  parameters.tickets = tickets;
  const auto session = tls::make_server_session(std::move(parameters));
  session->feed({data, size});
  session->feed_end();
  std::array<std::uint8_t, 256> plaintext;
  auto step = session->handshake();
  while (step == tls::Step::done) step = session->read(plaintext).step;
  // The stream is over: there is nothing left to wait for.
  if (step == tls::Step::want_read || step == tls::Step::want_write) std::abort();
  if (step == tls::Step::failed && session->failure().detail.empty()) std::abort();
  return 0;
}
