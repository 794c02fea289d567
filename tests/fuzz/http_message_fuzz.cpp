// A message that is meant for mailtap: the same in one piece and byte by byte, and never beyond its limits.
#include <cstdlib>

#include "proxy/http/message.h"

using mailtap::Bytes;
using mailtap::http::MessageReader;

namespace {

void read(Bytes bytes, MessageReader::Kind kind, MessageReader::Until until) {
  constexpr MessageReader::Limits limits{.head = 512, .body = 512};
  MessageReader whole(kind, until, limits);
  MessageReader pieces(kind, until, limits);
  whole.feed(bytes);
  for (std::size_t i = 0; i < bytes.size(); ++i) pieces.feed(bytes.subspan(i, 1));
  for (int ended = 0; ended < 2; ++ended) {
    if (whole.state() != pieces.state()) std::abort();
    if (whole.body() != pieces.body() || whole.body().size() > limits.body) std::abort();
    if (whole.state() == MessageReader::State::complete && whole.size() != pieces.size()) std::abort();
    if (whole.size() > bytes.size()) std::abort();
    std::size_t fields = 0;
    for (const auto& field : whole.head().fields) fields += field.name.size() + field.value.size();
    if (fields > limits.head) std::abort();
    whole.end();
    pieces.end();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, size);
  read(bytes, MessageReader::Kind::request, MessageReader::Until::head);
  read(bytes, MessageReader::Kind::request, MessageReader::Until::end);
  read(bytes, MessageReader::Kind::response, MessageReader::Until::end);
  return 0;
}
