#include "tls/survey/survey.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tls/numbers.h"
#include "tls/survey/suites.h"

namespace mailtap::tls::survey {

namespace {

using End = Answer::End;

constexpr std::array versions{version::ssl30, version::tls10, version::tls11, version::tls12, version::tls13};

}  // namespace

Survey::Survey(std::string sni, Scope scope) : sni_(std::move(sni)), scope_(scope) {
  if (scope_ == Scope::versions) {
    constexpr std::array usual{version::tls10, version::tls11, version::tls12, version::tls13};
    for (const auto version : usual) findings_.versions.emplace_back().version = version;
    versions_open_ = usual.size();
    for (const auto version : usual) ask_version_alone(version, 0);
    return;
  }
  findings_.versions.emplace_back().version = version::ssl20;
  for (const auto version : versions) findings_.versions.emplace_back().version = version;
  versions_open_ = findings_.versions.size();
  for (const auto version : versions) ask_version(version);
  ask_sslv2();
}

std::optional<Survey::Asked> Survey::next() {
  if (waiting_.empty()) return std::nullopt;
  const auto id = waiting_.front();
  waiting_.pop_front();
  return Asked{id, open_.at(id).question};
}

void Survey::answer(std::size_t id, const Answer& answer) {
  auto& open = open_.at(id);
  // Many servers say nothing at all to SSL 2.0: that is an answer.
  // A server that is only asked for its versions isn't waited for twice.
  const bool silence_counts = !open.question.in_sslv2 && scope_ == Scope::everything;
  // A mail server that has had enough says so in plaintext (421) where it had spoken TLS before.
  const bool is_lost = answer.end == End::unreachable || (answer.end == End::silent && silence_counts) ||
                       (answer.end == End::not_tls && answered_first_);
  // Servers that are busy, or that limit how often somebody comes, are asked once more.
  const bool is_worth_a_try = is_lost || (open.is_last && !answer.is_good());
  if (is_worth_a_try && !std::exchange(open.is_second_try, true)) return waiting_.push_back(id);
  if (is_lost) ++findings_.unanswered;
  const bool is_ordinary = !open.question.in_sslv2 && open.question.follow == Follow::nothing;
  if (!answered_first_ && is_ordinary && answer.is_good()) answered_first_ = std::move(open.question);
  const auto then = std::move(open.then);
  open_.erase(id);
  then(answer);
  if (open_.empty()) ask_once_more();
}

void Survey::ask_once_more() {
  const bool tells_of_absence = scope_ == Scope::everything || findings_.newest() < version::tls12;
  if (!answered_first_ || !tells_of_absence || std::exchange(asked_once_more_, true)) return;
  ask(*answered_first_, [this](const Answer& answer) {
    if (!answer.is_good()) on_stop();
  });
  open_.at(waiting_.back()).is_last = true;
}

/// A refusal may have been of us and not of what was asked for.
void Survey::on_stop() {
  findings_.stopped_answering = true;
  for (auto& version : findings_.versions)
    if (!version.spoken) version.unanswered = true;
  findings_.without_sni.clear();
  findings_.unknown_sni.clear();
}

void Survey::ask(Question question, Then then) {
  const auto id = next_id_++;
  ++findings_.questions;
  open_.emplace(id, Open{std::move(question), std::move(then)});
  waiting_.push_back(id);
}

Question Survey::question(std::uint16_t version, Numbers suites) const {
  Question question;
  auto& hello = question.hello;
  hello.version = version;
  hello.sni = sni_;
  hello.suites = std::move(suites);
  if (version == version::tls13) {
    hello.groups = tls13_groups();
    hello.signature_algorithms = tls13_signature_algorithms();
    // For certificates in a chain (RFC 8446 section 4.2.3).
    for (const auto old : {signature::rsa_pkcs1_sha256, signature::rsa_pkcs1_sha384,
                           signature::rsa_pkcs1_sha512, signature::rsa_pkcs1_sha1})
      hello.signature_algorithms.push_back(old);
    hello.key_shares = {group::x25519};
  } else {
    hello.groups = curves();
    hello.signature_algorithms = signature_algorithms();
  }
  return question;
}

VersionFound& Survey::found(std::uint16_t version) {
  return *std::find_if(findings_.versions.begin(), findings_.versions.end(),
                       [&](const VersionFound& one) { return one.version == version; });
}

Numbers Survey::suites_of(std::uint16_t version) const {
  Numbers suites;
  for (const auto& suite : findings_.find(version)->suites) suites.push_back(suite.suite);
  return suites;
}

void Survey::version_done() {
  if (--versions_open_ == 0) all_versions_done();
}

void Survey::all_versions_done() {
  if (scope_ == Scope::everything) return ask_features();
  const bool any_lost = std::any_of(findings_.versions.begin(), findings_.versions.end(),
                                    [](const VersionFound& one) { return one.unanswered; });
  if (findings_.speaks_any() || any_lost || findings_.find(version::ssl30) != nullptr) return;
  findings_.versions.emplace(findings_.versions.begin())->version = version::ssl30;
  versions_open_ = 1;
  ask_version_alone(version::ssl30, 0);
}

}  // namespace mailtap::tls::survey
