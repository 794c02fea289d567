#include "bench/limbo/limbo.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "certs/advice/full_verdict.h"
#include "certs/clients/judge.h"
#include "certs/model/pem.h"
#include "certs/model/signature.h"
#include "certs/verify/trust_store.h"

namespace mailtap::limbo {

namespace {

using rapidjson::Value;

std::string text_of(const Value& object, const char* member) {
  const auto found = object.FindMember(member);
  return found != object.MemberEnd() && found->value.IsString() ? found->value.GetString() : std::string{};
}

std::vector<std::string> texts_of(const Value& object, const char* member) {
  std::vector<std::string> texts;
  const auto found = object.FindMember(member);
  if (found == object.MemberEnd() || !found->value.IsArray()) return texts;
  for (const auto& item : found->value.GetArray())
    if (item.IsString()) texts.emplace_back(item.GetString());
  return texts;
}

Result<Case> parse_case(const Value& object) {
  if (!object.IsObject()) return fail("a testcase that isn't an object");
  Case test;
  test.id = text_of(object, "id");
  test.peer = text_of(object, "peer_certificate");
  if (test.id.empty() || test.peer.empty()) return fail("a testcase without id or peer_certificate");
  test.sent = texts_of(object, "untrusted_intermediates");
  test.trusted = texts_of(object, "trusted_certs");
  test.crls = texts_of(object, "crls");
  test.validation_time = text_of(object, "validation_time");
  test.contradicted = !texts_of(object, "conflicts_with").empty();
  test.server = text_of(object, "validation_kind") == "SERVER";
  test.expected = text_of(object, "expected_result");
  const auto depth = object.FindMember("max_chain_depth");
  test.max_chain_depth = depth != object.MemberEnd() && !depth->value.IsNull();
  const auto name = object.FindMember("expected_peer_name");
  if (name != object.MemberEnd() && name->value.IsObject()) test.peer_name = text_of(name->value, "value");
  return test;
}

/// The DER of each PEM text; one that can't be decoded goes on as it is, to be judged malformed.
std::vector<Buffer> to_der(const std::vector<std::string>& pems) {
  std::vector<Buffer> ders;
  for (const auto& pem : pems) {
    const auto blocks = certs::parse_pem(pem);
    ders.push_back(blocks && !blocks->empty() ? blocks->front().content : Buffer(pem.begin(), pem.end()));
  }
  return ders;
}

std::string explain(const certs::Verdict& verdict) {
  std::string text;
  for (const auto& finding : verdict.findings)
    text += std::string(to_string(finding.fault)) + "@" + std::to_string(finding.position) + ": " +
            finding.detail + "; ";
  return text;
}

}  // namespace

Result<std::vector<Case>> parse_suite(std::string_view json) {
  rapidjson::Document document;
  document.Parse(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) return fail("the suite isn't a JSON object");
  const auto list = document.FindMember("testcases");
  if (list == document.MemberEnd() || !list->value.IsArray()) return fail("the suite has no testcases");
  std::vector<Case> cases;
  for (const auto& item : list->value.GetArray()) {
    auto test = parse_case(item);
    if (!test) return tl::unexpected(test.error());
    cases.push_back(std::move(*test));
  }
  return cases;
}

namespace {

/// Question, store and chain of a case; an outcome says why there is none.
struct Prepared {
  std::shared_ptr<const certs::TrustStore> store;
  certs::Question question;
  std::vector<Buffer> chain;
  std::optional<Outcome> outcome{};
};

Prepared prepare(const Case& test, certs::Profile profile, Time now, const std::vector<Buffer>& trusted) {
  Prepared prepared{nullptr, {test.peer_name, now, profile}, to_der({test.peer})};
  if (!test.server) prepared.outcome = {test.id, "SKIPPED", "client certificates aren't judged"};
  if (test.max_chain_depth) prepared.outcome = {test.id, "SKIPPED", "the length of chains can't be set"};
  if (prepared.outcome) return prepared;
  const auto store = certs::TrustStore::of(trusted, to_der(test.crls));
  if (!store) {
    prepared.outcome = {test.id, "FAILURE", store.error().message};
    return prepared;
  }
  prepared.store = *store;
  if (!test.validation_time.empty()) {
    const auto time = from_rfc3339(test.validation_time);
    if (!time) {
      prepared.outcome = {test.id, "SKIPPED", time.error().message};
      return prepared;
    }
    prepared.question.at = *time;
  }
  for (auto& der : to_der(test.sent)) prepared.chain.push_back(std::move(der));
  return prepared;
}

}  // namespace

Outcome run(const Case& test, certs::Profile profile, Time now) {
  const auto prepared = prepare(test, profile, now, to_der(test.trusted));
  if (prepared.outcome) return *prepared.outcome;
  const auto verdict = certs::full_verdict(prepared.chain, *prepared.store, prepared.question);
  if (!verdict.trusted()) return {test.id, "FAILURE", explain(verdict)};
  if (!test.peer_name.empty() && !verdict.name_matches)
    return {test.id, "FAILURE", "trusted, but not for " + test.peer_name};
  return {test.id, "SUCCESS", {}};
}

Outcome run_as(const Case& test, const certs::clients::Profile& client, Time now) {
  // A root that can't be parsed is none.
  auto trusted = to_der(test.trusted);
  std::erase_if(trusted, [](const Buffer& der) { return !certs::parse_certificate(der); });
  const auto prepared = prepare(test, certs::Profile::rfc5280, now, trusted);
  if (prepared.outcome) return *prepared.outcome;
  certs::SignatureMemo signatures;
  const auto verdict = certs::full_verdict(prepared.chain, *prepared.store, prepared.question, signatures);
  const auto fraction = test.validation_time.find('.');
  const bool past_the_second =
      fraction != std::string::npos &&
      test.validation_time.find_first_of("123456789", fraction) != std::string::npos &&
      test.validation_time.find_first_of("123456789", fraction) <
          test.validation_time.find_first_of("+-Z", fraction);
  const auto opinion = certs::clients::Judge(prepared.chain, prepared.store->contents(), prepared.question,
                                             signatures, {past_the_second, std::size_t{1} << 40})
                           .ask(client, &verdict);
  if (opinion.accepts) return {test.id, "SUCCESS", {}};
  return {test.id, "FAILURE", opinion.code.empty() ? opinion.message : opinion.code + ": " + opinion.message};
}

std::string write_results(const std::vector<Outcome>& outcomes, std::string_view harness) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  writer.StartObject();
  writer.Key("version");
  writer.Int(1);
  writer.Key("harness");
  writer.String(std::string(harness));
  writer.Key("results");
  writer.StartArray();
  for (const auto& outcome : outcomes) {
    writer.StartObject();
    writer.Key("id");
    writer.String(outcome.id);
    writer.Key("actual_result");
    writer.String(outcome.actual);
    writer.Key("context");
    if (outcome.context.empty()) {
      writer.Null();
    } else {
      writer.String(outcome.context);
    }
    writer.EndObject();
  }
  writer.EndArray();
  writer.EndObject();
  return buffer.GetString();
}

}  // namespace mailtap::limbo
