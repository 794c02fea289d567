#include "certs/pem.h"

#include <algorithm>

#include "config/base/text.h"

namespace mailtap::certs {

std::string to_pem(Bytes der, std::string_view label) {
  const auto base64 = to_base64(der);
  std::string pem = "-----BEGIN " + std::string(label) + "-----\n";
  for (std::size_t at = 0; at < base64.size(); at += 64) pem += base64.substr(at, 64) + "\n";
  return pem + "-----END " + std::string(label) + "-----\n";
}

Result<std::vector<Buffer>> from_pem(std::string_view text, std::string_view label) {
  const auto begin = "-----BEGIN " + std::string(label) + "-----";
  const auto end = "-----END " + std::string(label) + "-----";
  std::vector<Buffer> blocks;
  for (std::size_t at = 0; (at = text.find(begin, at)) != std::string_view::npos;) {
    at += begin.size();
    const auto stop = text.find(end, at);
    if (stop == std::string_view::npos) return fail("\"" + begin + "\" without its end");
    std::string base64(text.substr(at, stop - at));
    base64.erase(std::remove_if(base64.begin(), base64.end(),
                                [](char c) { return c == '\r' || c == '\n' || c == ' ' || c == '\t'; }),
                 base64.end());
    auto block = from_base64(base64);
    if (!block) return fail("between \"" + begin + "\" and its end is " + block.error().message);
    blocks.push_back(std::move(*block));
    at = stop + end.size();
  }
  return blocks;
}

}  // namespace mailtap::certs
