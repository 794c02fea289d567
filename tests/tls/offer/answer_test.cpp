#include "tls/offer/answer.h"

#include <catch2/catch_test_macros.hpp>

#include "server.h"

using namespace mailtap;
using namespace mailtap::test;
using namespace mailtap::tls::offer;
using End = Answer::End;

TEST_CASE("a server hello is terms, by any segmentation") {
  const auto bytes =
      server_hello(0x0303, 0xC02F, extension(0xFF01, {0})) + certificate() + ecdhe(29, 0x0804) + hello_done();
  for (const std::size_t segment : {std::size_t{1}, std::size_t{4096}}) {
    AnswerReader reader;
    bool is_complete = false;
    for (std::size_t at = 0; at < bytes.size(); at += segment)
      is_complete = reader.feed(Bytes(bytes).subspan(at, std::min(segment, bytes.size() - at)));
    CHECK(is_complete);
    CHECK(reader.answer().end == End::answered);
    CHECK(reader.answer().flight.suite == 0xC02F);
    CHECK(reader.answer().flight.group == 29);
  }
}

TEST_CASE("an alert is a refusal, and says which") {
  AnswerReader reader;
  CHECK(reader.feed(Buffer{21, 3, 1, 0, 2, 2, 70}));
  CHECK(reader.answer().end == End::refused);
  CHECK(reader.answer().flight.alert == 70);
}

TEST_CASE("who closes, resets or is silent without a word is told apart") {
  for (const auto how : {End::closed, End::reset, End::silent}) {
    AnswerReader reader;
    reader.stop(how, "how");
    CHECK(reader.answer().end == how);
  }
}

TEST_CASE("a server that says its hello and then breaks off has chosen") {
  AnswerReader reader;
  CHECK_FALSE(reader.feed(server_hello(0x0303, 0xC02F)));
  reader.stop(End::reset, "reset");
  CHECK(reader.answer().end == End::answered);
  CHECK(reader.answer().flight.suite == 0xC02F);
}

TEST_CASE("what isn't TLS is named") {
  AnswerReader reader;
  CHECK(reader.feed(as_bytes("220 mail.test ESMTP\r\n")));
  CHECK(reader.answer().end == End::not_tls);
  CHECK_FALSE(reader.answer().detail.empty());
}
