// A leg's handshake decoder sees the same in one piece as byte by byte, and gives a line that is JSON. The
// input is pieces: who sends, a length, the bytes; a secret as a piece of its own.
#include <cstdlib>

#include <rapidjson/document.h>

#include "inspect/record.h"
#include "inspect/trace/capture.h"
#include "inspect/trace/trace_json.h"

using namespace mailtap;

namespace {

void feed(trace::HandshakeDecoder& decoder, Bytes input, bool one_by_one) {
  while (input.size() >= 3) {
    const auto what = input[0] & 3;
    const auto size = std::min<std::size_t>(input[1] << 8 | input[2], input.size() - 3);
    const auto piece = input.subspan(3, size);
    input = input.subspan(3 + size);
    const auto sender = (what & 1) != 0 ? tls::Sender::client : tls::Sender::server;
    const std::chrono::microseconds at(7);
    if (what >= 2)
      decoder.learn_secret(as_text(piece));
    else if (!one_by_one)
      decoder.see(sender, piece, at);
    else
      for (const auto& byte : piece) decoder.see(sender, {&byte, 1}, at);
  }
}

std::string line_of(const trace::HandshakeDecoder& decoder) {
  return trace::to_json({}, {decoder.facts(), 0, 0}, {}, {});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using enum trace::HandshakeDecoder::Secrets;
  for (const auto secrets : {expected, none}) {
    trace::HandshakeDecoder at_once(secrets), one_by_one(secrets);
    feed(at_once, {data, size}, false);
    feed(one_by_one, {data, size}, true);
    const auto line = line_of(at_once);
    if (line != line_of(one_by_one)) std::abort();
    rapidjson::Document document;
    if (document.Parse<rapidjson::kParseValidateEncodingFlag>(line.c_str()).HasParseError()) std::abort();
  }
  return 0;
}
