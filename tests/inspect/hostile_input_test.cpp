// What a peer's byte costs the taps: CPU time of inputs that are made to be dear, held against an ordinary
// conversation's. What grows with the square of its length shows at a megabyte.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "config/base/process.h"
#include "http2/frames.h"
#include "tap_support.h"

using namespace mailtap;
using namespace mailtap::inspect;
using namespace mailtap::inspect::test;
using config::Protocol;

namespace {

std::string times(std::size_t count, std::string_view what) {
  std::string text;
  text.reserve(count * what.size());
  for (std::size_t i = 0; i < count; ++i) text += what;
  return text;
}

/// Nanoseconds of this thread for each byte, in pieces of `piece` bytes.
double ns_per_byte(Protocol protocol, const Conversation& conversation, std::size_t piece,
                   bool is_http2 = false) {
  Surroundings surroundings;
  surroundings.context.http2 = is_http2;
  Told told;
  const auto tap = make_tap(protocol, surroundings.context, told);
  std::size_t size = 0;
  const auto began = thread_processor_time();
  for (const auto& [flow, said] : conversation) {
    for (std::size_t at = 0; at < said.size() && told.times_stopped == 0; at += piece) {
      const auto bytes = as_bytes(std::string_view(said).substr(at, piece));
      tap->on_bytes(flow, bytes, Instant{});
      size += bytes.size();
    }
  }
  const auto ns = (thread_processor_time() - began).count();
  return static_cast<double>(ns) / static_cast<double>(std::max<std::size_t>(size, 1));
}

struct Hostile {
  const char* what;
  Protocol protocol;
  Conversation conversation;
  bool is_http2 = false;
};

/// Requests of a few bytes each: the first says credentials of 3,000 bytes, the others that they are the
/// same, so many times each.
std::string requests_given_up(std::size_t count, std::size_t credentials) {
  const std::string get = "\x82\x87\x84";
  const auto said = "\x57\x7f\xb9\x16NTLM " + std::string(2995, 'A');  // a literal that goes into the table
  std::string text;
  for (std::uint32_t stream = 1; stream < 2 * count; stream += 2)
    text += frame(FrameType::headers, flag::end_headers | flag::end_stream, stream,
                  get + (stream == 1 ? said : times(credentials, "\xbe"))) +
            reset(stream, 8);
  return text;
}

std::vector<Hostile> hostile_http2() {
  constexpr std::size_t much = 300'000;
  const auto one = [](const char* what, const std::string& said) {
    return Hostile{what, Protocol::http, {client(client_preface() + said)}, true};
  };
  return {
      one("frames of nothing", times(much / 9, frame(FrameType::ping, 0, 0, {}))),
      one("data of nothing", Speaker().post(1, "/EWS/") + times(much / 9, data(1, {}, false))),
      one("data of a byte", Speaker().post(1, "/EWS/") + times(much / 10, data(1, "<", false))),
      one("settings without end", settings(std::vector<std::pair<unsigned, std::uint32_t>>(2000, {1, 4096}))),
      one("streams that are reset at once", requests_given_up(much / 25, 0)),
      one("credentials of a byte", requests_given_up(much / 26, 1)),
      one("the same credentials again and again", requests_given_up(much / 85, 60)),
      one("a block without end", frame(FrameType::headers, 0, 1, "\x82") +
                                     times(much / 10, frame(FrameType::continuation, 0, 1, "\x86"))),
  };
}

std::vector<Hostile> hostile_inputs() {
  constexpr std::size_t much = 300'000;
  const std::string post = "POST /EWS/Exchange.asmx HTTP/1.1\r\nContent-Type: text/xml\r\n";
  const std::string ok = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n";
  const auto chunked = [](const std::string& head, const std::string& body) {
    return head + "Transfer-Encoding: chunked\r\n\r\n" + times(1, "7fffffff\r\n") + body;
  };
  std::vector<Hostile> inputs{
      {"one header without end", Protocol::http, {client("GET / HTTP/1.1\r\nX: " + std::string(much, 'x'))}},
      {"many headers", Protocol::http, {client("GET / HTTP/1.1\r\n" + times(much / 4, "a:\r\n"))}},
      {"many challenges",
       Protocol::http,
       {client("GET / HTTP/1.1\r\n\r\n"), server(ok + times(much / 24, "WWW-Authenticate: a b, c\r\n"))}},
      {"many credentials",
       Protocol::http,
       {client("GET / HTTP/1.1\r\n" + times(much / 24, "Authorization: NTLM TlRM\r\n"))}},
      {"chunks of a byte",
       Protocol::http,
       {client("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + times(much / 6, "1\r\nx\r\n"))}},
      {"deep XML", Protocol::http, {client(chunked(post, times(much / 3, "<a>")))}},
      {"many attributes", Protocol::http, {client(chunked(post, "<a " + times(much / 8, "b='c' ") + ">"))}},
      {"many namespaces", Protocol::http, {client(chunked(post, times(much / 20, "<a xmlns:b='c'>")))}},
      {"one name without end", Protocol::http, {client(chunked(post, "<" + std::string(much, 'a')))}},
      {"one text without end", Protocol::http, {client(chunked(post, "<a>" + std::string(much, 'a')))}},
      {"continues without end",
       Protocol::http,
       {client("GET / HTTP/1.1\r\n\r\n"), server(times(much / 25, "HTTP/1.1 100 Continue\r\n\r\n"))}},
      {"an SMTP line without end", Protocol::smtp, {server("220 x\r\n"), client(std::string(much, 'x'))}},
      {"SMTP's shortest lines",
       Protocol::smtp,
       {server("220 x\r\n"), client("DATA\r\n"), server("354 x\r\n"), client(std::string(much, '\n'))}},
      {"an SMTP answer without end",
       Protocol::smtp,
       {server("220 x\r\n"), client("EHLO x\r\n"), server(times(much / 6, "250-\r\n"))}},
      {"an IMAP line without end", Protocol::imap, {server("* OK x\r\n"), client(std::string(much, 'x'))}},
      {"many IMAP commands at once",
       Protocol::imap,
       {server("* OK x\r\n"), client(times(200, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa NOOP\r\n")),
        server(times(much / 12, "* 1 FETCH ()\r\n"))}},
      {"IMAP literals of nothing",
       Protocol::imap,
       {server("* OK x\r\n"), client("a LOGIN " + times(much / 8, "{0+}\r\n"))}},
      {"a POP3 list without end",
       Protocol::pop3,
       {server("+OK x\r\n"), client("LIST\r\n"), server("+OK\r\n" + std::string(much, '\n'))}},
  };
  for (auto& input : hostile_http2()) inputs.push_back(std::move(input));
  return inputs;
}

/// An ordinary mailbox is polled.
Conversation ordinary() {
  Conversation conversation;
  for (int i = 0; i < 300; ++i) {
    conversation.push_back(client("GET /a HTTP/1.1\r\nHost: mail.example\r\nUser-Agent: router\r\n\r\n"));
    conversation.push_back(server("HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n" + std::string(200, 'x')));
  }
  return conversation;
}

/// The same over HTTP/2.
Conversation ordinary_http2() {
  Speaker asking, answering;
  Conversation conversation{client(client_preface()), server(settings())};
  for (std::uint32_t stream = 1; stream < 600; stream += 2) {
    conversation.push_back(client(asking.get(stream, "/a", {{"user-agent", "router"}})));
    conversation.push_back(server(answering.status(stream, 200, {{"content-length", "200"}}) +
                                  data(stream, std::string(200, 'x'))));
  }
  return conversation;
}

// ThreadSanitizer slows this project's code, and not the libraries that ordinary bytes are read by.
#ifdef __SANITIZE_THREAD__
constexpr double most_times = 150;
#else
constexpr double most_times = 50;
#endif

/// How many times as much as an ordinary byte one of `input` costs: measured in turns, as a machine's speed
/// changes, and again where it seems too much.
double times_ordinary(const Hostile& input, std::size_t piece) {
  double least = 1e18;
  for (int i = 0; i < 5 && least >= most_times; ++i) {
    const auto usual = ns_per_byte(Protocol::http, ordinary(), piece);
    least = std::min(least, ns_per_byte(input.protocol, input.conversation, piece, input.is_http2) / usual);
  }
  return least;
}

}  // namespace

TEST_CASE("a byte that is made to be dear costs a tap no more than many ordinary ones") {
  for (const std::size_t piece : {std::size_t{16384}, std::size_t{100}}) {
    for (const auto& input : hostile_inputs()) {
      INFO(input.what << ", in pieces of " << piece);
      CHECK(times_ordinary(input, piece) < most_times);
    }
  }
}

TEST_CASE("what a peer's byte costs a tap is measured", "[.][measure]") {
  for (const std::size_t piece : {std::size_t{16384}, std::size_t{100}, std::size_t{1}}) {
    WARN("ordinary, in pieces of " << piece << ": " << ns_per_byte(Protocol::http, ordinary(), piece)
                                   << " ns a byte, over HTTP/2 "
                                   << ns_per_byte(Protocol::http, ordinary_http2(), piece, true));
    for (const auto& [what, protocol, conversation, is_http2] : hostile_inputs())
      WARN(what << ": " << ns_per_byte(protocol, conversation, piece, is_http2) << " ns a byte");
  }
}
