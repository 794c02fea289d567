#include "tls/survey/survey.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <optional>
#include <utility>

#include "server.h"
#include "tls/survey/weaknesses.h"

using namespace mailtap;
using namespace mailtap::tls::survey;
using namespace mailtap::test;
using Numbers = std::vector<std::uint16_t>;

namespace {

TableServer modern() {
  TableServer server;
  server.versions = {{0x0303, {0xC030, 0xC02F, 0xC013, 0x002F}}, {0x0304, {0x1302, 0x1301}}};
  server.groups = {23, 29, 24};
  server.algorithms = {0x0804, 0x0401};
  server.extensions = {0xFF01, 0x0017, 0x0023};
  server.alpn = {"imap", "h2"};
  return server;
}

Numbers suites_of(const VersionFound& version) {
  Numbers suites;
  for (const auto& suite : version.suites) suites.push_back(suite.suite);
  return suites;
}

}  // namespace

TEST_CASE("all suites of each version are found, in the server's order where it has one") {
  for (const bool has_order : {true, false}) {
    auto server = modern();
    server.has_order = has_order;
    Survey survey("mail.contoso.com");
    run(survey, server);
    const auto& findings = survey.findings();
    const auto& tls12 = *findings.find(0x0303);
    CHECK(tls12.spoken);
    CHECK(tls12.order == (has_order ? Order::server : Order::client));
    auto suites = suites_of(tls12);
    if (has_order) CHECK(suites == Numbers{0xC030, 0xC02F, 0xC013, 0x002F});
    std::sort(suites.begin(), suites.end());
    CHECK(suites == Numbers{0x002F, 0xC013, 0xC02F, 0xC030});
    CHECK(suites_of(*findings.find(0x0304)).size() == 2);
    CHECK_FALSE(findings.speaks(0x0301));
    CHECK(findings.find(0x0301)->detail == "alert protocol_version (70)");
    CHECK_FALSE(findings.speaks(0x0002));
  }
}

TEST_CASE("suites of both hellos are put into the order that the server has for all") {
  auto server = modern();
  server.versions = {{0x0303, {0x0005, 0x0034, 0xC030, 0x0001}}};  // an anonymous one and NULL are rare
  Survey survey("");
  run(survey, server);
  const auto& findings = survey.findings();
  CHECK(suites_of(*findings.find(0x0303)) == Numbers{0x0005, 0x0034, 0xC030, 0x0001});
}

TEST_CASE("a server that fails at its own choice is asked without it, and has its order all the same") {
  auto server = modern();
  server.versions = {{0x0303, {0x009E, 0xC030, 0x002F, 0xC013}}};
  server.stumbles_at = 0x009E;  // DHE without a prime
  Survey survey("");
  const auto& tls12 = *run(survey, server).find(0x0303);
  CHECK(suites_of(tls12) == Numbers{0xC030, 0x002F, 0xC013});
  CHECK(tls12.order == Order::server);
}

TEST_CASE("a server that closes without a word where it fails at its own choice hides no suite behind that") {
  auto server = modern();
  // DHE without a prime, as Dovecot without ssl_dh; usual suites and rare ones of another key exchange.
  server.versions = {{0x0303, {0x009E, 0xC030, 0xC02F, 0xC052, 0xC060, 0x002F, 0x003C}}};
  server.closes = true;
  for (const std::uint16_t broken : {0x009E, 0xC052}) {
    for (const bool has_order : {true, false}) {
      server.stumbles_at = broken;
      server.has_order = has_order;
      Survey survey("");
      const auto& tls12 = *run(survey, server).find(0x0303);
      auto expected = server.versions.front().suites;
      std::erase_if(expected, [](std::uint16_t suite) { return suite == 0x009E || suite == 0xC052; });
      auto suites = suites_of(tls12);
      std::erase_if(suites, [](std::uint16_t suite) { return suite == 0x009E || suite == 0xC052; });
      if (!has_order) std::sort(suites.begin(), suites.end());
      if (!has_order) std::sort(expected.begin(), expected.end());
      CHECK(suites == expected);
      CHECK(tls12.order == (has_order ? Order::server : Order::client));
    }
  }
  server.versions = {{0x0301, {0x002F, 0x0033, 0xC013, 0x0001}}};
  server.stumbles_at = 0x0033;
  server.has_order = true;
  Survey versions("", Scope::versions);
  const auto& tls10 = *run(versions, server).find(0x0301);
  CHECK(suites_of(tls10) == Numbers{0x002F, 0x0001, 0xC013});
}

TEST_CASE("where the client's order decides, suites of several hellos aren't hunted twice") {
  auto server = modern();
  server.versions = {{0x0303, {0x0005, 0x0034, 0xC030, 0xC02F, 0xC013, 0x002F, 0x003C, 0x0001}}};
  Survey ordered(""), unordered("");
  const auto many = run(ordered, server).questions;
  server.has_order = false;
  CHECK(run(unordered, server).questions < many);
  CHECK(unordered.findings().find(0x0303)->suites.size() == 8);
}

TEST_CASE("asked for its versions alone, a server gets few questions, and its old suites are all found") {
  auto server = modern();
  server.versions.insert(server.versions.begin(),
                         {0x0301, {0x002F, 0x0005, 0x0001}});  // and a rare one: NULL
  Survey survey("mail.contoso.com", Scope::versions);
  run(survey, server);
  const auto& findings = survey.findings();
  CHECK(suites_of(*findings.find(0x0301)) == Numbers{0x002F, 0x0005, 0x0001});
  CHECK_FALSE(findings.speaks(0x0302));
  CHECK(findings.find(0x0302)->detail == "alert protocol_version (70)");
  CHECK(suites_of(*findings.find(0x0303)) == Numbers{0xC030});
  CHECK(suites_of(*findings.find(0x0304)) == Numbers{0x1302});
  CHECK(findings.versions.size() == 4);
  CHECK(findings.questions <= 10);
}

TEST_CASE("a server of TLS 1.0 that fails at DHE speaks TLS 1.0 all the same") {
  auto server = modern();
  server.versions = {{0x0301, {0x0033, 0x002F, 0x000A}}};
  server.stumbles_at = 0x0033;
  Survey survey("", Scope::versions);
  const auto& tls10 = *run(survey, server).find(0x0301);
  CHECK(tls10.spoken);
  CHECK(suites_of(tls10) == Numbers{0x002F, 0x000A});
}

TEST_CASE("SSL 3.0 is asked about where nothing newer is spoken, and only there") {
  auto server = modern();
  server.versions = {{0x0300, {0x0005}}};
  Survey survey("", Scope::versions);
  run(survey, server);
  const auto& findings = survey.findings();
  CHECK(findings.newest() == 0x0300);
  CHECK(findings.versions.front().version == 0x0300);
  server.versions.push_back({0x0301, {0x0005}});
  Survey another("", Scope::versions);
  CHECK(run(another, server).find(0x0300) == nullptr);
}

TEST_CASE("a server that says nothing is asked once for each version") {
  Survey survey("", Scope::versions);
  std::size_t asked = 0;
  while (const auto question = survey.next()) {
    ++asked;
    Answer silence;
    silence.end = Answer::End::silent;
    survey.answer(question->id, silence);
  }
  CHECK(asked == 4);
  CHECK(survey.findings().find(0x0303)->unanswered);
}

TEST_CASE("groups and signature algorithms are found with their order") {
  Survey survey("mail.contoso.com");
  run(survey, modern());
  const auto& findings = survey.findings();
  for (const std::uint16_t version : {0x0303, 0x0304}) {
    CHECK(findings.find(version)->groups == Numbers{23, 29, 24});
    CHECK(findings.find(version)->group_order == Order::server);
  }
  CHECK(findings.find(0x0303)->signature_algorithms == Numbers{0x0804, 0x0401});
  CHECK(findings.find(0x0304)->signature_algorithms == Numbers{0x0804});
}

TEST_CASE("what hellos show of extensions, application protocols and the fallback signal is found") {
  Survey survey("mail.contoso.com");
  run(survey, modern());
  const auto& findings = survey.findings();
  CHECK(findings.secure_renegotiation == Known::yes);
  CHECK(findings.extended_main_secret == Known::yes);
  CHECK(findings.tickets == Known::yes);
  CHECK(findings.compression == Known::no);
  CHECK(findings.encrypt_then_mac == Known::no);
  CHECK(findings.heartbeat == Known::no);
  CHECK(findings.fallback_scsv == Known::yes);
  CHECK(findings.alpn == std::vector<std::string>{"imap", "h2"});
  auto forgetful = modern();
  forgetful.knows_fallback = false;
  Survey another("mail.contoso.com");
  CHECK(run(another, forgetful).fallback_scsv == Known::no);
}

TEST_CASE("certificates are told apart by the name that is asked for") {
  auto server = modern();
  server.other_sni = "other";
  Survey survey("mail.contoso.com");
  run(survey, server);
  const auto& findings = survey.findings();
  REQUIRE(findings.certificates.size() == 2);
  CHECK(findings.certificates[0].when == std::vector<std::string>{"RSA", "no SNI"});
  CHECK(findings.certificates[1].when == std::vector<std::string>{"unknown SNI"});
  server.other_sni = "refused";
  Survey another("mail.contoso.com");
  CHECK(run(another, server).unknown_sni == "alert unrecognized_name (112)");
}

TEST_CASE("a question that was lost is asked once more, and then its version isn't known to be absent") {
  Survey survey("mail.contoso.com");
  const auto server = modern();
  std::size_t asked_of_tls10 = 0;
  while (const auto asked = survey.next()) {
    const bool is_tls10 = !asked->question.in_sslv2 && asked->question.hello.version == 0x0301;
    if (is_tls10) ++asked_of_tls10;
    survey.answer(asked->id, is_tls10 ? Answer{} : server.answer(asked->question));
  }
  CHECK(survey.is_done());
  CHECK(asked_of_tls10 == 6);  // three hellos, each twice
  CHECK(survey.findings().find(0x0301)->unanswered);
  CHECK(survey.findings().unanswered == 3);
}

TEST_CASE(
    "at the end the hello that was answered first is asked once more, and the server is found not to have "
    "stopped") {
  Survey survey("mail.contoso.com");
  const auto server = modern();
  std::vector<Question> asked;
  std::optional<Question> answered_first;
  while (const auto one = survey.next()) {
    asked.push_back(one->question);
    const auto answer = server.answer(one->question);
    if (answer.is_good() && !answered_first) answered_first = one->question;
    survey.answer(one->id, answer);
  }
  REQUIRE(answered_first);
  CHECK(asked.back() == *answered_first);
  CHECK(std::count(asked.begin(), asked.end(), asked.back()) == 2);
  CHECK_FALSE(survey.findings().stopped_answering);
}

TEST_CASE(
    "of a server that stops answering, what wasn't found isn't known to be absent, and there is no grade") {
  auto server = modern();
  server.versions[0].suites = {0xC030, 0xC02F, 0x002F, 0x0005, 0x0001};
  const auto enough = {refused("it closed the connection"), refused("it reset the connection"),
                       refused("alert internal_error (80)", 80)};
  for (const auto& no_more : enough) {
    INFO(no_more.detail);
    Survey survey("mail.contoso.com");
    std::size_t good = 0, after = 0;
    while (const auto asked = survey.next()) {
      const auto answer = server.answer(asked->question);
      const bool is_relayed = good < 2;
      if (answer.is_good()) ++good;
      if (!is_relayed) ++after;
      survey.answer(asked->id, is_relayed ? answer : no_more);
    }
    REQUIRE(after > 2);
    const auto& findings = survey.findings();
    CHECK(findings.stopped_answering);
    CHECK(findings.speaks(0x0303));
    CHECK(findings.find(0x0301)->unanswered);
    CHECK(findings.without_sni.empty());
    const auto weaknesses = weaknesses_of(findings);
    CHECK(std::none_of(weaknesses.begin(), weaknesses.end(),
                       [](const Weakness& one) { return one.state == State::no; }));
    const auto grade = grade_of(findings, weaknesses);
    CHECK(grade.letter == '?');
    CHECK(grade.reasons.front().starts_with("the server stopped answering"));
  }
}

TEST_CASE("a server that fails the last hello once hasn't stopped answering") {
  Survey survey("mail.contoso.com");
  const auto server = modern();
  std::optional<Question> answered_first;
  std::size_t failed = 0;
  while (const auto one = survey.next()) {
    auto answer = server.answer(one->question);
    if (answered_first && one->question == *answered_first && failed++ == 0)
      answer = refused("it closed the connection");
    else if (answer.is_good() && !answered_first)
      answered_first = one->question;
    survey.answer(one->id, answer);
  }
  CHECK(failed == 2);
  CHECK_FALSE(survey.findings().stopped_answering);
}

TEST_CASE("asked for its versions alone, a server of old ones is asked whether it has stopped answering") {
  auto server = modern();
  server.versions.insert(server.versions.begin(), {0x0301, {0x002F, 0x0005}});
  Survey survey("", Scope::versions);
  std::size_t good = 0;
  while (const auto asked = survey.next()) {
    const auto answer = server.answer(asked->question);
    const bool is_old = asked->question.hello.version == 0x0301;
    survey.answer(asked->id, is_old && good++ == 0 ? answer : refused("it closed the connection"));
  }
  CHECK(survey.findings().newest() == 0x0301);
  CHECK(survey.findings().stopped_answering);
  CHECK(survey.findings().find(0x0303)->unanswered);
}

TEST_CASE("silence after SSL 2.0's hello is an answer, and isn't asked for twice") {
  Survey survey("mail.contoso.com");
  const auto server = modern();
  std::size_t asked_in_sslv2 = 0;
  while (const auto asked = survey.next()) {
    auto answer = server.answer(asked->question);
    if (asked->question.in_sslv2) answer.end = Answer::End::silent;
    if (asked->question.in_sslv2) ++asked_in_sslv2;
    survey.answer(asked->id, std::move(answer));
  }
  CHECK(asked_in_sslv2 == 1);
  CHECK(survey.findings().unanswered == 0);
  CHECK_FALSE(survey.findings().find(0x0002)->unanswered);
}

TEST_CASE("answers in any order come to the same") {
  Survey in_turn("mail.contoso.com"), last_first("mail.contoso.com");
  const auto server = modern();
  const auto& expected = run(in_turn, server);
  std::vector<Survey::Asked> asked;
  while (!last_first.is_done()) {
    while (auto one = last_first.next()) asked.push_back(std::move(*one));
    const auto one = std::move(asked.back());
    asked.pop_back();
    last_first.answer(one.id, server.answer(one.question));
  }
  const auto& found = last_first.findings();
  CHECK(found.questions == expected.questions);
  for (std::size_t i = 0; i < found.versions.size(); ++i) {
    CHECK(found.versions[i].suites == expected.versions[i].suites);
    CHECK(found.versions[i].groups == expected.versions[i].groups);
    CHECK(found.versions[i].signature_algorithms == expected.versions[i].signature_algorithms);
  }
}

TEST_CASE("a server that takes an early ChangeCipherSpec has CCS injection, one that refuses it has not") {
  for (const auto& [reaction, expected] :
       {std::pair{"alert 10", Known::no}, std::pair{"closed", Known::no},
        std::pair{"silence, alert 20", Known::yes}, std::pair{"silence, silence", Known::unknown}}) {
    auto server = modern();
    server.on_early_ccs = reaction;
    Survey survey("");
    CHECK(run(survey, server).ccs_injection == expected);
  }
}

TEST_CASE("Heartbleed is asked about only where heartbeats are offered, and found by the answer to one") {
  for (const auto& [reaction, expected] :
       {std::pair{"silence", Known::no}, std::pair{"heartbeat", Known::yes}}) {
    auto server = modern();
    server.extensions.push_back(0x000F);
    server.on_heartbeat = reaction;
    Survey survey("");
    run(survey, server);
    const auto& findings = survey.findings();
    CHECK(findings.heartbeat == Known::yes);
    CHECK(findings.heartbleed == expected);
  }
}

TEST_CASE(
    "a server that reacts differently to one of five wrong key exchanges, twice, has Bleichenbacher's "
    "oracle") {
  const std::string one = "alert 20", other = "alert 51", none = "silence";
  const std::vector<std::pair<std::vector<std::string>, Known>> cases{
      {{one, one, one, one, one}, Known::no},        {{none, none, none, none, none}, Known::no},
      {{one, other, other, other, one}, Known::yes}, {{one, one, one, none, one}, Known::yes},
      {{one, "", one, one, one}, Known::unknown},
  };
  for (const auto& [reactions, expected] : cases) {
    auto server = modern();
    server.leaf = rsa_certificate();
    server.vectors = bleichenbacher_vectors(server.leaf, 0x0303);
    REQUIRE(server.vectors.size() == 5);
    server.reactions = reactions;
    Survey survey("");
    run(survey, server);
    const auto& findings = survey.findings();
    CHECK(findings.bleichenbacher == expected);
    CHECK(findings.bleichenbacher_reactions == reactions);
  }
}

TEST_CASE("reactions that differ once and not again are no oracle") {
  auto server = modern();
  server.leaf = rsa_certificate();
  server.vectors = bleichenbacher_vectors(server.leaf, 0x0303);
  server.reactions = std::vector<std::string>(5, "alert 20");
  Survey survey("");
  bool is_first = true;
  while (const auto asked = survey.next()) {
    auto answer = server.answer(asked->question);
    if (asked->question.follow == Follow::key_exchange && std::exchange(is_first, false))
      answer.reaction = "reset";
    survey.answer(asked->id, std::move(answer));
  }
  CHECK(survey.findings().bleichenbacher == Known::no);
}

TEST_CASE("a certificate without an RSA key has no vectors") {
  CHECK(bleichenbacher_vectors(Buffer{1, 2, 3}, 0x0303).empty());
}

TEST_CASE("groups are found behind a certificate whose curve the client has to list") {
  auto server = modern();
  server.versions = {{0x0303, {0xC02B, 0xC02C}}};  // of ECDSA
  server.has_order = false;
  server.certificate_group = 23;
  Survey survey("mail.contoso.com");
  auto groups = run(survey, server).find(0x0303)->groups;
  std::sort(groups.begin(), groups.end());
  CHECK(groups == Numbers{23, 24, 29});
}

TEST_CASE("algorithms of both kinds of keys are found where the suite is chosen first") {
  auto server = modern();
  server.versions = {{0x0303, {0xC02F, 0xC02B}}};  // RSA's before ECDSA's
  server.algorithms = {0x0804, 0x0401, 0x0403};
  server.signs_by_suite = true;
  Survey survey("mail.contoso.com");
  CHECK(run(survey, server).find(0x0303)->signature_algorithms == Numbers{0x0804, 0x0401, 0x0403});
}

TEST_CASE("a mail server that has had enough isn't told of as one that wants a name") {
  for (const auto end : {Answer::End::unreachable, Answer::End::not_tls}) {
    const auto server = modern();
    Survey survey("mail.contoso.com");
    while (const auto asked = survey.next()) {
      auto answer = server.answer(asked->question);
      if (asked->question.hello.sni != "mail.contoso.com" && !asked->question.in_sslv2) {
        answer = {};
        answer.end = end;
        answer.detail = "it answered 421 4.7.0 Too many connections";
      }
      survey.answer(asked->id, answer);
    }
    CHECK(survey.findings().without_sni.empty());
    CHECK(survey.findings().unknown_sni.empty());
    CHECK(survey.findings().unanswered > 0);
  }
}
