#include <algorithm>
#include <cstdlib>

#include "certs/issue/mirror.h"
#include "certs/issue/raw_certificate.h"

using namespace mailtap;
using namespace mailtap::certs;
using namespace mailtap::certs;

/// The input is a chain: each certificate after two bytes of its size, big-endian.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<Buffer> sent;
  for (Bytes left(data, size); left.size() >= 2;) {
    const auto length = std::min<std::size_t>(left[0] << 8 | left[1], left.size() - 2);
    const auto certificate = left.subspan(2, length);
    sent.emplace_back(certificate.begin(), certificate.end());
    left = left.subspan(2 + length);
  }
  // One key for all: making keys is not what is tested.
  static const auto key = PrivateKey::generate(KeySpec::p256());
  const auto mirrored = mirror_chain(sent, [](const std::string&, KeySpec) { return key; });
  if (!mirrored) return 0;
  for (const auto& certificate : mirrored->chain)
    if (!parse_raw_certificate(certificate)) std::abort();
  return 0;
}
