// A client session of the old engine is fed what a server could answer.
#include "session_fuzz.h"

using namespace mailtap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::initialise_tls();
  tls::ClientParameters parameters;
  fuzz::make_legacy(parameters);
  return fuzz::fuzz_client(std::move(parameters), {data, size});
}
