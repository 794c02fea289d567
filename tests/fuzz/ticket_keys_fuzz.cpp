#include <cstdlib>
#include <string>

#include "config/base/bytes.h"
#include "tls/sessions/tickets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailtap;
  const std::string text(as_text({data, size}));
  const auto keys = tls::TicketKeys::parse(text);
  if (!keys) return 0;
  // Whoever reads the same file opens what this one seals.
  const auto now = std::chrono::system_clock::now();
  const auto ticket = (*keys)->seal(as_bytes("state"), "context", now);
  const auto others = tls::TicketKeys::parse(text);
  if (!ticket || !others || !(*others)->open(*ticket, "context", now)) std::abort();
  return 0;
}
