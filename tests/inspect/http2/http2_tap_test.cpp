#include "inspect/http2/http2_tap.h"

#include <catch2/catch_test_macros.hpp>

#include "config/base/text.h"
#include "tests/inspect/http2/frames.h"
#include "tests/inspect/ntlm_messages.h"
#include "tests/inspect/tap_support.h"

using namespace mailtap;
using namespace mailtap::inspect;
using namespace mailtap::inspect::test;
using config::Protocol;
using http2::HeaderDecoder;
using http2::Http2Tap;

namespace {

std::string envelope(std::string_view inside) {
  return "<s:Envelope><s:Body>" + std::string(inside) + "</s:Body></s:Envelope>";
}
std::string asks(std::string_view operation) {
  return envelope("<m:" + std::string(operation) + "/>");
}
std::string answers(std::string_view operation, std::string_view code) {
  const std::string name(operation);
  return envelope("<m:" + name + "Response><m:ResponseCode>" + std::string(code) +
                  "</m:ResponseCode></m:" + name + "Response>");
}

const std::string ews = "/EWS/Exchange.asmx";

/// Both sides, and how each begins.
struct Sides {
  Speaker client, server;
  Conversation conversation{test::client(client_preface()), test::server(settings() + settings_ack()),
                            test::client(settings_ack())};

  void client_says(const std::string& bytes) { conversation.push_back(test::client(bytes)); }
  void server_says(const std::string& bytes) { conversation.push_back(test::server(bytes)); }
};

Told tell(const Conversation& conversation, Cut cut = Cut::whole, unsigned seed = 1) {
  Surroundings surroundings;
  surroundings.context.http2 = true;
  return show(Protocol::http, surroundings, conversation, cut, seed);
}

/// What is told is the same in every segmentation.
std::vector<Exchange> all(const Conversation& conversation) {
  const auto told = tell(conversation);
  CHECK(told.stopped.empty());
  for (unsigned seed = 0; seed < 20; ++seed) {
    const auto cut = tell(conversation, seed == 0 ? Cut::each_byte : Cut::random, seed);
    REQUIRE(written(cut) == written(told));
  }
  return told.exchanges;
}
Exchange only(const Conversation& conversation) {
  const auto exchanges = all(conversation);
  REQUIRE(exchanges.size() == 1);
  return exchanges.front();
}
std::string stopped(const Conversation& conversation) {
  const auto told = tell(conversation), bytewise = tell(conversation, Cut::each_byte);
  CHECK(told.times_stopped <= 1);
  CHECK(written(told) == written(bytewise));
  return told.stopped;
}

HttpPart http_of(const Exchange& exchange) {
  return std::get<HttpPart>(exchange.part);
}

}  // namespace

TEST_CASE("an EWS request over HTTP/2 says what one over HTTP/1.1 does") {
  Sides sides;
  const auto request = sides.client.post(1, ews, {{"content-type", "text/xml"}}) + data(1, asks("GetFolder"));
  const auto response = sides.server.status(1, 200) + data(1, answers("GetFolder", "NoError"));
  sides.client_says(request);
  sides.server_says(response);
  const auto e = only(sides.conversation);
  CHECK(e.service == Service::ews);
  CHECK(http_of(e).method == "POST");
  CHECK(http_of(e).path == "/EWS/Exchange.asmx");
  CHECK(http_of(e).operation == "GetFolder");
  CHECK(http_of(e).response_code == "NoError");
  CHECK(e.status == "200");
  CHECK_FALSE(e.failed);
  CHECK(e.complete);
  CHECK(e.request_bytes == request.size());
  CHECK(e.response_bytes == response.size());
  CHECK(e.first_byte == Microseconds(1000));
  CHECK(e.total == Microseconds(1000));
  REQUIRE(http_of(e).http2);
  CHECK(http_of(e).http2->number == 1);
  CHECK(http_of(e).http2->ended_by.empty());
  CHECK(to_json(e, {}).find(R"("http2":{"stream":1,"ended_by":null,"error":null})") != std::string::npos);
}

TEST_CASE("a server that speaks first, as HTTP/2 lets it, is read too") {
  Sides sides;
  sides.conversation = {server(settings()), client(client_preface() + settings_ack()),
                        server(settings_ack())};
  sides.client_says(sides.client.get(1, "/owa/"));
  sides.server_says(sides.server.status(1, 302, {}, true));
  const auto e = only(sides.conversation);
  CHECK(e.service == Service::owa);
  CHECK(e.status == "302");
}

TEST_CASE("streams that are mixed, and answered out of order, are told apart") {
  Sides sides;
  constexpr std::uint32_t streams = 100;
  std::string bodies;
  for (std::uint32_t i = 0; i < streams; ++i) {
    sides.client_says(sides.client.post(2 * i + 1, ews));
    bodies += data(2 * i + 1, asks("Operation" + std::to_string(i)), false);
  }
  for (std::uint32_t i = 0; i < streams; ++i) bodies += data(2 * i + 1, {});
  sides.client_says(bodies);
  for (std::uint32_t i = streams; i-- > 0;) sides.server_says(sides.server.status(2 * i + 1, 200));
  std::string answered;
  for (std::uint32_t i = streams; i-- > 0;)
    answered += data(2 * i + 1, answers("Operation" + std::to_string(i), "Error" + std::to_string(i)));
  sides.server_says(answered);
  const auto exchanges = all(sides.conversation);
  REQUIRE(exchanges.size() == streams);
  for (std::uint32_t i = 0; i < streams; ++i) {
    const auto http = http_of(exchanges[streams - 1 - i]);
    CHECK(http.http2->number == 2 * i + 1);
    CHECK(http.operation == "Operation" + std::to_string(i));
    CHECK(http.response_code == "Error" + std::to_string(i));
    CHECK(exchanges[streams - 1 - i].failed);
  }
}

TEST_CASE("of bodies that begin all at once only so many are read, and the others' exchanges told without") {
  Sides sides;
  constexpr std::uint32_t streams = 40;
  const auto body = asks("GetItem");
  for (std::uint32_t i = 0; i < streams; ++i)
    sides.client_says(sides.client.post(2 * i + 1, ews) + data(2 * i + 1, body.substr(0, 20), false));
  for (std::uint32_t i = 0; i < streams; ++i) sides.client_says(data(2 * i + 1, body.substr(20)));
  for (std::uint32_t i = 0; i < streams; ++i)
    sides.server_says(sides.server.status(2 * i + 1, 200, {}, true));
  const auto exchanges = all(sides.conversation);
  REQUIRE(exchanges.size() == streams);
  for (std::uint32_t i = 0; i < streams; ++i)
    CHECK(http_of(exchanges[i]).operation == (i < Http2Tap::max_bodies ? "GetItem" : ""));
}

TEST_CASE("padding, priorities and continued header blocks are passed over") {
  Sides sides;
  const auto block = sides.client.block({{":method", "POST"}, {":scheme", "https"}, {":path", ews}});
  const std::string priority("\0\0\0\0\x10", 5);
  const auto padded = [](std::string_view content) {
    return '\x07' + std::string(content) + std::string(7, '\0');
  };
  auto request = frame(FrameType::headers, flag::padded | flag::priority, 1,
                       '\x07' + priority + block.substr(0, 2) + std::string(7, '\0'));
  request +=
      frame(FrameType::continuation, 0, 1, {}) + frame(FrameType::continuation, 0, 1, block.substr(2, 1));
  request += frame(FrameType::continuation, flag::end_headers, 1, block.substr(3));
  const auto body = asks("GetItem");
  request += frame(FrameType::data, flag::padded, 1, padded(body.substr(0, 10)));
  request += frame(FrameType::data, flag::padded, 1, padded({}));
  request += frame(FrameType::data, flag::padded | flag::end_stream, 1, padded(body.substr(10)));
  sides.client_says(frame(FrameType::priority, 0, 7, priority) + request);
  sides.client_says(frame(FrameType::ping, 0, 0, "12345678") +
                    frame(FrameType::window_update, 0, 1, big_endian(1000, 4)) +
                    frame(static_cast<FrameType>(0x42), 0xff, 9, "of an extension"));
  sides.server_says(sides.server.status(1, 200, {}, true));
  const auto e = only(sides.conversation);
  CHECK(http_of(e).operation == "GetItem");
  CHECK(e.request_bytes == request.size());
}

TEST_CASE("interim responses only announce the response, and trailers change nothing") {
  Sides sides;
  sides.client_says(sides.client.post(1, ews, {{"expect", "100-continue"}}));
  sides.server_says(sides.server.status(1, 100));
  sides.client_says(data(1, asks("SendItem"), false) +
                    sides.client.headers(1, {{"authorization", "Basic dTpw"}, {":path", "/owa"}}, true));
  sides.server_says(sides.server.status(1, 103, {{"www-authenticate", "NTLM"}}));
  sides.server_says(sides.server.status(1, 200) + data(1, answers("SendItem", "NoError"), false) +
                    sides.server.headers(1, {{":status", "500"}, {"x-trailer", "x"}}, true));
  const auto e = only(sides.conversation);
  CHECK(e.status == "200");
  CHECK(e.service == Service::ews);
  CHECK(e.first_byte == Microseconds(4000));
  CHECK(http_of(e).operation == "SendItem");
  CHECK(http_of(e).response_code == "NoError");
  CHECK(e.authentication.scheme != AuthScheme::basic);
}

TEST_CASE(
    "a stream that either side gives up is told with the reason, and what comes late on it passed over") {
  Sides sides;
  SECTION("the server wants HTTP/1.1, as IIS does for Windows authentication") {
    sides.client_says(sides.client.get(1, ews));
    sides.server_says(reset(1, 0xd));
    sides.client_says(reset(1, 8) + data(1, "late"));
    const auto e = only(sides.conversation);
    CHECK(e.status.empty());
    CHECK(e.failed);
    CHECK_FALSE(e.complete);
    CHECK(http_of(e).http2->ended_by == "RST_STREAM");
    CHECK(http_of(e).http2->error == "HTTP_1_1_REQUIRED");
    CHECK(to_text(e, {}).find("no answer RST_STREAM HTTP_1_1_REQUIRED") != std::string::npos);
  }
  SECTION("the client has seen enough") {
    sides.client_says(sides.client.get(1, "/owa/"));
    sides.server_says(sides.server.status(1, 200) + data(1, "half", false));
    sides.client_says(reset(1, 8));
    sides.server_says(data(1, "the other half") + sides.server.headers(1, {{"x", "y"}}, true));
    sides.client_says(sides.client.get(3, "/owa/"));
    sides.server_says(sides.server.status(3, 204, {{"x", "y"}}, true));
    const auto exchanges = all(sides.conversation);
    REQUIRE(exchanges.size() == 2);
    CHECK(exchanges[0].status == "200");
    CHECK_FALSE(exchanges[0].complete);
    CHECK_FALSE(exchanges[0].failed);
    CHECK(http_of(exchanges[0]).http2->error == "CANCEL");
    CHECK(exchanges[1].status == "204");
  }
  SECTION("the server has answered and needs no more of the request") {
    sides.client_says(sides.client.post(1, ews) + data(1, asks("CreateItem"), false));
    sides.server_says(sides.server.status(1, 413, {}, true) + reset(1, 0));
    const auto e = only(sides.conversation);
    CHECK(e.status == "413");
    CHECK(e.complete);
    CHECK(http_of(e).operation == "CreateItem");
    CHECK(http_of(e).http2->error == "NO_ERROR");
  }
  SECTION("the server is in the middle of its answer") {
    sides.client_says(sides.client.post(1, ews) + data(1, asks("CreateItem"), false));
    sides.server_says(sides.server.status(1, 200) + data(1, "half", false) + reset(1, 0));
    CHECK_FALSE(only(sides.conversation).complete);
  }
}

TEST_CASE("GOAWAY gives up the streams that it says won't be answered, and no others") {
  Sides sides;
  sides.client_says(sides.client.get(1, "/owa/") + sides.client.get(3, "/ecp/"));
  sides.server_says(goaway(0x7fffffff, 0) + goaway(1, 0xb, "too many pings"));
  sides.server_says(sides.server.status(1, 200, {}, true));
  const auto exchanges = all(sides.conversation);
  REQUIRE(exchanges.size() == 2);
  CHECK(exchanges[0].service == Service::ecp);
  CHECK(http_of(exchanges[0]).http2->ended_by == "GOAWAY");
  CHECK(http_of(exchanges[0]).http2->error == "ENHANCE_YOUR_CALM");
  CHECK(exchanges[1].status == "200");
}

TEST_CASE("a pushed response is told with the request that the server made up") {
  Sides sides;
  sides.client_says(sides.client.get(1, "/owa/"));
  sides.server_says(
      frame(FrameType::push_promise, flag::end_headers, 1,
            big_endian(2, 4) + sides.server.block({{":method", "GET"}, {":path", "/owa/style"}})));
  sides.server_says(sides.server.status(1, 200, {}, true) + sides.server.status(2, 200) + data(2, "body {}"));
  const auto exchanges = all(sides.conversation);
  REQUIRE(exchanges.size() == 2);
  CHECK(http_of(exchanges[1]).http2->number == 2);
  CHECK(http_of(exchanges[1]).method == "GET");
  CHECK(exchanges[1].complete);
  CHECK(exchanges[1].request_bytes == 0);
}

TEST_CASE("a tunnel within a stream isn't read, and the others are") {
  Sides sides;
  sides.client_says(sides.client.headers(
      1,
      {{":method", "CONNECT"}, {":protocol", "websocket"}, {":scheme", "https"}, {":path", "/owa/socket"}}));
  sides.server_says(sides.server.status(1, 200) + data(1, "\x81\x05hello", false));
  sides.client_says(data(1, "\x81\x85junk") + sides.client.get(3, "/owa/"));
  sides.server_says(sides.server.status(3, 200, {}, true));
  const auto exchanges = all(sides.conversation);
  REQUIRE(exchanges.size() == 2);
  CHECK(http_of(exchanges[1]).upgraded);
  CHECK(exchanges[1].status == "200");
}

TEST_CASE("authentication is read as over HTTP/1.1, whether its fields are compressed or not") {
  Sides sides;
  for (std::uint32_t stream = 1; stream < 6; stream += 2) {
    sides.client_says(sides.client.get(stream, ews, {{"authorization", "Basic dTpw"}}));
    sides.server_says(sides.server.status(stream, 401, {{"www-authenticate", "Bearer"}}, true));
  }
  sides.client_says(
      sides.client.get(7, ews, {{"authorization", "NTLM " + to_base64(authenticate_message())}}));
  sides.server_says(sides.server.status(7, 200, {}, true));
  const auto exchanges = all(sides.conversation);
  REQUIRE(exchanges.size() == 4);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(exchanges[i].authentication.scheme == AuthScheme::basic);
    CHECK(exchanges[i].authentication.stage == AuthStage::refused);
    CHECK(exchanges[i].findings == std::vector{TrafficFinding::basic_over_tls, TrafficFinding::basic_off});
  }
  REQUIRE(exchanges[3].authentication.ntlm);
  CHECK(exchanges[3].authentication.ntlm->user == "User");
}

TEST_CASE("ActiveSync's and MAPI's own words are told") {
  Sides sides;
  sides.client_says(sides.client.post(1, "/Microsoft-Server-ActiveSync?User=anna&DeviceId=SEKRIT&Cmd=Ping") +
                    data(1, {}));
  sides.client_says(sides.client.post(3, "/mapi/emsmdb/?MailboxId=8d1a", {{"x-requesttype", "Execute"}}) +
                    data(3, "abc"));
  sides.server_says(sides.server.status(1, 503, {{"retry-after", "60"}}, true) +
                    sides.server.status(3, 200, {{"x-responsecode", "6"}}, true));
  const auto exchanges = all(sides.conversation);
  REQUIRE(exchanges.size() == 2);
  CHECK(http_of(exchanges[0]).operation == "Ping");
  CHECK(http_of(exchanges[0]).path == "/Microsoft-Server-ActiveSync?Cmd=Ping");
  CHECK(exchanges[0].retry_after == 60U);
  CHECK(http_of(exchanges[1]).operation == "Execute");
  CHECK(http_of(exchanges[1]).response_code == "6");
}

TEST_CASE("what is open when the connection ends is told as far as it came") {
  Sides sides;
  sides.client_says(sides.client.get(1, "/owa/") + sides.client.post(3, ews) + data(3, "half", false) +
                    frame(FrameType::headers, 0, 5, "\x82"));
  sides.server_says(sides.server.status(1, 200) + data(1, "half", false));
  const auto exchanges = all(sides.conversation);
  REQUIRE(exchanges.size() == 2);  // the third's method isn't known
  CHECK(exchanges[0].status == "200");
  CHECK_FALSE(exchanges[0].complete);
  CHECK(exchanges[1].status.empty());
  CHECK(exchanges[1].failed);
}

TEST_CASE(
    "a response that names the operation before the request has ended is believed where the request "
    "doesn't") {
  Sides sides;
  sides.client_says(sides.client.post(1, ews) + data(1, "<s:Envelope><s:Header><m:Version/>", false));
  sides.server_says(sides.server.status(1, 200) + data(1, answers("GetFolder", "NoError")));
  const auto exchange = only(sides.conversation);
  CHECK(http_of(exchange).operation == "GetFolder");
  CHECK_FALSE(exchange.complete);
}

TEST_CASE("a header table that grows and shrinks is followed") {
  Sides sides;
  sides.conversation[1] = server(settings({{1, HeaderDecoder::max_table}}) + settings_ack());
  Speaker large(HeaderDecoder::max_table);
  std::uint32_t stream = 1;
  for (const std::size_t size :
       {std::size_t{HeaderDecoder::max_table}, std::size_t{100}, std::size_t{4096}}) {
    large.set_table(size);
    for (int i = 0; i < 20; ++i, stream += 2) {
      sides.client_says(large.get(stream, "/owa/" + std::to_string(i % 7),
                                  {{"cookie", std::string(3000, static_cast<char>('a' + i % 7))}}));
      sides.server_says(sides.server.status(stream, 200, {}, true));
    }
  }
  const auto exchanges = all(sides.conversation);
  REQUIRE(exchanges.size() == 60);
  for (const auto& e : exchanges) CHECK(e.service == Service::owa);
}

TEST_CASE("what isn't HTTP/2 stops the tap once, whoever says it") {
  CHECK(stopped({client("GET / HTTP/1.1\r\n\r\n")}) == "not HTTP/2");
  CHECK(stopped({client("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n")}) == "not HTTP/2");
  CHECK(stopped({client(client_preface()), server("HTTP/1.1 400 Bad Request\r\n\r\n")}) == "not HTTP/2");
  CHECK(stopped({client(std::string(http2::FrameReader::preface) + data(1, "x"))}) == "not HTTP/2");
  CHECK(stopped({client(client_preface()), server(settings_ack())}) == "not HTTP/2");
}

TEST_CASE("frames that can't be understood stop the tap, and what was asked is told") {
  Sides sides;
  sides.client_says(sides.client.get(1, "/owa/"));
  const auto after = [&](const Said& said) {
    auto conversation = sides.conversation;
    conversation.push_back(said);
    const auto told = tell(conversation);
    CHECK(told.exchanges.size() == 1);
    CHECK(written(tell(conversation, Cut::each_byte)) == written(told));
    return told.stopped;
  };
  const std::string malformed = "malformed HTTP/2";
  CHECK(after(client(data(0, "x"))) == malformed);
  CHECK(after(client(data(5, "x"))) == malformed);
  CHECK(after(client(frame(FrameType::headers, flag::end_headers, 2, "\x82"))) == malformed);
  CHECK(after(client(frame(FrameType::continuation, flag::end_headers, 1, "\x82"))) == malformed);
  CHECK(after(client(frame(FrameType::headers, 0, 3, "\x82") + data(1, "x"))) == malformed);
  CHECK(after(client(frame(FrameType::headers, 0, 3, "\x82") +
                     frame(FrameType::continuation, flag::end_headers, 1, "\x82"))) == malformed);
  CHECK(after(client(frame(FrameType::data, flag::padded, 1,
                           "\x05"
                           "abcd"))) == malformed);
  CHECK(after(client(frame(FrameType::data, flag::padded, 1, {}))) == malformed);
  CHECK(after(client(frame(FrameType::rst_stream, 0, 1, "abc"))) == malformed);
  CHECK(after(client(frame(FrameType::settings, 0, 0, "abcde"))) == malformed);
  CHECK(after(client(frame(FrameType::settings, 0, 1, {}))) == malformed);
  CHECK(after(client(frame(FrameType::goaway, 0, 0, "abc"))) == malformed);
  CHECK(after(client(sides.client.headers(3, {{"x", "y"}}, true))) == malformed);
  CHECK(after(client(frame(FrameType::push_promise, flag::end_headers, 1,
                           std::string("\0\0\0\x02\x82", 5)))) == malformed);
  CHECK(after(server(frame(FrameType::push_promise, flag::end_headers, 1,
                           std::string("\0\0\0\x03\x82", 5)))) == malformed);
  CHECK(after(server(sides.server.headers(1, {{"x", "y"}}, true))) == malformed);
  CHECK(after(server(Speaker().status(3, 200, {}, true))) == "a response without a request");
  CHECK(after(server(frame(FrameType::headers, flag::end_headers, 1, "\xff\xff\xff\xff\xff\xff"))) ==
        "malformed header compression");
  CHECK(after(server(frame(FrameType::headers, flag::end_headers, 1, "\x40\x05"))) ==
        "malformed header compression");
}

TEST_CASE("what is beyond the bounds stops the tap, and says which") {
  SECTION("streams at once") {
    Sides sides;
    std::uint32_t stream = 1;
    for (std::size_t i = 0; i < Http2Tap::max_streams; ++i, stream += 2)
      sides.client_says(sides.client.get(stream, "/owa/"));
    CHECK(stopped(sides.conversation).empty());
    sides.client_says(sides.client.get(stream, "/owa/"));
    CHECK(stopped(sides.conversation) == "too many streams at once");
    CHECK(tell(sides.conversation).exchanges.size() == Http2Tap::max_streams);
  }
  SECTION("a few bytes that stand for many") {
    Sides sides;
    Fields fields(3, {"cookie", std::string(3000, 'a')});
    sides.client_says(sides.client.get(1, "/owa/", fields));
    fields.resize(HeaderDecoder::max_block / 3000 + 1, fields.front());
    const auto bomb = sides.client.get(3, "/owa/", fields);
    CHECK(bomb.size() < 200);
    sides.client_says(bomb);
    CHECK(stopped(sides.conversation) == "header fields of more than 256 KiB");
  }
  SECTION("a header table") {
    for (const bool is_allowed : {true, false}) {
      Sides sides;
      if (is_allowed) sides.server_says(settings({{1, 1 << 20}}));
      sides.client_says(frame(FrameType::headers, flag::end_headers, 1, "\x3f\xe1\xff\x3f\x82"));
      CHECK(stopped(sides.conversation) == (is_allowed ? "header compression with a table of more than 64 KiB"
                                                       : "malformed header compression"));
    }
  }
  SECTION("a frame") {
    Sides sides;
    sides.client_says(sides.client.post(1, "/owa/"));
    auto larger = sides.conversation;
    sides.client_says(data(1, std::string(16 * 1024 + 1, 'x')));
    CHECK(stopped(sides.conversation) == "a frame longer than the receiver takes");
    larger.push_back(server(settings({{5, 1 << 20}})));
    larger.push_back(client(data(1, std::string(1 << 20, 'x'))));
    CHECK(stopped(larger).empty());
  }
}

TEST_CASE("random changes never disturb anything but the tap itself") {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    Sides sides;
    for (std::uint32_t stream = 1; stream < 8; stream += 2) {
      sides.client_says(sides.client.post(stream, ews) + data(stream, asks("GetItem")));
      sides.server_says(sides.server.status(stream, 200) + data(stream, answers("GetItem", "NoError")));
    }
    for (int i = 0; i < 3; ++i) {
      auto& said = sides.conversation[random() % sides.conversation.size()].bytes;
      said[random() % said.size()] = static_cast<char>(random());
    }
    const auto told = tell(sides.conversation);
    CHECK(told.times_stopped <= 1);
    CHECK(written(tell(sides.conversation, Cut::each_byte)) == written(told));
  }
}
