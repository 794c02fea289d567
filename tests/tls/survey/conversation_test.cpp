#include "tls/survey/conversation.h"

#include <catch2/catch_test_macros.hpp>

#include "server.h"

using namespace mailtap;
using namespace mailtap::tls::survey;
using namespace mailtap::test;

namespace {

Question tls12_question(Follow follow = Follow::nothing) {
  Question question;
  question.hello.suites = {0x002F};
  question.follow = follow;
  question.secret = Buffer(256, 0x77);
  return question;
}

const Buffer flight = server_hello(0x0303, 0x002F) + certificate() + hello_done();

/// What the server does after its flight: bytes, or quiet where they are empty; then it closes.
std::string reaction(Follow follow, const std::vector<Buffer>& then) {
  Conversation conversation(tls12_question(follow), some_random());
  auto step = conversation.feed(flight);
  CHECK(step.soon);
  CHECK_FALSE(step.say.empty());
  for (const auto& bytes : then) {
    step = bytes.empty() ? conversation.on_quiet() : conversation.feed(bytes);
    if (step.done) return conversation.answer().reaction;
  }
  conversation.stop(Conversation::Stop::closed, "it closed the connection");
  return conversation.answer().reaction;
}

}  // namespace

TEST_CASE("a flight answers the question, in one piece or in many") {
  Conversation conversation(tls12_question(), some_random());
  for (std::size_t i = 0; i + 1 < flight.size(); ++i)
    CHECK_FALSE(conversation.feed(Bytes(flight).subspan(i, 1)).done);
  CHECK(conversation.feed(Bytes(flight).last(1)).done);
  CHECK(conversation.answer().is_good());
  CHECK(conversation.answer().flight.suite == 0x002F);
}

TEST_CASE("another version, an alert and a closed connection are refusals") {
  Conversation other(tls12_question(), some_random());
  CHECK(other.feed(server_hello(0x0301, 0x002F) + certificate() + hello_done()).done);
  CHECK(other.answer().end == Answer::End::refused);
  CHECK(other.answer().detail == "it answered in TLSv1.0");
  Conversation alerted(tls12_question(), some_random());
  CHECK(alerted.feed(alert(40)).done);
  CHECK(alerted.answer().detail == "alert handshake_failure (40)");
  Conversation closed(tls12_question(), some_random());
  closed.stop(Conversation::Stop::closed, "it closed the connection");
  CHECK(closed.answer().end == Answer::End::refused);
  Conversation silent(tls12_question(), some_random());
  silent.stop(Conversation::Stop::timed_out, "no answer");
  CHECK(silent.answer().end == Answer::End::silent);
}

TEST_CASE("a hello is an answer though the connection ends before the flight does") {
  Conversation conversation(tls12_question(Follow::key_exchange), some_random());
  CHECK_FALSE(conversation.feed(server_hello(0x0303, 0x002F)).done);
  conversation.stop(Conversation::Stop::reset, "reset");
  CHECK(conversation.answer().is_good());
  CHECK(conversation.answer().reaction.empty());
}

TEST_CASE("a heartbeat is answered by a server with Heartbleed, and by no sound one") {
  const Buffer answer = record(24, Buffer{2, 0, 17} + Buffer(33, 'm'));
  CHECK(reaction(Follow::heartbeat, {answer}) == "heartbeat");
  CHECK(reaction(Follow::heartbeat, {Buffer{}}) == "silence");
  CHECK(reaction(Follow::heartbeat, {alert(10)}) == "alert 10");
}

TEST_CASE("the heartbeat asks for no byte beyond its own") {
  Conversation conversation(tls12_question(Follow::heartbeat), some_random());
  const auto say = conversation.feed(flight).say;
  REQUIRE(say.size() > 8);
  CHECK(say[0] == 24);
  const std::size_t claimed = say[6] << 8 | say[7];
  CHECK(claimed <= say.size() - 8);          // nothing of the server's memory could be in an answer
  CHECK(claimed + 3 + 16 > say.size() - 5);  // and a sound server discards it (RFC 6520 section 4)
}

TEST_CASE(
    "a ChangeCipherSpec that comes early is refused at once, or taken and then the next one can't be read") {
  CHECK(reaction(Follow::early_change_cipher_spec, {alert(10)}) == "alert 10");
  CHECK(reaction(Follow::early_change_cipher_spec, {Buffer{}, alert(20)}) == "silence, alert 20");
  CHECK(reaction(Follow::early_change_cipher_spec, {Buffer{}, Buffer{}}) == "silence, silence");
  CHECK(reaction(Follow::early_change_cipher_spec, {}) == "closed");
}

TEST_CASE("a key exchange is followed by what the server makes of it") {
  CHECK(reaction(Follow::key_exchange, {alert(20)}) == "alert 20");
  CHECK(reaction(Follow::key_exchange, {alert(51)}) == "alert 51");
  CHECK(reaction(Follow::key_exchange, {}) == "closed");
  CHECK(reaction(Follow::key_exchange, {Buffer{}}) == "silence");
  const auto in_pieces = alert(20);
  CHECK(reaction(Follow::key_exchange, {Buffer(in_pieces.begin(), in_pieces.begin() + 6),
                                        Buffer(in_pieces.begin() + 6, in_pieces.end())}) == "alert 20");
}

TEST_CASE("a server that asks for a certificate is told of none before the key exchange") {
  Conversation conversation(tls12_question(Follow::key_exchange), some_random());
  const auto say = conversation
                       .feed(server_hello(0x0303, 0x002F) + certificate() +
                             handshake(tls::wire::certificate_request, {1, 1, 0, 0, 0, 0}) + hello_done())
                       .say;
  CHECK(say[5] == tls::wire::certificate);
}
