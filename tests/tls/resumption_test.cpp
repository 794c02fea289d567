#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <thread>

#include "config/base/text.h"
#include "tests/tls/pair.h"
#include "tests/tls/test_identity.h"
#include "tls/client_hello.h"
#include "tls/numbers.h"
#include "tls/sessions/session_cache.h"
#include "tls/sessions/tickets.h"

using namespace mailtap;
using namespace mailtap::tests;
using std::chrono::hours;
using std::chrono::seconds;
using std::chrono::system_clock;
using tls::Step;
using tls::Version;

namespace {

tls::ClientParameters client_of(Version version, std::optional<tls::SavedSession> resume = {}) {
  tls::ClientParameters parameters;
  parameters.sni = "mail.example";
  parameters.min_version = version;
  parameters.max_version = version;
  parameters.resume = std::move(resume);
  return parameters;
}

tls::ServerParameters server_with(std::shared_ptr<tls::TicketKeys> keys,
                                  std::string context = "route:mail.example") {
  tls::ServerParameters parameters;
  parameters.identity = make_identity();
  parameters.tickets = std::move(keys);
  parameters.ticket_context = std::move(context);
  return parameters;
}

std::shared_ptr<tls::TicketKeys> make_keys() {
  return tls::TicketKeys::make().value();
}

/// The session that a first connection leaves behind.
tls::SavedSession first_session(Version version, const std::shared_ptr<tls::TicketKeys>& keys) {
  Pair pair(client_of(version), server_with(keys));
  pair.shake_hands();
  REQUIRE(pair.established());
  CHECK_FALSE(pair.client->agreed().resumed);
  read_all(*pair.client);  // TLS 1.3: the ticket comes after the handshake
  auto saved = pair.client->take_saved_session();
  REQUIRE(saved);
  CHECK_FALSE(pair.client->take_saved_session());
  CHECK(saved->peer_chain == pair.client->peer_chain());
  CHECK(saved->single_use == (version == Version::tls13));
  CHECK(saved->expires > system_clock::now() + hours(7));
  CHECK(saved->expires < system_clock::now() + hours(9));
  return *saved;
}

}  // namespace

TEST_CASE("a saved session is resumed though the server's certificate is another by now") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  const auto keys = make_keys();
  const auto saved = first_session(version, keys);
  Pair pair(client_of(version, saved), server_with(keys));
  pair.shake_hands();
  REQUIRE(pair.established());
  CHECK(pair.client->agreed().resumed);
  CHECK(pair.server->agreed().resumed);
  CHECK(pair.client->agreed().group == (version == Version::tls13 ? tls::Group::x25519 : tls::Group::none));
  CHECK(pair.client->peer_chain().empty());
  CHECK(pair.client->original_chain() == saved.peer_chain);

  REQUIRE(pair.client->write(as_bytes("resumed")) == Step::done);
  pair.carry();
  CHECK(read_all(*pair.server) == "resumed");

  read_all(*pair.client);
  const auto again = pair.client->take_saved_session();
  REQUIRE(again);
  CHECK(again->peer_chain == saved.peer_chain);
  Pair third(client_of(version, *again), server_with(keys));
  third.shake_hands();
  CHECK(third.client->agreed().resumed);
}

TEST_CASE("a ticket of another context, of unknown keys or damaged means a full handshake") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  const auto keys = make_keys();
  auto saved = first_session(version, keys);
  auto server = server_with(keys, "route:other.example");
  SECTION("another context") {}
  SECTION("other keys") {
    server = server_with(make_keys());
  }
  SECTION("keys rotated twice") {
    REQUIRE(keys->rotate(system_clock::now()));
    REQUIRE(keys->rotate(system_clock::now()));
    server = server_with(keys);
  }
  SECTION("damaged") {
    saved.state.resize(saved.state.size() / 2);
    server = server_with(keys);
  }
  Pair pair(client_of(version, saved), std::move(server));
  pair.shake_hands();
  REQUIRE(pair.established());
  CHECK_FALSE(pair.client->agreed().resumed);
  CHECK_FALSE(pair.server->agreed().resumed);
  CHECK(pair.client->peer_chain().size() == 1);
  CHECK(pair.client->original_chain() == pair.client->peer_chain());
}

TEST_CASE("a ticket survives one rotation of the keys") {
  const auto version = GENERATE(Version::tls12, Version::tls13);
  const auto keys = make_keys();
  const auto saved = first_session(version, keys);
  REQUIRE(keys->rotate(system_clock::now()));
  Pair pair(client_of(version, saved), server_with(keys));
  pair.shake_hands();
  CHECK(pair.client->agreed().resumed);
}

TEST_CASE("without ticket keys a server gives no ticket and there is no session to save under TLS 1.3") {
  Pair pair(client_of(Version::tls13), server_with(nullptr));
  pair.shake_hands();
  REQUIRE(pair.established());
  read_all(*pair.client);
  CHECK_FALSE(pair.client->take_saved_session());
}

TEST_CASE("a session saved under one version doesn't hinder a handshake of the other") {
  const auto keys = make_keys();
  const auto saved = first_session(Version::tls13, keys);
  Pair pair(client_of(Version::tls12, saved), server_with(keys));
  pair.shake_hands();
  CHECK(pair.established());
  CHECK_FALSE(pair.client->agreed().resumed);
}

TEST_CASE("a session is offered beside all versions, and a server that has another now gets to choose it") {
  constexpr std::uint16_t other_group[] = {tls::group::secp384r1, 0};
  const auto before = GENERATE(Version::tls12, Version::tls13);
  const auto oldest = GENERATE(Version::tls12, Version::tls13);
  const auto newest = GENERATE(Version::tls12, Version::tls13);
  const bool retries = GENERATE(false, true);
  if (oldest > newest) return;
  CAPTURE(before, oldest, newest, retries);
  const auto keys = make_keys();
  auto client = client_of(Version::tls12, first_session(before, keys));
  client.max_version = Version::tls13;
  auto server = server_with(keys);
  server.min_version = oldest;
  server.max_version = newest;
  if (retries) server.only.groups = other_group;
  Pair pair(std::move(client), std::move(server));
  std::optional<tls::ClientHello> hello;
  pair.on_the_way_to_server = [&hello](Buffer& sent) {
    if (hello) return;
    const auto parsed = tls::parse_client_hello(sent);
    REQUIRE((parsed && *parsed));
    hello = **parsed;
  };
  pair.shake_hands();
  REQUIRE(hello);
  CHECK(hello->supported_versions == std::vector<std::uint16_t>{tls::version::tls13, tls::version::tls12});
  CHECK(hello->cipher_suites.size() >= tls::own_abilities().cipher_suites.size());
  REQUIRE(pair.established());
  CHECK(pair.client->agreed().version == static_cast<std::uint16_t>(newest));
  CHECK(pair.client->agreed().resumed == (before == newest));
  CHECK(pair.server->agreed().resumed == (before == newest));

  REQUIRE(pair.client->write(as_bytes("goes on")) == Step::done);
  pair.carry();
  CHECK(read_all(*pair.server) == "goes on");
  read_all(*pair.client);
  const auto again = pair.client->take_saved_session();
  REQUIRE(again);
  CHECK(again->single_use == (newest == Version::tls13));
  Pair next(client_of(newest, *again), server_with(keys));
  next.shake_hands();
  CHECK(next.client->agreed().resumed);
}

TEST_CASE("a ticket of TLS 1.2 that a server of TLS 1.3 passed over is not taken for one of its own") {
  auto client = client_of(Version::tls12, first_session(Version::tls12, make_keys()));
  client.max_version = Version::tls13;
  auto server = server_with(nullptr);
  server.min_version = server.max_version = Version::tls13;
  Pair pair(std::move(client), std::move(server));
  pair.shake_hands();
  REQUIRE(pair.established());
  read_all(*pair.client);
  CHECK_FALSE(pair.client->take_saved_session());
}

TEST_CASE("a session is offered by a client of finite field groups alone") {
  constexpr std::uint16_t ffdhe_only[] = {tls::group::ffdhe2048, 0};
  const auto keys = make_keys();
  auto client = client_of(Version::tls12, first_session(Version::tls12, keys));
  client.max_version = Version::tls13;
  client.only.groups = ffdhe_only;
  const auto session = tls::make_client_session(std::move(client));
  REQUIRE(session->handshake() == Step::want_read);
  const auto sent = session->outgoing();
  const auto hello = tls::parse_client_hello(Bytes(sent.begin(), sent.end()));
  REQUIRE((hello && *hello));
  CHECK((*hello)->groups == std::vector<std::uint16_t>{tls::group::ffdhe2048});
}

TEST_CASE("tickets open with their context, within their lifetime, with their keys") {
  const auto now = system_clock::now();
  const auto keys = tls::TicketKeys::make(seconds(100)).value();
  const Buffer state{1, 2, 3};
  const auto ticket = keys->seal(state, "a", now);
  REQUIRE(ticket);
  CHECK(ticket->size() == state.size() + tls::TicketKeys::overhead);
  CHECK(keys->open(*ticket, "a", now) == state);
  CHECK(keys->open(*ticket, "a", now + seconds(99)) == state);
  CHECK_FALSE(keys->open(*ticket, "a", now + seconds(102)));
  CHECK_FALSE(keys->open(*ticket, "b", now));
  for (std::size_t i = 0; i < ticket->size(); ++i) {
    auto damaged = *ticket;
    damaged[i] ^= 1;
    CHECK_FALSE(keys->open(damaged, "a", now));
    CHECK_FALSE(keys->open(Bytes(*ticket).first(i), "a", now));
  }
  // A key whose time is over is replaced when the next ticket is made.
  const auto later = keys->seal(state, "a", now + seconds(101));
  REQUIRE(later);
  CHECK_FALSE(std::equal(ticket->begin(), ticket->begin() + 16, later->begin()));
  CHECK(keys->open(*later, "a", now + seconds(101)) == state);
  CHECK(keys->open(*ticket, "a", now + seconds(99)) == state);
  CHECK_FALSE(tls::TicketKeys::make(hours(24 * 8)));
}

namespace {

tls::SavedSession session_marked(std::uint8_t mark, bool single_use) {
  return {.state = {mark},
          .peer_chain = {},
          .stapled = {},
          .expires = system_clock::now() + hours(1),
          .single_use = single_use};
}

}  // namespace

TEST_CASE("a session is found under its route and name until it expires; a single-use one once") {
  const auto now = system_clock::now();
  tls::SessionCache cache;
  cache.put("r", "a", session_marked(1, false));
  CHECK(cache.take("r", "a", now)->state == Buffer{1});
  CHECK(cache.take("r", "a", now)->state == Buffer{1});
  CHECK_FALSE(cache.take("r", "b", now));
  CHECK_FALSE(cache.take("q", "a", now));
  CHECK_FALSE(cache.take("r", "a", now + hours(2)));
  CHECK_FALSE(cache.take("r", "a", now));
  CHECK(cache.size("r") == 0);

  for (std::uint8_t mark = 1; mark <= 3; ++mark) cache.put("r", "b", session_marked(mark, true));
  for (std::uint8_t mark = 3; mark > 0; --mark) CHECK(cache.take("r", "b", now)->state == Buffer{mark});
  CHECK_FALSE(cache.take("r", "b", now));

  cache.put("r", "c", session_marked(1, false));
  cache.put("r", "d", session_marked(2, false));
  cache.forget("r", "c");
  CHECK_FALSE(cache.take("r", "c", now));
  CHECK(cache.take("r", "d", now));
  cache.forget_route("r");
  CHECK_FALSE(cache.take("r", "d", now));
}

TEST_CASE("the session cache is bounded by name: the newest are kept") {
  const auto now = system_clock::now();
  tls::SessionCache cache;
  constexpr auto most = tls::SessionCache::sessions_per_name;
  const auto mark = [](std::size_t number) { return static_cast<std::uint8_t>(number % 251); };
  for (std::size_t i = 0; i < 2 * most; ++i) cache.put("r", "a", session_marked(mark(i), true));
  CHECK(cache.size("r") == most);
  CHECK(cache.take("r", "a", now)->state == Buffer{mark(2 * most - 1)});
  // A session that can be resumed again and again makes the others superfluous.
  cache.put("r", "a", session_marked(200, false));
  CHECK(cache.size("r") == 1);
}

TEST_CASE(
    "as many connections at once as a busy route has resume by tickets that are for one connection each") {
  const auto now = system_clock::now();
  tls::SessionCache cache;
  constexpr std::uint8_t at_once = 200;
  for (std::uint8_t mark = 0; mark < at_once; ++mark) cache.put("r", "a", session_marked(mark, true));
  for (int turn = 0; turn < 2; ++turn) {
    for (int i = 0; i < at_once; ++i) CHECK(cache.take("r", "a", now));
    CHECK_FALSE(cache.take("r", "a", now));
    for (std::uint8_t mark = 0; mark < at_once; ++mark) cache.put("r", "a", session_marked(mark, true));
  }
}

TEST_CASE("the session cache is bounded by route: the least recently used name leaves, other routes stay") {
  const auto now = system_clock::now();
  tls::SessionCache cache(3);
  cache.put("quiet", "a", session_marked(9, false));
  cache.put("r", "a", session_marked(1, false));
  cache.put("r", "b", session_marked(2, true));
  cache.put("r", "b", session_marked(3, true));
  CHECK(cache.take("r", "a", now));
  cache.put("r", "c", session_marked(4, false));
  CHECK(cache.size("r") == 2);
  CHECK_FALSE(cache.take("r", "b", now));
  CHECK(cache.take("r", "a", now));
  CHECK(cache.take("r", "c", now));
  for (std::uint8_t mark = 0; mark < 100; ++mark)
    cache.put("r", "made-up-" + std::to_string(mark), session_marked(mark, true));
  CHECK(cache.size("r") == 3);
  for (std::uint8_t mark = 0; mark < 100; ++mark) cache.put("r", "z", session_marked(mark, true));
  CHECK(cache.size("r") == 3);
  CHECK(cache.take("r", "z", now)->state == Buffer{99});
  CHECK(cache.take("quiet", "a", now)->state == Buffer{9});
}

TEST_CASE("workers that share ticket keys replace an old one once and open each other's tickets",
          "[threads]") {
  const auto keys = tls::TicketKeys::make(seconds(100)).value();
  const auto later = system_clock::now() + seconds(101);
  constexpr std::size_t workers = 4;
  const auto context = std::string("context");
  std::array<std::vector<Buffer>, workers> tickets;
  std::vector<std::thread> threads;
  for (std::size_t worker = 0; worker < workers; ++worker) {
    threads.emplace_back([&, worker] {
      for (std::uint8_t i = 0; i < 50; ++i) {
        const Buffer state{static_cast<std::uint8_t>(worker), i};
        if (auto ticket = keys->seal(state, context, later)) tickets[worker].push_back(std::move(*ticket));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const auto name_of = [](const Buffer& ticket) { return Buffer(ticket.begin(), ticket.begin() + 16); };
  for (std::size_t worker = 0; worker < workers; ++worker) {
    REQUIRE(tickets[worker].size() == 50);
    for (std::uint8_t i = 0; i < 50; ++i) {
      CHECK(name_of(tickets[worker][i]) == name_of(tickets[0][0]));
      CHECK(keys->open(tickets[worker][i], context, later) == Buffer{static_cast<std::uint8_t>(worker), i});
    }
  }
}

TEST_CASE("keys of a file: the first seals, all open, and none is made anew") {
  const auto now = system_clock::now();
  const auto line = [](std::uint8_t first) {
    Buffer key(48, 0);
    key[0] = first;
    return to_base64(key) + "\n";
  };
  const auto old_file = tls::TicketKeys::parse("# a comment\r\n\n" + line(1), seconds(100)).value();
  const auto new_file = tls::TicketKeys::parse(line(2) + line(1), seconds(100)).value();
  const auto old_ticket = old_file->seal(as_bytes("state"), "route", now);
  const auto new_ticket = new_file->seal(as_bytes("state"), "route", now);
  REQUIRE(old_ticket);
  REQUIRE(new_ticket);
  CHECK(new_file->open(*old_ticket, "route", now));
  CHECK_FALSE(old_file->open(*new_ticket, "route", now));
  CHECK_FALSE(new_file->open(*old_ticket, "other route", now));
  CHECK_FALSE(new_file->open(*old_ticket, "route", now + seconds(101)));
  // However late, and however often it is told to rotate: the file has the keys.
  REQUIRE(old_file->rotate(now));
  const auto later = old_file->seal(as_bytes("state"), "route", now + seconds(1000));
  REQUIRE(later);
  CHECK(tls::TicketKeys::parse(line(1), seconds(100)).value()->open(*later, "route", now + seconds(1000)));
}

TEST_CASE("a line that is no ticket key is named by its number") {
  const auto line = to_base64(Buffer(48, 7)) + "\n";
  const auto error_of = [](const std::string& text) { return tls::TicketKeys::parse(text).error().message; };
  CHECK(error_of(line + "AAAA\n").find("2: is no ticket key") == 0);
  CHECK(error_of(line + line).find("2: is there twice") == 0);
  CHECK(error_of("\n# nothing\n").find("1: has no key") == 0);
  std::string many;
  for (std::uint8_t i = 0; i <= tls::TicketKeys::max_keys; ++i) many += to_base64(Buffer(48, i)) + "\n";
  CHECK(error_of(many).find("17: is one key too many") == 0);
}
