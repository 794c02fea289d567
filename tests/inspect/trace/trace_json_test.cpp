#include "inspect/trace/trace_json.h"

#include <catch2/catch_test_macros.hpp>

#include <rapidjson/document.h>

#include "inspect/record.h"
#include "inspect/trace/capture.h"

using namespace mailtap;
using namespace std::chrono_literals;
using trace::HandshakeEvent;

namespace {

rapidjson::Document parsed(const std::string& json) {
  rapidjson::Document document;
  document.Parse(json.c_str());
  REQUIRE_FALSE(document.HasParseError());
  return document;
}

}  // namespace

TEST_CASE("a trace says what was offered and chosen by registered names") {
  inspect::ConnectionRecord connection;
  connection.id = 42;
  trace::LegTrace downstream;
  tls::ClientHello hello;
  hello.legacy_version = 0x0303;
  hello.cipher_suites = {0x1A1A, 0x1301, 0x9999};
  hello.supported_versions = {0x0304, 0x0303};
  hello.extensions = {0, 0xFE0D, 43};
  hello.groups = {0x11EC, 0x001D};
  hello.sni = "mail.contoso.com";
  downstream.handshake.client_hellos = {hello};
  downstream.handshake.events = {
      {HandshakeEvent::Kind::message, tls::Sender::client, 7us, 1, 200, false, false},
      {HandshakeEvent::Kind::alert, tls::Sender::client, 9us, 48, 2, true, true}};
  const auto line = parsed(trace::to_json(connection, downstream, {}, {Buffer{1, 2, 3}}));
  CHECK(line["event"] == "trace");
  CHECK(line["schema"].GetInt() == trace::schema_version);
  CHECK(line["id"].GetInt() == 42);
  const auto& leg = line["handshakes"]["downstream"];
  const auto& offered = leg["client_hellos"][0];
  CHECK(offered["cipher_suites"][0] == "GREASE");
  CHECK(offered["cipher_suites"][1] == "TLS_AES_128_GCM_SHA256");
  CHECK(offered["cipher_suites"][2] == "0x9999");
  CHECK(offered["versions"][0] == "TLSv1.3");
  CHECK(offered["groups"][0] == "X25519MLKEM768");
  CHECK(offered["extensions"][0] == "server_name");
  CHECK(offered["encrypted_client_hello"].GetBool() == true);
  CHECK(offered["sni"] == "mail.contoso.com");
  CHECK(leg["events"][0]["name"] == "client_hello");
  CHECK(leg["events"][0]["at_us"].GetInt() == 7);
  CHECK(leg["events"][1]["name"] == "unknown_ca (48)");
  CHECK(leg["events"][1]["fatal"].GetBool() == true);
  CHECK(std::string_view(line["pem"][0].GetString()).starts_with("-----BEGIN CERTIFICATE-----\nAQID\n"));
}

TEST_CASE("a capture keeps so many bytes of a leg, counts them all, and tells") {
  auto settings = std::make_shared<trace::CaptureSettings>();
  settings->snap_length = 10;
  trace::Capture capture(settings, std::make_shared<trace::Budget>(1000));
  capture.opened(inspect::Side::downstream, {}, {});
  capture.bytes(inspect::Side::downstream, tls::Sender::client, as_bytes("12345678"));
  capture.bytes(inspect::Side::downstream, tls::Sender::server, as_bytes("12345678"));
  const auto item = capture.finish({}, {});
  REQUIRE(item);
  const auto line = parsed(item->json);
  const auto& bytes = line["handshakes"]["downstream"]["wire_bytes"];
  CHECK(bytes["seen"].GetInt() == 16);
  CHECK(bytes["kept"].GetInt() == 10);
  const auto kept = as_text(item->packets);
  CHECK(kept.find("12345678") != std::string_view::npos);
}

TEST_CASE("beyond the budget bytes are left out, and what was taken is given back") {
  const auto budget = std::make_shared<trace::Budget>(100);
  {
    trace::Capture capture(std::make_shared<trace::CaptureSettings>(), budget);
    capture.opened(inspect::Side::upstream, {}, {});
    capture.bytes(inspect::Side::upstream, tls::Sender::client, Buffer(5000, 7));
    const auto item = capture.finish({}, {});
    const auto line = parsed(item->json);
    CHECK(line["handshakes"]["upstream"]["wire_bytes"]["kept"].GetInt() == 0);
  }
  CHECK(budget->take(100));
}

TEST_CASE("secrets are in the packets only when asked for, and never in the line") {
  constexpr auto secret = "CLIENT_RANDOM 0011 c0ffee";
  for (const bool asked : {false, true}) {
    auto settings = std::make_shared<trace::CaptureSettings>();
    settings->secrets = asked;
    trace::Capture capture(settings, std::make_shared<trace::Budget>(10'000));
    capture.opened(inspect::Side::downstream, {}, {});
    capture.secret(inspect::Side::downstream, secret);
    const auto item = capture.finish({}, {});
    CHECK((as_text(item->packets).find("c0ffee") != std::string_view::npos) == asked);
    CHECK(item->json.find("c0ffee") == std::string::npos);
  }
}

TEST_CASE("a connection that the filter passes over leaves no trace") {
  auto settings = std::make_shared<trace::CaptureSettings>();
  settings->filter = trace::Filter::parse({"failed"}).value();
  trace::Capture capture(settings, std::make_shared<trace::Budget>(1000));
  CHECK(capture.finish({}, {}) == nullptr);
}
