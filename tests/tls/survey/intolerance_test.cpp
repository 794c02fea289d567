#include "tls/survey/intolerance.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <functional>

#include "server.h"
#include "tls/client_hello.h"

using namespace mailtap;
using namespace mailtap::tls::survey;
using namespace mailtap::test;
using End = Answer::End;
using Outcome = Trial::Outcome;

namespace {

/// What a server, or the box before it, doesn't stand; nothing: it answers.
using Mind = std::function<std::optional<End>(const Question&, std::size_t bytes)>;

struct Server {
  Mind minds = [](const Question&, std::size_t) -> std::optional<End> { return {}; };
  std::uint16_t newest = 0x0304;
  std::uint16_t group = 0x001D;
  std::string on_large_message = "closed";
  std::size_t asked = 0;

  Answer answer(const Question& question) {
    ++asked;
    const auto bytes = make_hello(question.hello, some_random()).size();
    Answer answer;
    if (const auto end = minds(question, bytes)) {
      answer.end = *end;
      answer.detail = *end == End::refused ? "it closed the connection" : "no answer within 5 s";
      return answer;
    }
    answer.end = End::answered;
    answer.flight.has_hello = answer.flight.is_whole = true;
    answer.flight.version = std::min(newest, question.hello.version);
    const auto& groups = question.hello.groups;
    answer.flight.group = std::find(groups.begin(), groups.end(), group) == groups.end() ? 0x001D : group;
    if (question.follow == Follow::large_message) answer.reaction = on_large_message;
    return answer;
  }

  Tolerance tried(const std::string& sni = "mail.contoso.com") {
    Intolerance trials(sni);
    while (const auto next = trials.next()) trials.answer(next->id, answer(next->question));
    CHECK(trials.is_done());
    return trials.tolerance();
  }
};

std::vector<std::string> intolerant(const Tolerance& tolerance) {
  std::vector<std::string> names;
  for (const auto& trial : tolerance.trials)
    if (trial.is_intolerant()) names.push_back(trial.name);
  return names;
}

Outcome outcome_of(const Tolerance& tolerance, const std::string& name) {
  const auto found = std::find_if(tolerance.trials.begin(), tolerance.trials.end(),
                                  [&](const Trial& trial) { return trial.name == name; });
  REQUIRE(found != tolerance.trials.end());
  return found->outcome;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a server that answers everything is asked each thing once") {
  Server server;
  const auto tolerance = server.tried();
  CHECK(tolerance.hello == 0x0304);
  CHECK(tolerance.version == 0x0304);
  CHECK(tolerance.is_tolerant());
  CHECK(tolerance.post_quantum == Known::no);
  CHECK(tolerance.large_packets == Known::unknown);
  CHECK(server.asked == 1 + tolerance.trials.size());
  CHECK(tolerance.trials.size() == 18);
}

TEST_CASE("every hello is one that a parser of hellos takes, and as large as its trial says") {
  Server server;
  std::vector<std::size_t> sizes;
  server.minds = [&](const Question& question, std::size_t bytes) -> std::optional<End> {
    const auto hello = make_hello(question.hello, some_random());
    const auto parsed = tls::parse_client_hello(hello);
    CHECK((parsed && *parsed));
    sizes.push_back(bytes);
    return {};
  };
  const auto tolerance = server.tried();
  for (const auto& trial : tolerance.trials) {
    CHECK(std::find(sizes.begin(), sizes.end(), trial.bytes) != sizes.end());
    if (trial.name.starts_with("large-1400")) CHECK(trial.bytes == 1440);
    if (trial.name.starts_with("large-4096")) CHECK(trial.bytes == 4200);
    if (trial.name == "post-quantum") CHECK(trial.bytes > 1440);
    if (trial.name == "two-segments") CHECK((trial.segments == 2 && trial.bytes <= 5 + 512));
    if (trial.name == "size-384") CHECK(trial.bytes == 384);
  }
}

TEST_CASE("who minds large hellos is told by those alone, and other large packets do arrive") {
  Server server;
  server.minds = [](const Question&, std::size_t bytes) -> std::optional<End> {
    return bytes > 1400 ? std::optional(End::silent) : std::nullopt;
  };
  const auto tolerance = server.tried();
  CHECK(intolerant(tolerance) == Names{"large-1400", "large-1400-two-segments", "large-1400-ten-segments",
                                       "large-4096", "large-4096-two-segments", "large-4096-ten-segments",
                                       "post-quantum"});
  CHECK(tolerance.large_packets == Known::yes);
}

TEST_CASE("who never answers hellos of 256 to 511 bytes is told by that, and asked everything else") {
  Server server;
  server.minds = [](const Question&, std::size_t bytes) -> std::optional<End> {
    return bytes >= 5 + 256 && bytes < 5 + 512 ? std::optional(End::silent) : std::nullopt;
  };
  CHECK(intolerant(server.tried()) == Names{"size-384"});
}

TEST_CASE("a network that loses large packets isn't an intolerant server") {
  Server server;
  server.minds = [](const Question& question, std::size_t bytes) -> std::optional<End> {
    return bytes / question.segments > 1200 ? std::optional(End::silent) : std::nullopt;
  };
  server.on_large_message = "silence";
  const auto tolerance = server.tried();
  CHECK(tolerance.is_tolerant());
  CHECK(tolerance.large_packets == Known::no);
  CHECK(outcome_of(tolerance, "large-1400") == Outcome::network);
  CHECK(outcome_of(tolerance, "large-4096-two-segments") == Outcome::network);
  CHECK(outcome_of(tolerance, "large-4096-ten-segments") == Outcome::tolerated);
}

TEST_CASE("a server that minds large hellos is found behind such a network too") {
  Server server;
  server.minds = [](const Question& question, std::size_t bytes) -> std::optional<End> {
    return bytes > 1400 || bytes / question.segments > 1200 ? std::optional(End::silent) : std::nullopt;
  };
  server.on_large_message = "silence";
  const auto tolerance = server.tried();
  CHECK(intolerant(tolerance) ==
        Names{"large-1400-two-segments", "large-1400-ten-segments", "large-4096-ten-segments"});
  CHECK(outcome_of(tolerance, "large-1400") == Outcome::network);
}

TEST_CASE("a box that reads the first segment alone minds segments, whatever their size") {
  Server server;
  server.minds = [](const Question& question, std::size_t) -> std::optional<End> {
    return question.segments > 1 ? std::optional(End::refused) : std::nullopt;
  };
  CHECK(intolerant(server.tried()) == Names{"two-segments", "ten-segments", "large-1400-two-segments",
                                            "large-1400-ten-segments", "large-4096-two-segments",
                                            "large-4096-ten-segments"});
}

TEST_CASE("each kind of what nobody knows is told from the others") {
  const auto minding = [](const std::function<bool(const Hello&)>& is_minded) {
    Server server;
    server.minds = [is_minded](const Question& question, std::size_t) -> std::optional<End> {
      return is_minded(question.hello) ? std::optional(End::refused) : std::nullopt;
    };
    return intolerant(server.tried());
  };
  CHECK(minding([](const Hello& hello) { return contains(hello.suites, grease::suite); }) ==
        Names{"unknown-suites"});
  CHECK(minding([](const Hello& hello) { return contains(hello.groups, grease::group); }) ==
        Names{"unknown-groups"});
  CHECK(minding([](const Hello& hello) { return !hello.unknown_extensions.empty(); }) ==
        Names{"unknown-extensions"});
  CHECK(minding([](const Hello& hello) { return contains(hello.other_versions, 0x0305); }) ==
        Names{"unknown-versions"});
  CHECK(minding([](const Hello& hello) {
          return contains(hello.signature_algorithms, grease::signature_algorithm);
        }) == Names{"unknown-signature-algorithms"});
  CHECK(minding([](const Hello& hello) { return hello.sni.empty(); }) == Names{"no-sni"});
  CHECK(minding([](const Hello& hello) { return hello.sni.ends_with(".invalid"); }) == Names{"unknown-sni"});
  CHECK(minding([](const Hello& hello) { return !hello.in_compatibility_mode; }) ==
        Names{"no-compatibility-mode"});
  CHECK(minding([](const Hello& hello) { return hello.in_compatibility_mode; }) ==
        Names{"compatibility-mode"});
}

TEST_CASE("a server that minds TLS 1.3 is asked the rest by an older hello") {
  Server server;
  server.newest = 0x0303;
  server.minds = [](const Question& question, std::size_t) -> std::optional<End> {
    return question.hello.version == 0x0304 ? std::optional(End::refused) : std::nullopt;
  };
  const auto tolerance = server.tried("");
  CHECK(tolerance.hello == 0x0303);
  CHECK(tolerance.version == 0x0303);
  CHECK(intolerant(tolerance) == Names{"tls13-hello"});
  CHECK(tolerance.post_quantum == Known::unknown);
}

TEST_CASE("who answers nothing isn't asked more") {
  Server server;
  server.minds = [](const Question&, std::size_t) { return std::optional(End::silent); };
  const auto tolerance = server.tried();
  CHECK(tolerance.hello == 0);
  CHECK(tolerance.trials.empty());
  CHECK(tolerance.detail == "no answer within 5 s");
  CHECK(server.asked == 6);
}

TEST_CASE("a failure that doesn't come again is none") {
  Server server;
  server.minds = [&](const Question&, std::size_t) -> std::optional<End> {
    return server.asked == 3 ? std::optional(End::refused) : std::nullopt;
  };
  CHECK(server.tried().is_tolerant());
}

TEST_CASE("a server that has had enough of us isn't intolerant") {
  Server server;
  server.minds = [&](const Question&, std::size_t) -> std::optional<End> {
    return server.asked > 5 ? std::optional(End::refused) : std::nullopt;
  };
  const auto tolerance = server.tried();
  CHECK(tolerance.has_stopped);
  CHECK(tolerance.is_tolerant());
  CHECK(outcome_of(tolerance, "unknown-sni") == Outcome::unknown);
}

TEST_CASE("a server that has X25519MLKEM768 says so by choosing it") {
  Server server;
  server.group = 0x11EC;
  CHECK(server.tried().post_quantum == Known::yes);
}

TEST_CASE("a large message follows the server's flight, and its end tells that it came") {
  Question question;
  question.hello.suites = {0x002F};
  question.follow = Follow::large_message;
  Conversation conversation(question, some_random());
  const auto step = conversation.feed(server_hello(0x0303, 0x002F) + certificate() + hello_done());
  CHECK(step.say.size() == large_record);
  CHECK(step.soon);
  CHECK(conversation.feed(alert(10)).done);
  CHECK(conversation.answer().reaction == "alert 10");
}
