// What of a connection goes into its route's traces, and where its secrets go.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstring>
#include <optional>

#include <rapidjson/document.h>

#include "config/base/file.h"
#include "inspect/trace/trace_files.h"
#include "lab.h"
#include "tests/certs/issue/presentation_support.h"

using namespace mailtap;
using namespace mailtap::proxy;
using namespace mailtap::proxy::test;
using mailtap::test::TemporaryFolder;

namespace {

const inspect::Messages counts_nothing(-1);

/// A route that has traces, in a folder of its own.
class Traced {
  TemporaryFolder folder_;  // outlives what writes there

 public:
  explicit Traced(config::Mode mode = config::Mode::intercept) {
    lab.emplace();
    lab->route.mode = mode;
    lab->change = [this, mode](RunningRoute& route) {
      trace::WriterSettings settings;
      settings.folder = folder_.file("traces");
      route.traces = trace::TraceWriter::open(settings, counts_nothing).value();
      route.capture.secrets = secrets;
      route.capture.observed = mode == config::Mode::observe;
      if (has_keylog) route.keylog = [this](std::string_view line) { keylog.append(line).append("\n"); };
    };
  }

  void begin_in_plaintext() {
    lab->route.upstream.port = 587;
    lab->client_begins_with_tls = lab->server_begins_with_tls = false;
    lab->begin();
  }
  void close_in_order() {
    lab->close_in_order();
    REQUIRE(lab->is_over);
  }
  /// Everything is over, and written.
  void finish() {
    lab.reset();
    for (const auto& file : trace::trace_files(folder_.file("traces")))
      (file.extension() == ".jsonl" ? lines : packets) += read_file(file.string()).value();
  }
  rapidjson::Document trace() const {
    REQUIRE(std::count(lines.begin(), lines.end(), '\n') == 1);
    rapidjson::Document document;
    document.Parse(lines.c_str());
    REQUIRE_FALSE(document.HasParseError());
    return document;
  }
  bool packets_have(std::string_view bytes) const { return packets.find(bytes) != std::string::npos; }

  /// TCP segments with RST, of IPv4 packets in Enhanced Packet Blocks (type 6).
  std::size_t resets() const {
    constexpr std::size_t block_header = 28, ip_header = 20, tcp_flags = 13;
    constexpr char rst = 0x04;
    std::size_t count = 0;
    for (std::size_t at = 0, size = 0; at + 8 < packets.size(); at += size) {
      const auto number = [&](std::size_t from) {
        std::uint32_t value = 0;
        std::memcpy(&value, packets.data() + from, sizeof value);
        return value;
      };
      size = number(at + 4);
      if (number(at) == 6 && (packets.at(at + block_header + ip_header + tcp_flags) & rst) != 0) ++count;
    }
    return count;
  }

  bool secrets = false;
  bool has_keylog = true;  ///< the route has a file of its own for them
  std::string keylog;      ///< what the route's own file got
  std::optional<Lab> lab;
  std::string lines, packets;  ///< after finish()
};

}  // namespace

TEST_CASE("a trace has both legs' handshakes, the server's certificate and how it ended") {
  for (const auto mode : {config::Mode::intercept, config::Mode::observe}) {
    Traced traced(mode);
    auto& lab = *traced.lab;
    lab.client_tls.max_version = lab.server_tls.max_version = tls::Version::tls12;
    lab.begin();
    lab.client.say("a NOOP\r\n");
    traced.close_in_order();
    traced.finish();
    const auto trace = traced.trace();
    CHECK(trace["mode"] == (mode == config::Mode::observe ? "observe" : "intercept"));
    for (const auto* leg : {"downstream", "upstream"}) {
      const auto& handshake = trace["handshakes"][leg];
      CHECK(handshake["finished"].GetBool());
      CHECK(handshake["client_hellos"][0]["sni"] == "mail.example");
      CHECK(handshake["wire_bytes"]["seen"].GetUint64() > 500);
      CHECK(handshake["wire_bytes"]["kept"] == handshake["wire_bytes"]["seen"]);
    }
    CHECK(trace["pem"].Size() == 1);
    CHECK(trace["ending"]["reason"] == "closed");
    CHECK_FALSE(traced.packets.empty());
  }
}

TEST_CASE("secrets go into a trace where the route says so, and into the route's own file in any case") {
  for (const bool secrets : {false, true}) {
    Traced traced;
    traced.secrets = secrets;
    auto& lab = *traced.lab;
    lab.client_tls.max_version = lab.server_tls.max_version = tls::Version::tls12;
    lab.begin();
    traced.close_in_order();
    traced.finish();
    const auto& keylog = traced.keylog;
    CHECK(keylog.starts_with("CLIENT_RANDOM "));
    CHECK(std::count(keylog.begin(), keylog.end(), '\n') == 2);  // a line for each leg
    CHECK(traced.packets_have("CLIENT_RANDOM ") == secrets);
    CHECK(traced.packets_have(keylog) == secrets);
    CHECK(traced.lines.find("CLIENT_RANDOM") == std::string::npos);
  }
}

TEST_CASE("secrets go into a trace though the route has no file of its own for them") {
  Traced traced;
  traced.secrets = true;
  traced.has_keylog = false;
  traced.lab->begin();
  traced.close_in_order();
  traced.finish();
  CHECK(traced.packets_have("CLIENT_TRAFFIC_SECRET_0 "));
  CHECK(traced.keylog.empty());
}

TEST_CASE("without traces the secrets go into the route's own file") {
  std::string keylog;
  Lab lab;
  lab.change = [&](RunningRoute& route) {
    route.keylog = [&](std::string_view line) { keylog.append(line).append("\n"); };
  };
  lab.begin();
  REQUIRE(lab.client.is_established());
  CHECK(keylog.find("CLIENT_TRAFFIC_SECRET_0 ") != std::string::npos);
}

TEST_CASE("a client that leaves without a word is in a trace, of a handshake that never began") {
  Traced traced;
  traced.lab->client_begins_with_tls = false;
  traced.lab->begin();
  traced.lab->client.end();
  REQUIRE(traced.lab->is_over);
  traced.finish();
  CHECK(traced.trace()["ending"]["reason"] == "no-data");
}

TEST_CASE("what is said in plaintext before STARTTLS is in no trace, and the TLS after it is") {
  for (const auto mode : {config::Mode::intercept, config::Mode::observe}) {
    Traced traced(mode);
    traced.lab->client_tls.max_version = tls::Version::tls12;
    traced.begin_in_plaintext();
    auto& lab = *traced.lab;
    lab.server.say("220 mail ESMTP\r\n");
    lab.client.say("EHLO router\r\n");
    lab.server.say("250-mail\r\n250 STARTTLS\r\n");
    lab.client.say("STARTTLS\r\n");
    lab.server.say("220 go ahead\r\n");
    lab.server.secure(lab.server_session());
    lab.client.secure(lab.client_session());
    lab.run();
    REQUIRE(lab.client.is_established());
    traced.close_in_order();
    traced.finish();
    const auto trace = traced.trace();
    for (const auto* leg : {"downstream", "upstream"}) {
      CHECK(trace["handshakes"][leg]["finished"].GetBool());
      CHECK(trace["handshakes"][leg]["wire_bytes"]["kept"].GetUint64() > 500);
    }
    for (const auto* words : {"ESMTP", "EHLO", "STARTTLS", "go ahead"})
      CHECK_FALSE(traced.packets_have(words));
  }
}

TEST_CASE(
    "a connection that stays in plaintext has no trace where TLS is ended, and no packets where it isn't") {
  for (const auto mode : {config::Mode::intercept, config::Mode::observe}) {
    Traced traced(mode);
    traced.lab->route.allow_plaintext = true;
    traced.begin_in_plaintext();
    auto& lab = *traced.lab;
    lab.server.say("220 mail ESMTP\r\n");
    lab.client.say("EHLO router\r\n");
    lab.server.say("250 mail\r\n");
    lab.client.say("MAIL FROM:<a@example>\r\n");
    REQUIRE(lab.server.heard.ends_with("MAIL FROM:<a@example>\r\n"));
    traced.close_in_order();
    traced.finish();
    CHECK(traced.lines.empty() == (mode == config::Mode::intercept));
    for (const auto* words : {"ESMTP", "EHLO", "MAIL"}) CHECK_FALSE(traced.packets_have(words));
  }
}

TEST_CASE("a reset is in the packets of both legs") {
  for (const auto mode : {config::Mode::intercept, config::Mode::observe}) {
    for (const bool is_client : {true, false}) {
      Traced traced(mode);
      traced.lab->client_tls.max_version = tls::Version::tls12;
      traced.lab->begin();
      REQUIRE(traced.lab->client.is_established());
      (is_client ? traced.lab->client : traced.lab->server).reset();
      REQUIRE(traced.lab->is_over);
      traced.finish();
      CHECK(traced.trace()["ending"]["reason"] == "reset");
      CHECK(traced.resets() == 2);
    }
  }
}
