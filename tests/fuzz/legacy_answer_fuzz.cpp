// A server's answer to a hello of TLS 1.0 or 1.1 means the same in any segmentation. The first byte of the
// input is the version asked for.
#include <cstdlib>

#include "proxy/probe/legacy_hello.h"

using namespace mailtap;
using namespace mailtap::probe;
using State = LegacyAnswer::State;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto version = (data[0] & 1) != 0 ? tls11 : tls10;
  const Bytes bytes(data + 1, size - 1);
  LegacyAnswer at_once(version), one_by_one(version);
  const auto whole = bytes.empty() ? State::waiting : at_once.feed(bytes);
  auto state = State::waiting;
  for (std::size_t i = 0; i < bytes.size() && state == State::waiting; ++i)
    state = one_by_one.feed(bytes.subspan(i, 1));
  if (whole == State::not_tls || state == State::not_tls)
    return 0;  // what it is called depends on how much is seen
  if (state != whole || at_once.end() != one_by_one.end() || at_once.chain() != one_by_one.chain() ||
      at_once.refusal() != one_by_one.refusal())
    std::abort();
  std::size_t total = 0;
  for (const auto& certificate : at_once.chain()) total += certificate.size();
  if (total > bytes.size()) std::abort();
  return 0;
}
