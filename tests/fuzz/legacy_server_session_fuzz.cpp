// A server session of the old engine is fed what a client could send, hellos in SSLv2's format included.
#include "session_fuzz.h"
#include "tests/tls/test_identity.h"

using namespace mailtap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::initialise_tls();
  static const auto identity =
      tests::make_identity({.key = tests::KeyType::rsa1024, .subject = "CN=mail.example", .extensions = {}});
  tls::ServerParameters parameters;
  parameters.identity = identity;
  fuzz::make_legacy(parameters);
  return fuzz::fuzz_server(std::move(parameters), {data, size});
}
