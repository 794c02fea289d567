// A server session of the old engine is fed what a client could send, hellos in SSLv2's format included.
#include <array>
#include <cstdlib>

#include "tests/tls/test_identity.h"
#include "tls/session.h"

using namespace mailtap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto initialised = tls::initialise();
  if (!initialised) std::abort();
  static const auto identity =
      tests::make_identity({.key = tests::KeyType::rsa1024, .subject = "CN=mail.example", .extensions = {}});
  tls::ServerParameters parameters;
  parameters.identity = identity;
  parameters.min_version = tls::Version::ssl30;
  parameters.max_version = tls::newest_legacy;
  const auto session = tls::make_server_session(std::move(parameters));
  session->feed({data, size});
  session->feed_end();
  std::array<std::uint8_t, 256> plaintext;
  auto step = session->handshake();
  while (step == tls::Step::done) step = session->read(plaintext).step;
  if (step == tls::Step::want_read || step == tls::Step::want_write) std::abort();
  if (step == tls::Step::failed && session->failure().detail.empty()) std::abort();
  return 0;
}
