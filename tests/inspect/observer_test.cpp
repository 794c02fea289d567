#include "inspect/observer/observer.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <stdexcept>

#include "certs/verify/verdict.h"
#include "config/base/file.h"
#include "config/route.h"
#include "inspect/protocol_guess.h"
#include "inspect/record.h"
#include "tests/inspect/http2/frames.h"

using namespace mailtap;
using namespace mailtap::inspect;
using namespace mailtap::inspect::test;
using config::NameDisplay;
using config::Protocol;

namespace {

/// A log of its own, and what surrounds an observer.
struct Watched {
  Watched() {
    auto path = (std::filesystem::temp_directory_path() / "mailtap-observer-XXXXXX").string();
    REQUIRE(::mkdtemp(path.data()) != nullptr);
    folder = path;
    log = LogWriter::open({folder / "log", config::LogFormat::json}, messages).value();
    record.verdict = verdict;
  }
  ~Watched() { std::filesystem::remove_all(folder); }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

  Observed observed() { return {route, pseudonyms, memory, *log, record, Instant{}, {}}; }
  /// All that is written in the end.
  std::string written() {
    log->write(record);
    log.reset();
    return read_file(folder / "log").value();
  }

  std::filesystem::path folder;
  Messages messages{-1};
  std::shared_ptr<LogWriter> log;
  config::Route route;
  Pseudonyms pseudonyms = Pseudonyms::make(NameDisplay::hash).value();
  RouteMemory memory;
  ConnectionRecord record;
  std::shared_ptr<certs::Verdict> verdict = std::make_shared<certs::Verdict>();
};

/// Tells an exchange, then fails at the second call.
template <class Failure>
class FailingTap final : public Tap {
 public:
  explicit FailingTap(ExchangeSink& sink) : sink_(sink) {}
  void on_bytes(Flow, Bytes, Instant) override {
    if (++calls > 1) throw Failure();
    sink_.on_exchange({});
  }
  void on_end(Flow, Instant) override { ++calls; }
  void on_closed(Instant) override { ++calls; }

  static inline int calls = 0;

 private:
  ExchangeSink& sink_;
};
template <class Failure>
std::unique_ptr<Tap> make_failing(config::Protocol, const TapContext&, ExchangeSink& sink) {
  FailingTap<Failure>::calls = 0;
  return std::make_unique<FailingTap<Failure>>(sink);
}
struct Unexpected : std::runtime_error {
  Unexpected() : runtime_error("a parser's mistake") {}
};

std::size_t count(const std::string& text, std::string_view what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

template <class Failure>
void check_failing(const std::string& told) {
  Watched watched;
  watched.route.protocol = Protocol::http;
  auto observed = watched.observed();
  observed.make = make_failing<Failure>;
  Observer observer(observed);
  for (int i = 0; i < 5; ++i) observer.on_bytes(Flow::to_upstream, as_bytes("x"), {});
  observer.on_end(Flow::to_upstream, {});
  observer.on_closed({});
  CHECK(FailingTap<Failure>::calls == 2);  // and no more
  CHECK(watched.memory.taps_stopped == 1);
  CHECK(watched.memory.exchanges == 1);
  const auto log = watched.written();
  CHECK(count(log, "\"stopped\":\"" + told + "\"") == 1);
  CHECK(count(log, told) == 1);
  CHECK(count(log, "\"event\":\"exchange\"") == 1);
}

/// The statuses of the exchanges that are written of one conversation.
std::string statuses_written(const config::ExchangeFilter& filter, bool trusted = true, bool matches = true) {
  Watched watched;
  watched.route.protocol = Protocol::http;
  watched.route.exchanges = filter;
  if (!trusted) watched.verdict->findings.emplace_back();
  watched.verdict->name_checked = "mail.test";
  watched.verdict->name_matches = matches;
  Observer observer(watched.observed());
  const auto exchange = [&](const std::string& path, const std::string& status) {
    observer.on_bytes(Flow::to_upstream, as_bytes("GET " + path + " HTTP/1.1\r\n\r\n"), {});
    observer.on_bytes(Flow::to_downstream, as_bytes("HTTP/1.1 " + status + " x\r\nContent-Length: 0\r\n\r\n"),
                      {});
  };
  exchange("/EWS/Exchange.asmx", "200");
  exchange("/owa/", "302");
  exchange("/owa/", "404");
  exchange("/EWS/Exchange.asmx", "503");
  observer.on_closed({});
  CHECK(watched.memory.exchanges == 4);
  CHECK(watched.record.traffic.exchanges == 4);
  const auto log = watched.written();
  std::string found;
  for (const std::string status : {"200", "302", "404", "503"})
    if (count(log, "\"status\":\"" + status + "\"") == 1) found += status + " ";
  return found;
}

}  // namespace

TEST_CASE("a tap that throws ends alone, is counted, and said once in its connection's line") {
  check_failing<Unexpected>("internal error");
  check_failing<std::bad_alloc>("out of memory");
}

TEST_CASE("exchanges are written by service, status and verdict, and all that are asked for must hold") {
  config::ExchangeFilter none;
  none.any = false;
  CHECK(statuses_written(none).empty());
  CHECK(statuses_written({}) == "200 302 404 503 ");
  config::ExchangeFilter filter;
  filter.services = {Service::ews};
  CHECK(statuses_written(filter) == "200 503 ");
  filter.services = {Service::ews, Service::owa};
  CHECK(statuses_written(filter) == "200 302 404 503 ");
  filter.services = {Service::owa};
  filter.statuses = {"failed"};
  CHECK(statuses_written(filter) == "404 ");
  filter.services = {};
  CHECK(statuses_written(filter) == "404 503 ");
  filter.statuses = {"200", "5xx"};
  CHECK(statuses_written(filter) == "200 503 ");
  filter.statuses = {};
  using enum config::VerdictWord;
  for (const auto verdict : {trusted, untrusted, match, mismatch}) {
    filter.verdicts = {verdict};
    for (const bool is_trusted : {true, false})
      for (const bool matches : {true, false}) {
        const bool meant =
            verdict == (is_trusted ? trusted : untrusted) || verdict == (matches ? match : mismatch);
        INFO(to_string(verdict) << is_trusted << matches);
        CHECK(statuses_written(filter, is_trusted, matches) == (meant ? "200 302 404 503 " : ""));
      }
  }
}

TEST_CASE("the protocol is told by a request line or a greeting, whoever is heard first") {
  const auto guess = [](std::string_view client, std::string_view server = "") {
    return guess_protocol(as_bytes(client), as_bytes(server));
  };
  CHECK(guess("POST /EWS/Exchange.asmx HTTP/1.1\r\n") == Protocol::http);
  CHECK(guess("\r\nOPTIONS * HTTP/1.1\r\n") == Protocol::http);
  CHECK(guess("X-MS-ENUMATTS /public/ HTTP/1.1\r\n") == Protocol::http);
  CHECK(guess("RPC_IN_DATA /rpc/rpcproxy.dll?mail:6001 HTTP/1.1\r\n") == Protocol::http);
  CHECK(guess("CONNECT mail:443 HTTP/1.1\r\n") == Protocol::http);
  CHECK(guess("", "220 mail ESMTP\r\n") == Protocol::smtp);
  CHECK(guess("", "220-mail ESMTP\r\n") == Protocol::smtp);
  CHECK(guess("", "+OK ready\r\n") == Protocol::pop3);
  CHECK(guess("", "* OK [CAPABILITY IMAP4rev1] ready\r\n") == Protocol::imap);
  CHECK(guess("", "HTTP/1.1 408 Request Timeout\r\n") == Protocol::http);
  CHECK(guess("", "\"IMPLEMENTATION\" \"sieve\"\r\n") == Protocol::raw);
}

TEST_CASE("what was agreed on as HTTP/2 is read as that, whoever speaks first") {
  for (const auto protocol : {Protocol::automatic, Protocol::http}) {
    Watched watched;
    watched.route.protocol = protocol;
    watched.record.upstream.alpn = "h2";
    {
      Observer observer(watched.observed());
      Speaker client, server;
      observer.on_bytes(Flow::to_downstream, as_bytes(settings()), Instant{});
      observer.on_bytes(Flow::to_upstream, as_bytes(client_preface() + client.get(1, "/owa/")), Instant{});
      observer.on_bytes(Flow::to_downstream, as_bytes(server.status(1, 302, {}, true)), Instant{});
      observer.on_closed(Instant{});
    }
    CHECK(watched.record.traffic.protocol == Protocol::http);
    CHECK(watched.record.traffic.exchanges == 1);
    CHECK(watched.record.traffic.last_statuses == std::vector<std::string>{"302"});
    CHECK(watched.record.traffic.stopped.empty());
  }
}

TEST_CASE("a protocol isn't guessed before it can be") {
  CHECK_FALSE(guess_protocol(as_bytes("PO"), {}));
  CHECK_FALSE(guess_protocol(as_bytes("POST "), {}));
  CHECK_FALSE(guess_protocol({}, as_bytes("22")));
  // A mail client that speaks before the greeting.
  CHECK_FALSE(guess_protocol(as_bytes("a1 CAPABILITY\r\n"), {}));
  CHECK(guess_protocol(as_bytes("a1 CAPABILITY\r\n"), as_bytes("* OK ready\r\n")) == Protocol::imap);
  CHECK(guess_protocol(Buffer(5000, 0), {}) == Protocol::raw);
}

TEST_CASE("a name has one pseudonym, whatever its case, and none is like another's") {
  const auto hashed = Pseudonyms::make(NameDisplay::hash).value();
  const auto one = hashed.of("anna@contoso.com");
  CHECK(one.size() == 11);
  CHECK(one.front() == '~');
  CHECK(hashed.of("Anna@Contoso.COM") == one);
  CHECK(hashed.of("bert@contoso.com") != one);
  CHECK(hashed.of("").empty());
  // Over a reload it stays, in another process it is another.
  CHECK(Pseudonyms::make(NameDisplay::hash, &hashed)->of("anna@contoso.com") == one);
  CHECK(Pseudonyms::make(NameDisplay::hash)->of("anna@contoso.com") != one);
  CHECK(Pseudonyms::make(NameDisplay::cut)->of("anna@contoso.com") == "*");
  CHECK(Pseudonyms::make(NameDisplay::plain)->of("anna@contoso.com") == "anna@contoso.com");
}

TEST_CASE("a status is met by itself, by its class, and by being a failure") {
  Exchange e;
  e.status = "503";
  e.failed = true;
  CHECK(matches_status(e, "503"));
  CHECK(matches_status(e, "5xx"));
  CHECK(matches_status(e, "failed"));
  CHECK_FALSE(matches_status(e, "4xx"));
  CHECK_FALSE(matches_status(e, "50"));
  e.status = "NO";
  CHECK(matches_status(e, "no"));
  CHECK_FALSE(matches_status(e, "5xx"));
}
