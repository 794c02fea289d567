// A body gives the same two words whether it comes at once or byte by byte, and they are words. The first
// byte of the input says which kind of body in which coding.
#include <algorithm>
#include <cstdlib>

#include "inspect/http/body_reader.h"

using namespace mailtap;
using namespace mailtap::inspect::http;

namespace {

bool is_word(const std::string& text) {
  return text.size() <= 64 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr Coding codings[] = {Coding::identity, Coding::gzip, Coding::deflate};
  const auto kind = data[0] % 2 == 0 ? SoapReader::Kind::request : SoapReader::Kind::response;
  const auto coding = codings[data[0] / 2 % 3];
  const Bytes body(data + 1, size - 1);

  BodyReader whole, bytewise;
  whole.begin(kind, coding);
  whole.feed(body);
  bytewise.begin(kind, coding);
  for (const auto& byte : body) bytewise.feed({&byte, 1});
  const auto &one = *whole.soap(), &other = *bytewise.soap();
  if (one.operation() != other.operation() || one.response_code() != other.response_code()) std::abort();
  if (!is_word(one.operation()) || !is_word(one.response_code())) std::abort();
  return 0;
}
