// A client session is fed what a server could answer.
#include "session_fuzz.h"

using namespace mailtap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::initialise_tls();
  tls::ClientParameters parameters;
  parameters.alpn = {"http/1.1"};
  parameters.hybrid_groups = {tls::group::X25519MLKEM768};
  return fuzz::fuzz_client(std::move(parameters), {data, size});
}
