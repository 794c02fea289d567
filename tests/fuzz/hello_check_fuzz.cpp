// Any bytes are the body of a hello that a server may answer, or one that it refuses with an alert and a
// sentence.
#include <cstdlib>

#include "tls/client_hello.h"
#include "tls/hello_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailtap;
  for (const std::uint16_t newest : {0x0302, 0x0303, 0x0304}) {
    const auto fault = tls::fault_of_client_hello({data, size}, newest);
    if (fault && (fault->alert <= 0 || fault->alert > 255 || fault->detail.empty())) std::abort();
    // What the reader of everybody's hellos can't read a server can't answer.
    if (!fault && !tls::parse_client_hello_message({data, size})) std::abort();
  }
  return 0;
}
