#include "proxy/connection/relay.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "fake_leg.h"
#include "inspect/record.h"

using namespace mailtap;
using namespace mailtap::proxy;
using namespace mailtap::proxy::test;
using How = Relay::End::How;
using inspect::Side;

namespace {

struct Lab {
  Leg downstream{Side::downstream};
  Leg upstream{Side::upstream};
  FakeStream& client = open_stream(downstream);  // what each side is sent
  FakeStream& server = open_stream(upstream);
  inspect::ConnectionRecord record;
  Buffer scratch = Buffer(16);  // smaller than the messages, so that they take several reads
  struct Reader final : inspect::Tap {
    bool between = false;
    void on_bytes(inspect::Flow, Bytes, inspect::Instant) override {}
    void on_end(inspect::Flow, inspect::Instant) override {}
    void on_closed(inspect::Instant) override {}
    bool is_between_messages() const override { return between; }
  } reader;
  std::optional<Relay> relay;

  explicit Lab(const std::string& alpn = {}) {
    record.upstream.alpn = alpn;
    downstream.open(std::make_unique<FakeSession>());
    upstream.open(std::make_unique<FakeSession>());
    relay.emplace(downstream, upstream, scratch, record, &reader);
  }
  Relay::MaybeEnd start() { return relay->start(); }
  Relay::MaybeEnd client_says(std::string_view text) { return relay->on_data(downstream, as_bytes(text)); }
  Relay::MaybeEnd server_says(std::string_view text) { return relay->on_data(upstream, as_bytes(text)); }
  Relay::MaybeEnd client_ends() { return relay->on_end(downstream); }
  Relay::MaybeEnd server_ends() { return relay->on_end(upstream); }
  Relay::MaybeEnd client_takes() {
    client.unclog();
    return relay->on_flushed(downstream);
  }
};

}  // namespace

TEST_CASE("bytes pass unchanged in both directions and are counted") {
  Lab lab;
  REQUIRE_FALSE(lab.start());
  CHECK_FALSE(lab.client_says("POST /EWS/Exchange.asmx HTTP/1.1\r\n"));
  CHECK(lab.server.sent == "POST /EWS/Exchange.asmx HTTP/1.1\r\n");
  CHECK_FALSE(lab.server_says("HTTP/1.1 200 OK\r\n"));
  CHECK(lab.client.sent == "HTTP/1.1 200 OK\r\n");
  CHECK(lab.record.bytes_to_upstream == 34);
  CHECK(lab.record.bytes_to_downstream == 17);
}

TEST_CASE("bytes that came with the last flight of the handshake are relayed at once") {
  Lab lab;
  lab.downstream.session()->feed(as_bytes("early"));
  REQUIRE_FALSE(lab.start());
  CHECK(lab.server.sent == "early");
  CHECK(lab.downstream.is<Leg::Relaying>());
}

TEST_CASE("a client half-closes and the reply still arrives") {
  Lab lab;
  lab.start();
  CHECK_FALSE(lab.client_says("request$"));
  CHECK_FALSE(lab.client_ends());
  CHECK(lab.server.sent == "request$");
  CHECK(lab.server.end_sent);
  CHECK_FALSE(lab.client.end_sent);
  CHECK_FALSE(lab.server_says("a long reply"));
  CHECK(lab.client.sent == "a long reply");
  const auto ending = lab.server_says("$");
  REQUIRE(ending);
  CHECK(ending->how == How::in_order);
  CHECK(lab.client.sent == "a long reply$");
}

TEST_CASE("only what is followed by the end of both sides is sent as the last") {
  Lab lab;
  lab.start();
  CHECK_FALSE(lab.client_says("request$"));
  CHECK(lab.server.sent == "request$");
  CHECK(lab.server.last_sent.empty());  // the reply has yet to come
  CHECK(lab.server_says("reply$"));
  CHECK(lab.client.last_sent == "reply$");
}

TEST_CASE("nothing is sent as the last while the other side still takes its own") {
  Lab lab;
  lab.start();
  lab.client.clogged = true;
  CHECK_FALSE(lab.server_says("reply$"));
  CHECK_FALSE(lab.client_says("$"));
  CHECK(lab.server.last_sent.empty());
  CHECK(lab.client_takes());
}

TEST_CASE("close_notify without FIN is passed on as just that") {
  Lab lab;
  lab.start();
  CHECK_FALSE(lab.client_says("bye$"));
  CHECK(lab.server.sent == "bye$");
  CHECK_FALSE(lab.server.end_sent);
  CHECK_FALSE(lab.client_ends());
  CHECK(lab.server.end_sent);
}

TEST_CASE("a stream cut off without close_notify is cut off on the other side and reported as truncated") {
  Lab lab;
  lab.start();
  lab.server_says("half a rep");
  CHECK_FALSE(lab.server_ends());
  CHECK(lab.client.sent == "half a rep");  // no close_notify
  CHECK(lab.client.end_sent);
  const auto ending = lab.client_says("$");
  REQUIRE(ending);
  CHECK(ending->how == How::cut_off);
  CHECK(ending->side == Side::upstream);
}

TEST_CASE("a side that takes nothing stops the other side's reading, and nothing is lost") {
  Lab lab;
  lab.start();
  lab.client.clogged = true;
  const std::string chunk(1000, 'x');
  std::size_t said = 0;
  while (lab.upstream.stream->queued() == 0 && lab.server.reading) {
    REQUIRE_FALSE(lab.server_says(chunk));
    said += chunk.size();
    REQUIRE(said < 1000000);
  }
  CHECK(lab.client.queue.size() <= std::size_t{64} * 1024 + chunk.size());

  // What comes in all the same is held by the session, not lost.
  REQUIRE_FALSE(lab.server_says("tail$"));
  CHECK_FALSE(lab.client_takes());
  CHECK(lab.server.reading);
  CHECK(lab.client.sent.size() == said + 5);
  CHECK(lab.client.sent.ends_with("tail$"));
}

TEST_CASE("the ending waits until the last bytes are with the kernel") {
  Lab lab;
  lab.start();
  CHECK_FALSE(lab.client_says("$"));
  lab.client.clogged = true;
  CHECK_FALSE(lab.server_says("the last words$"));
  const auto ending = lab.client_takes();
  REQUIRE(ending);
  CHECK(ending->how == How::in_order);
  CHECK(lab.client.sent == "the last words$");
}

TEST_CASE("a record that can't be decrypted ends the connection and the other side gets an alert") {
  Lab lab;
  lab.start();
  const auto ending = lab.client_says("good!");
  REQUIRE(ending);
  CHECK(ending->how == How::broken_tls);
  CHECK(ending->side == Side::downstream);
  CHECK(ending->detail == "bad record");
  CHECK(lab.server.sent == "good<alert 80>");
}

TEST_CASE("a reset is a fault, except after the side's orderly end") {
  Lab lab;
  lab.start();
  CHECK(lab.relay->on_broken(lab.downstream, "connection reset by peer").how == How::reset);
  lab.client_says("$");
  CHECK(lab.relay->on_broken(lab.downstream, "connection reset by peer").how == How::in_order);
  lab.server_says("half a rep");
  CHECK(lab.relay->on_broken(lab.upstream, "connection reset by peer").how == How::reset);
}

TEST_CASE("a server that hears goodbye and closes without an answer cuts nothing off") {
  Lab lab;
  lab.start();
  lab.client_says("request");
  lab.server_says("reply");
  lab.client_says("$");
  CHECK(lab.relay->on_broken(lab.upstream, "connection reset by peer").how == How::in_order);
  const auto ending = lab.server_ends();
  REQUIRE(ending);
  CHECK(ending->how == How::in_order);
  CHECK(lab.client.sent == "reply");  // it isn't made an answer of
}

TEST_CASE("a reply to a half-closed request that is cut off is truncated") {
  Lab lab;
  lab.start();
  lab.client_says("request$");
  lab.server_says("half a rep");
  const auto ending = lab.server_ends();
  REQUIRE(ending);
  CHECK(ending->how == How::cut_off);
  CHECK(ending->side == Side::upstream);
}

TEST_CASE(
    "a server of HTTP/2 that hears goodbye, says GOAWAY and closes without an answer cuts nothing off") {
  Lab lab("h2");
  lab.start();
  lab.client_says("request");
  lab.server_says("reply");
  SECTION("after the client's goodbye") {
    lab.client_says("$");
    lab.server_says("GOAWAY");
    const auto ending = lab.server_ends();
    REQUIRE(ending);
    CHECK(ending->how == How::in_order);
  }
  SECTION("without it") {
    lab.server_says("GOAWAY");
    lab.server_ends();
    const auto ending = lab.client_says("$");
    REQUIRE(ending);
    CHECK(ending->how == How::cut_off);
  }
}

TEST_CASE("a stream that ends without close_notify between two messages is closed by who left first") {
  Lab lab;
  lab.start();
  lab.client_says("request");
  lab.server_says("reply");
  const bool is_between = lab.reader.between = GENERATE(false, true);
  lab.client_ends();
  const auto ending = lab.server_ends();
  REQUIRE(ending);
  CHECK(ending->how == (is_between ? How::in_order : How::cut_off));
  CHECK(ending->side == Side::downstream);
  CHECK(ending->detail == "the stream ended without TLS close_notify");
}

TEST_CASE("what a server complains of that hears no goodbye between two messages is the client's leaving") {
  Lab lab;
  lab.start();
  lab.client_says("request");
  lab.server_says("reply");
  lab.reader.between = true;
  CHECK_FALSE(lab.client_ends());
  const auto ending = lab.server_says("!");
  REQUIRE(ending);
  CHECK(ending->how == How::in_order);
  CHECK(ending->side == Side::downstream);
  CHECK(ending->detail == "the stream ended without TLS close_notify");
}

TEST_CASE("a stream that ends before anything was said isn't between two messages") {
  Lab lab;
  lab.start();
  lab.reader.between = true;
  lab.client_says("request");
  const auto ending = lab.server_ends();
  CHECK_FALSE(ending);
  CHECK(lab.client_ends()->how == How::cut_off);
}

TEST_CASE("what follows a cut-off stream is its consequence") {
  Lab lab;
  lab.start();
  lab.server_ends();
  const auto ending = lab.client_says("!");
  REQUIRE(ending);
  CHECK(ending->how == How::cut_off);
  CHECK(ending->side == Side::upstream);
  CHECK(lab.relay->on_broken(lab.downstream, "connection reset by peer").how == How::cut_off);
}

TEST_CASE("data after close_notify is ignored") {
  Lab lab;
  lab.start();
  lab.client_says("all$");
  CHECK_FALSE(lab.client_says("more"));
  CHECK(lab.server.sent == "all$");
}

TEST_CASE("only the client's goodbye is awaited once the server is through") {
  Lab lab;
  lab.start();
  CHECK_FALSE(lab.relay->awaits_only_goodbye());
  lab.server_says("reply$");
  CHECK_FALSE(lab.relay->awaits_only_goodbye());
  lab.server_ends();
  CHECK(lab.relay->awaits_only_goodbye());
}
