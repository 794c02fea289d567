// A server session is fed what a client could send.
#include "session_fuzz.h"
#include "tests/tls/test_identity.h"
#include "tls/sessions/tickets.h"

using namespace mailtap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::initialise_tls();
  static const auto identity = tests::make_identity();
  static const auto tickets = tls::TicketKeys::make().value();
  tls::ServerParameters parameters;
  parameters.identity = identity;
  parameters.alpn = {"http/1.1", "imap"};
  parameters.tickets = tickets;
  return fuzz::fuzz_server(std::move(parameters), {data, size});
}
