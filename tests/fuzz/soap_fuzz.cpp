// A body gives the same two words whether it comes at once or byte by byte, and they are words; and of
// well-formed XML a glance gives those that expat gives. The first byte of the input says which kind of body
// in which coding.
#include <algorithm>
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

bool is_well_formed(std::string_view xml) {
  auto* const parser = XML_ParserCreate(nullptr);
  const auto status = XML_Parse(parser, xml.data(), static_cast<int>(xml.size()), XML_TRUE);
  XML_ParserFree(parser);
  return status == XML_STATUS_OK;
}

/// A comment at its beginning, which a glance doesn't pass.
std::string with_comment(std::string_view xml) {
  std::size_t at = xml.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  if (xml.substr(at).starts_with("<?xml")) at = xml.find("?>", at) + 2;
  return std::string(xml.substr(0, at)) + "<!---->" + std::string(xml.substr(at));
}

bool agree(const SoapReader& one, const SoapReader& other) {
  return one.operation() == other.operation() && one.response_code() == other.response_code();
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
  const auto &one = *whole.finish(), &other = *bytewise.finish();
  if (!agree(one, other)) std::abort();
  if (!is_word(one.operation()) || !is_word(one.response_code())) std::abort();

  const auto commented = with_comment(as_text(body));
  if (!is_well_formed(as_text(body)) || !is_well_formed(commented)) return 0;
  SoapReader glanced, parsed;
  for (auto* const reader : {&glanced, &parsed}) {
    reader->begin(kind);
    reader->feed(reader == &glanced ? body : as_bytes(commented));
    reader->finish();
  }
  if (!agree(glanced, parsed)) std::abort();
  return 0;
}
