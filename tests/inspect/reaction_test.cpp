#include "inspect/reaction.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace mailtap;
using namespace mailtap::inspect;
using enum ReactionKind;

TEST_CASE("the reaction follows from how the client's side went") {
  struct Row {
    ReactionFacts facts;
    ReactionKind kind;
  };
  constexpr std::optional<int> none;
  const auto row = GENERATE_REF(
      // shown, handshake done, has spoken, left, alert
      Row{{false, false, false, true, none}, unknown}, Row{{false, true, true, true, none}, unknown},
      Row{{true, false, false, true, 48}, rejected}, Row{{true, true, false, true, 48}, rejected},
      Row{{true, true, false, false, 46}, rejected}, Row{{true, true, true, true, 48}, rejected},
      Row{{true, false, false, true, 51}, rejected}, Row{{true, true, true, true, 51}, accepted},
      Row{{true, false, false, true, 47}, other_alert}, Row{{true, true, false, true, 80}, other_alert},
      Row{{true, true, true, true, none}, accepted}, Row{{true, true, true, false, none}, accepted},
      Row{{true, false, false, true, none}, left_at_certificate},
      Row{{true, true, false, true, none}, no_request}, Row{{true, false, false, false, none}, unknown},
      Row{{true, true, false, false, none}, unknown});
  CHECK(to_string(reaction_to(row.facts)) == to_string(row.kind));
}

TEST_CASE("of an alert that can't be read it is said that there was one") {
  ReactionFacts facts{true, false, false, true, std::nullopt};
  facts.encrypted_alert = true;
  CHECK(reaction_to(facts) == rejected);
  const auto advice = advice_on(rejected, std::nullopt, {std::nullopt, "", false});
  CHECK(advice.find("right after the server's certificate with an alert, which is encrypted") !=
        std::string::npos);
  CHECK(advice.find("put the server right") != std::string::npos);
  CHECK(advice_on(rejected, 48, {std::nullopt, "", true}).find("(unknown_ca): it is in order by the CAs") !=
        std::string::npos);
}

TEST_CASE("the advice on a rejection begins with the alert and goes on with commands") {
  const auto issued = advice_on(rejected, 48, {config::Presentation::issue, "/etc/mailtap/ca.pem", false});
  CHECK(issued.find("The router rejected the presented certificate (unknown_ca): import the CA with "
                    "`certutil -addstore -f Root /etc/mailtap/ca.pem` on Windows") == 0);
  CHECK(issued.find("`mailtap ca export --ca-cert /etc/mailtap/ca.pem`") != std::string::npos);
  CHECK(issued.find("URL") == std::string::npos);
  // An alert that doesn't say whether it is the issuer or the name.
  CHECK(advice_on(rejected, 42, {config::Presentation::issue, "ca.pem", true})
            .find("compare the host in its URL") != std::string::npos);
  CHECK(advice_on(rejected, 45, {config::Presentation::issue, "ca.pem", true}).find("set the clock") !=
        std::string::npos);
  CHECK(advice_on(rejected, 48, {config::Presentation::own, "", true})
            .find("trust the issuer of the certificate given by cert") != std::string::npos);
}

TEST_CASE("the advice on a mirrored certificate tells the server's fault from mailtap's limit") {
  CHECK(advice_on(rejected, 48, {config::Presentation::mirror, "", false})
            .find("the server's own certificate too") != std::string::npos);
  CHECK(advice_on(rejected, 48, {config::Presentation::mirror, "", true})
            .find("mirror can't repeat its CA's signature") != std::string::npos);
  CHECK(advice_on(rejected, 48, {config::Presentation::mirror, "ca.pem", true}).find("import the CA with") !=
        std::string::npos);
}

TEST_CASE("silent refusals are told apart, and what is no refusal has no advice") {
  CHECK(advice_on(left_at_certificate, {}, {config::Presentation::issue, "ca.pem", true})
            .find("closed the connection right after the presented certificate, without an alert") !=
        std::string::npos);
  CHECK(advice_on(no_request, {}, {config::Presentation::issue, "ca.pem", true})
            .find("finished the handshake and left without a request") != std::string::npos);
  for (const auto kind : {unknown, accepted, other_alert})
    CHECK(advice_on(kind, {}, {config::Presentation::issue, "ca.pem", true}).empty());
}
