#include <catch2/catch_test_macros.hpp>
#include <random>

#include <mbedtls/sha256.h>

#include "config/base/text.h"
#include "config/route.h"
#include "fake_leg.h"
#include "inspect/observer/observer.h"
#include "inspect/record.h"
#include "proxy/connection/relay.h"

using namespace mailtap;
using namespace mailtap::proxy;
using namespace mailtap::proxy::test;
using config::Protocol;
using inspect::Side;

namespace {

std::string sha256(std::string_view bytes) {
  std::array<std::uint8_t, 32> digest{};
  mbedtls_sha256(as_bytes(bytes).data(), bytes.size(), digest.data(), 0);
  return to_hex(digest);
}

/// A relay with an observer of that protocol, whose log goes nowhere.
struct Lab {
  Leg downstream{Side::downstream};
  Leg upstream{Side::upstream};
  FakeStream& client = open_stream(downstream);  // what each side is sent
  FakeStream& server = open_stream(upstream);
  inspect::ConnectionRecord record;
  config::Route route;
  inspect::Messages messages;
  std::shared_ptr<inspect::LogWriter> log =
      inspect::LogWriter::open({"/dev/null", config::LogFormat::json}, messages).value();
  inspect::Pseudonyms pseudonyms = inspect::Pseudonyms::make(config::NameDisplay::hash).value();
  inspect::RouteMemory memory;
  Buffer scratch;
  std::optional<inspect::Observer> observer;
  std::optional<Relay> relay;

  Lab(Protocol protocol, std::size_t record_size) : scratch(record_size) {
    route.protocol = protocol;
    downstream.open(std::make_unique<FakeSession>());
    upstream.open(std::make_unique<FakeSession>());
    observer.emplace(inspect::Observed{route, pseudonyms, memory, *log, record, inspect::Instant{}, {}});
    relay.emplace(downstream, upstream, scratch, record, &*observer);
    relay->start();
  }
};

/// What is likely to be understood, half understood, and misunderstood. The fake session's marks ($ and !)
/// don't occur.
std::string something(std::mt19937& random) {
  static const std::vector<std::string> phrases{
      "POST /EWS/Exchange.asmx HTTP/1.1\r\nContent-Length: 10\r\nAuthorization: NTLM "
      "TlRMTVNTUAABAAAA\r\n\r\n<a><b/></a",
      "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM TlRMTVNTUAACAAAA\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
      "220 mail ESMTP\r\n",
      "EHLO router\r\n",
      "250-mail\r\n250 SIZE\r\n",
      "MAIL FROM:<a@b>\r\n",
      "DATA\r\n",
      "354 go\r\n",
      ".\r\n",
      "+OK ready\r\n",
      "USER a\r\n",
      "RETR 1\r\n",
      "-ERR no\r\n",
      "* OK IMAP4rev1\r\n",
      "a1 LOGIN {4}\r\nanna x\r\n",
      "a1 OK done\r\n",
      "* 1 FETCH (BODY[] {5}\r\nhello)\r\n",
      "BDAT 5 LAST\r\nhello",
      "\r\n"};
  auto text = phrases[random() % phrases.size()];
  if (random() % 4 == 0)
    for (auto& c : text) c = static_cast<char>(random());
  for (auto& c : text)
    if (c == FakeSession::close_notify_mark || c == FakeSession::broken_record_mark) c = 'x';
  return text;
}

}  // namespace

TEST_CASE("with taps on, bytes arrive as they were sent, however they are cut") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    constexpr Protocol protocols[] = {Protocol::automatic, Protocol::http, Protocol::smtp,
                                      Protocol::pop3,      Protocol::imap, Protocol::raw};
    const auto protocol = protocols[seed % std::size(protocols)];
    Lab lab(protocol, 1 + random() % 500);
    std::string said, answered;
    for (int turn = 0; turn < 40; ++turn) {
      auto text = something(random);
      const bool by_client = random() % 2 == 0;
      (by_client ? said : answered) += text;
      while (!text.empty()) {
        const auto piece = text.substr(0, 1 + random() % 60);
        REQUIRE_FALSE(lab.relay->on_data(by_client ? lab.downstream : lab.upstream, as_bytes(piece)));
        text.erase(0, piece.size());
      }
    }
    INFO("seed " << seed << ", " << to_string(protocol));
    CHECK(sha256(lab.server.sent) == sha256(said));
    CHECK(sha256(lab.client.sent) == sha256(answered));
    CHECK(lab.record.bytes_to_upstream == said.size());
    CHECK(lab.record.bytes_to_downstream == answered.size());
    CHECK(lab.memory.taps_stopped <= 1);
    lab.observer->on_closed(inspect::Instant{});
    CHECK(lab.client.reading);
    CHECK(lab.server.reading);
  }
}

TEST_CASE("the protocol is found out on the way and the connection's line says which") {
  Lab lab(Protocol::automatic, 100);
  lab.relay->on_data(lab.downstream, as_bytes("GET /owa/ HT"));
  lab.relay->on_data(lab.downstream, as_bytes("TP/1.1\r\n\r\n"));
  lab.relay->on_data(lab.upstream, as_bytes("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"));
  CHECK(lab.record.traffic.protocol == config::Protocol::http);
  CHECK(lab.record.traffic.exchanges == 1);
  CHECK(lab.record.traffic.last_statuses == std::vector<std::string>{"302"});
  CHECK(lab.memory.exchanges == 1);
}

TEST_CASE("a tap that loses track is counted and told once, and the relay goes on") {
  Lab lab(Protocol::http, 100);
  for (int i = 0; i < 3; ++i) CHECK_FALSE(lab.relay->on_data(lab.downstream, as_bytes("no http at all\r\n")));
  CHECK(lab.record.traffic.stopped == "not HTTP, or a malformed message");
  CHECK(lab.memory.taps_stopped == 1);
  CHECK(lab.server.sent == "no http at all\r\nno http at all\r\nno http at all\r\n");
  CHECK_FALSE(lab.relay->on_data(lab.upstream, as_bytes("fine")));
  CHECK(lab.client.sent == "fine");
}
