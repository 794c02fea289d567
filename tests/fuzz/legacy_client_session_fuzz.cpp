// A client session of the old engine is fed what a server could answer.
#include <array>
#include <cstdlib>

#include "tls/session.h"

using namespace mailtap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto initialised = tls::initialise();
  if (!initialised) std::abort();
  tls::ClientParameters parameters;
  parameters.sni = "mail.example";
  parameters.min_version = tls::Version::ssl30;
  parameters.max_version = tls::newest_legacy;
  const auto session = tls::make_client_session(std::move(parameters));
  if (session->handshake() != tls::Step::want_read) std::abort();
  session->feed({data, size});
  session->feed_end();
  std::array<std::uint8_t, 256> plaintext;
  auto step = session->handshake();
  while (step == tls::Step::done) step = session->read(plaintext).step;
  if (step == tls::Step::want_read || step == tls::Step::want_write) std::abort();
  if (step == tls::Step::failed && session->failure().detail.empty()) std::abort();
  return 0;
}
