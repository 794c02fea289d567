// The two files of data, and what a wrong one is told.
#include "inspect/explain/knowledge.h"

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "certs/verify/verdict.h"

namespace mailtap::explain {

namespace {

std::string problem_of(std::string_view causes, std::string_view patterns) {
  const auto knowledge = Knowledge::parse(causes, patterns);
  return knowledge ? "" : knowledge.error().message;
}

constexpr std::string_view one_cause =
    "cause general\nside client\nen a\nvi b\ndo-en c\ndo-vi d\nnext mailtap check {target}\n";

}  // namespace

TEST_CASE("the files that are built in can be read, and there is a lot in them") {
  const auto knowledge = Knowledge::parse(causes_file(), patterns_file());
  INFO((knowledge ? "" : knowledge.error().message));
  REQUIRE(knowledge);
  CHECK(knowledge->patterns().size() >= 500);
  CHECK(knowledge->causes().size() >= 60);
  CHECK(known_as_of().size() == 10);
}

TEST_CASE("no two patterns have one name, and every cause is spoken for") {
  std::set<std::string_view> names;
  std::set<const Cause*> spoken_for;
  for (const auto& pattern : built_in().patterns()) {
    INFO(pattern.id);
    CHECK(names.insert(pattern.id).second);
    CHECK(!pattern.source.empty());
    spoken_for.insert(pattern.cause);
  }
  for (const auto& cause : built_in().causes()) {
    INFO(cause.id);
    CHECK(spoken_for.count(&cause) == 1);
  }
}

TEST_CASE("a cause's faults are those of verdicts") {
  using certs::Fault;
  std::set<std::string_view> faults;
  for (const auto fault :
       {Fault::self_signed, Fault::untrusted_root, Fault::incomplete_chain, Fault::expired,
        Fault::not_yet_valid, Fault::revoked, Fault::bad_signature, Fault::weak_key, Fault::weak_signature,
        Fault::wrong_usage, Fault::constraint_violation, Fault::not_a_ca, Fault::malformed,
        Fault::critical_extension, Fault::missing_staple})
    faults.insert(certs::to_string(fault));
  for (const auto& cause : built_in().causes())
    for (const auto fault : cause.faults) {
      INFO(cause.id << ": " << fault);
      CHECK(faults.count(fault) == 1);
    }
}

TEST_CASE("every cause is said in both languages and ends in a command of mailtap's") {
  for (const auto& cause : built_in().causes()) {
    INFO(cause.id);
    CHECK(cause.what_en != cause.what_vi);
    CHECK(cause.do_en != cause.do_vi);
    CHECK(cause.what_en.back() == '.');
    CHECK(cause.what_vi.back() == '.');
    for (const auto command : cause.next) CHECK(command.starts_with("mailtap "));
  }
}

TEST_CASE("a file that is wrong is named, with the line") {
  CHECK(problem_of(one_cause, "a\tany\tgeneral\ttext\tsource\n").empty());
  CHECK(problem_of("en text\n", "") ==
        "inspect/explain/causes.txt:1: not a line that a cause has, or a second one");
  CHECK(problem_of("cause a\nside nobody\n", "") ==
        "inspect/explain/causes.txt:2: not a line that a cause has, or a second one");
  CHECK(problem_of("cause a\nside client\n", "") == "inspect/explain/causes.txt:1: a text is missing");
  CHECK(problem_of("cause a\nunder b\nside client\nen a\nvi b\ndo-en c\ndo-vi d\nnext e\n", "") ==
        "inspect/explain/causes.txt:1: under a cause that isn't before it");
  CHECK(problem_of(one_cause, "a\tany\tnone\ttext\tsource\n") ==
        "inspect/explain/patterns.tsv:1: no such cause");
  for (const auto* const expression : {"", "* text", "a | ", "= ", "a ** b"}) {
    INFO(expression);
    CHECK(problem_of(one_cause, "# comment\na\tany\tgeneral\t" + std::string(expression) + "\tsource\n")
              .starts_with("inspect/explain/patterns.tsv:2: "));
  }
}

}  // namespace mailtap::explain
