// What the clients of intercepted connections are shown, and are asked to show.
#include <catch2/catch_test_macros.hpp>

#include "steps.h"
#include "tests/tls/test_identity.h"
#include "tls/alert.h"

using namespace mailtap;
using namespace mailtap::proxy;
using namespace mailtap::proxy::test;
using inspect::Side;

// --- presenting -------------------------------------------------------------------------------------------

TEST_CASE("a certificate at hand is shown at once, and both handshakes run at the same time") {
  Lab lab;
  begin_with_mute_server(lab);
  CHECK(lab.client_was_answered_first);
  CHECK(lab.client.is_established());
  lab.client.say("early");
  CHECK_FALSE(lab.is_over);
  lab.server.secure(lab.server_session());
  lab.server.session->feed(as_bytes(std::exchange(lab.server.heard, {})));
  lab.run();
  CHECK(lab.server.is_established());
  CHECK(lab.server.heard == "early");
}

TEST_CASE("the end of the handshake with the server leaves with the request that waits for it") {
  Lab lab;
  begin_with_mute_server(lab);
  lab.client.say("early");
  const auto before = lab.server.wire->sends;
  lab.server.secure(lab.server_session());
  lab.server.session->feed(as_bytes(std::exchange(lab.server.heard, {})));
  lab.run();
  CHECK(lab.server.is_established());
  CHECK(lab.server.heard == "early");
  CHECK(lab.server.wire->sends == before + 1);
}

TEST_CASE("where the client may choose an application protocol, it waits for the server's choice") {
  Lab lab;
  lab.client_tls.alpn = {"imap"};
  lab.server_tls.alpn = {"imap"};
  open(lab);
  CHECK(lab.client.session->agreed().alpn == "imap");
  lab.close_in_order();
  CHECK(lab.record.upstream.alpn == "imap");
}

TEST_CASE("HTTP/2 is agreed on where both sides have it and the route allows it, and read") {
  using Names = std::vector<std::string>;
  struct {
    Names of_client, of_server;
    std::optional<Names> allowed;
    std::string agreed;
  } const cases[]{
      {{"h2", "http/1.1"}, {"h2", "http/1.1"}, std::nullopt, "h2"},
      {{"h2", "http/1.1"}, {"http/1.1", "h2"}, std::nullopt, "http/1.1"},
      {{"h2", "http/1.1"}, {"http/1.1"}, std::nullopt, "http/1.1"},
      {{"http/1.1"}, {"h2", "http/1.1"}, std::nullopt, "http/1.1"},
      {{"h2", "http/1.1"}, {"h2", "http/1.1"}, Names{"http/1.1"}, "http/1.1"},
      {{"h2", "http/1.1"}, {"h2", "http/1.1"}, Names{}, ""},
      {{"h2"}, {"http/1.1"}, std::nullopt, ""},
  };
  for (const auto& [of_client, of_server, allowed, agreed] : cases) {
    Lab lab;
    lab.client_tls.alpn = of_client;
    lab.server_tls.alpn = of_server;
    lab.route.alpn = allowed;
    open(lab);
    CHECK(lab.client.session->agreed().alpn == agreed);
    CHECK(lab.server.session->agreed().alpn == agreed);
    if (agreed == "h2") lab.client.say("GET / HTTP/1.1\r\n\r\n");
    lab.close_in_order();
    CHECK(lab.record.upstream.alpn == agreed);
    CHECK(lab.record.downstream.alpn == agreed);
    CHECK(lab.record.traffic.stopped == (agreed == "h2" ? "not HTTP/2" : ""));
  }
}

TEST_CASE("a certificate that takes a while is made beside the loop, of what the server showed") {
  Lab lab;
  const auto presenter = std::make_shared<SlowPresenter>();
  lab.presenter = presenter;
  lab.begin();
  CHECK(lab.server.is_established());
  CHECK_FALSE(lab.client.is_established());
  lab.finish_background();
  CHECK(lab.client.is_established());
  CHECK(presenter->last.upstream_chain.size() == 1);
  CHECK(presenter->last.upstream_trusted);
  lab.close_in_order();
  CHECK(lab.reason() == "closed");
  CHECK(lab.record.presented_sha256.size() == 64);
}

TEST_CASE("a certificate that can't be made, or not in time, ends the connection with an alert") {
  for (const bool is_late : {false, true}) {
    Lab lab;
    const auto presenter = std::make_shared<SlowPresenter>();
    presenter->makes = false;
    lab.presenter = presenter;
    lab.begin();
    is_late ? lab.pass(lab.route.deadlines.handshake) : lab.finish_background();
    REQUIRE(lab.is_over);
    CHECK(lab.reason() == "presentation-failed");
    CHECK(lab.side() == Side::mailtap);
    CHECK(lab.detail() == (is_late ? "" : "the CA's key is gone"));
    CHECK(lab.client.alert() == tls::alert::internal_error);
  }
}

TEST_CASE("a verdict that comes later is waited for before anything is relayed") {
  Lab lab;
  lab.verdict_is_late = true;
  lab.begin();
  lab.client.say("request");
  CHECK(lab.server.heard.empty());
  lab.give_verdict();
  CHECK(lab.server.heard == "request");
  lab.close_in_order();
  CHECK(lab.reason() == "closed");
}

TEST_CASE("a connection that ends while its verdict is awaited has it in the log") {
  Lab lab;
  lab.verdict_is_late = true;
  lab.begin();
  lab.stop();
  CHECK(lab.reason() == "shutdown");
  CHECK(lab.record.verdict);
}

// --- certificates of clients ------------------------------------------------------------------------------

TEST_CASE("a client certificate of the route's is shown to a server that asks, and the log says which") {
  Lab lab;
  lab.server_tls.ask_client_certificate = true;
  lab.change = [](RunningRoute& route) {
    route.client_identity = tests::make_identity();
    route.client_subject = "CN=mail.example";
  };
  open(lab);
  lab.close_in_order();
  CHECK(lab.record.client_certificates.asked_by_server);
  CHECK(lab.record.client_certificates.shown_subject == "CN=mail.example");
}

TEST_CASE("where the route asks in turn, the client is asked when the server is") {
  Lab lab;
  lab.route.ask_client_cert = true;
  lab.server_tls.ask_client_certificate = true;
  lab.client_tls.client_certificate = tests::make_identity();
  open(lab);
  lab.close_in_order();
  CHECK(lab.record.client_certificates.asked_of_client);
  CHECK(lab.record.client_certificates.of_client.size() == 1);
}

TEST_CASE("a server that leaves after it was shown no certificate is said to have left after that") {
  Lab lab;
  lab.server_tls.ask_client_certificate = true;
  lab.server_tls.max_version = tls::Version::tls13;
  open(lab);
  lab.server.reset();
  CHECK(lab.detail().find("client certificate") != std::string::npos);
}
