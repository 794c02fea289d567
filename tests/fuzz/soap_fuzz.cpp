// A body of well-formed XML gives the same two words whether it comes at once, which lets a glance suffice,
// or byte by byte, which takes expat; and whatever it is, they are words. The first byte of the input says
// which kind of body in which coding.
#include <algorithm>
#include <array>
#include <cstdlib>

#include <expat.h>

#include "inspect/http/body_reader.h"

using namespace mailtap;
using namespace mailtap::inspect::http;

namespace {

bool is_word(const std::string& text) {
  return text.size() <= 64 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c); });
}

Buffer undone(Bytes body, Coding coding) {
  if (coding == Coding::identity) return {body.begin(), body.end()};
  Inflater inflater;
  inflater.begin(coding);
  Buffer plain;
  std::array<std::uint8_t, 4096> out;
  while (plain.size() < BodyReader::most_read) {
    const auto some = inflater.inflate(body, out);
    if (some.empty()) break;
    plain.insert(plain.end(), some.begin(), some.end());
  }
  return plain;
}

/// As far as it goes.
bool is_well_formed(const Buffer& xml) {
  auto* const parser = XML_ParserCreate(nullptr);
  const auto status =
      XML_Parse(parser, reinterpret_cast<const char*>(xml.data()), static_cast<int>(xml.size()), XML_FALSE);
  XML_ParserFree(parser);
  return status == XML_STATUS_OK;
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
  for (const auto* const soap : {&one, &other})
    if (!is_word(soap->operation()) || !is_word(soap->response_code())) std::abort();
  const bool agree = one.operation() == other.operation() && one.response_code() == other.response_code();
  if (!agree && is_well_formed(undone(body, coding))) std::abort();
  return 0;
}
