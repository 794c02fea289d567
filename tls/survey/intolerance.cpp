#include "tls/survey/intolerance.h"

#include <algorithm>
#include <utility>

#include "tls/numbers.h"

namespace mailtap::tls::survey {

namespace {

using End = Answer::End;
using Outcome = Trial::Outcome;

/// More than a packet holds in some network on the way, but less than one of Ethernet's; more than a segment.
constexpr std::size_t above_1400 = 1440, above_4096 = 4200;
/// As many bytes as F5's load balancers never answer (RFC 7685 section 1), and hellos of today often have.
constexpr std::size_t medium = 384;
/// A packet of so much is lost where large ones are.
constexpr std::size_t large_packet = 1200;

/// What clients have, of which each server of the last twenty years has something.
Hello modern(std::string sni) {
  Hello hello;
  hello.version = version::tls13;
  hello.other_versions = {version::tls12};
  hello.suites = {0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8,
                  0xC013, 0xC014, 0xC009, 0xC00A, 0x009C, 0x009D, 0x002F, 0x0035, 0x000A};
  hello.groups = {group::x25519, group::secp256r1, group::secp384r1};
  hello.signature_algorithms = {
      signature::ecdsa_secp256r1_sha256, signature::rsa_pss_rsae_sha256, signature::rsa_pkcs1_sha256,
      signature::ecdsa_secp384r1_sha384, signature::rsa_pss_rsae_sha384, signature::rsa_pkcs1_sha384,
      signature::rsa_pss_rsae_sha512,    signature::rsa_pkcs1_sha512,    signature::rsa_pkcs1_sha1};
  hello.key_shares = {group::x25519};
  hello.sni = std::move(sni);
  hello.offers_extended_main_secret = true;
  return hello;
}

Hello old(std::string sni) {
  auto hello = modern(std::move(sni));
  hello.version = version::tls12;
  hello.other_versions = {version::tls11, version::tls10};
  hello.suites.erase(hello.suites.begin(), hello.suites.begin() + 3);
  hello.suites.push_back(0x0005);  // RC4-SHA
  hello.key_shares.clear();
  return hello;
}

Outcome outcome_of(const Answer& answer) {
  switch (answer.end) {
    case End::answered: return Outcome::tolerated;
    case End::refused:
    case End::not_tls: return Outcome::refused;
    case End::silent: return Outcome::silent;
    case End::unreachable: return Outcome::unknown;
  }
  return Outcome::unknown;
}

bool has_large_packets(const Trial& trial) {
  return trial.bytes / trial.segments > large_packet;
}

template <class Element>
std::vector<Element> with(Element first, std::vector<Element> rest, Element last) {
  rest.insert(rest.begin(), first);
  rest.push_back(last);
  return rest;
}

}  // namespace

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::unknown: return "unknown";
    case Outcome::tolerated: return "tolerated";
    case Outcome::refused: return "refused";
    case Outcome::silent: return "silent";
    case Outcome::network: return "network";
  }
  return {};
}

bool Tolerance::is_tolerant() const {
  return std::none_of(trials.begin(), trials.end(), [](const Trial& trial) { return trial.is_intolerant(); });
}

Intolerance::Intolerance(std::string sni) : sni_(std::move(sni)) {
  auto without_identifier = modern(sni_);
  without_identifier.in_compatibility_mode = false;
  ask_ordinary({old(sni_), std::move(without_identifier), modern(sni_)});
}

std::optional<Intolerance::Asked> Intolerance::next() {
  if (waiting_.empty()) return std::nullopt;
  const auto id = waiting_.front();
  waiting_.pop_front();
  return Asked{id, open_.at(id).question};
}

void Intolerance::answer(std::size_t id, const Answer& answer) {
  auto& open = open_.at(id);
  // Of a busy server once doesn't tell.
  if (!answer.is_good() && !std::exchange(open.is_second_try, true)) return waiting_.push_back(id);
  const auto then = std::move(open.then);
  open_.erase(id);
  then(answer);
}

void Intolerance::ask(Question question, Then then) {
  const auto id = next_id_++;
  open_.emplace(id, Open{std::move(question), std::move(then), false});
  waiting_.push_back(id);
}

/// One after the other, the last of `left` first. Those that weren't answered are what the server doesn't
/// stand.
void Intolerance::ask_ordinary(std::vector<Hello> left) {
  if (left.empty()) {
    tolerance_.trials.clear();
    return;
  }
  auto hello = std::move(left.back());
  left.pop_back();
  Question question{.hello = hello};
  ask(std::move(question), [this, hello = std::move(hello), left = std::move(left)](const Answer& answer) {
    if (answer.is_good()) {
      tolerance_.hello = hello.version;
      tolerance_.version = answer.flight.version;
      return ask_trials(hello);
    }
    if (tolerance_.detail.empty()) tolerance_.detail = answer.detail;
    if (hello.version == version::tls13) {
      Trial trial;
      trial.name = hello.in_compatibility_mode ? "compatibility-mode" : "tls13-hello";
      trial.bytes = make_hello(hello, Buffer(hello_random_size)).size();
      trial.outcome = outcome_of(answer);
      trial.detail = answer.detail;
      tolerance_.trials.push_back(std::move(trial));
    }
    ask_ordinary(left);
  });
}

void Intolerance::ask_trials(const Hello& ordinary) {
  ordinary_ = ordinary;
  tolerance_.detail.clear();
  const bool is_modern = ordinary.version == version::tls13;
  // Who answers no hello of TLS 1.3 doesn't mind its mode.
  if (!is_modern && !tolerance_.trials.empty()) tolerance_.trials.erase(tolerance_.trials.begin());

  try_out("two-segments", ordinary, 2);
  try_out("ten-segments", ordinary, 10);
  auto of_medium_size = ordinary;
  of_medium_size.min_size = medium;
  try_out("size-384", of_medium_size, 1);
  for (const auto& [name, size] :
       {std::pair("large-1400", above_1400), std::pair("large-4096", above_4096)}) {
    auto large = ordinary;
    large.min_size = size;
    try_out(name, large, 1);
    try_out(std::string(name) + "-two-segments", large, 2);
    try_out(std::string(name) + "-ten-segments", large, 10);
  }
  if (is_modern) {
    auto hybrid = ordinary;
    hybrid.groups.insert(hybrid.groups.begin(), group::X25519MLKEM768);
    hybrid.key_shares.insert(hybrid.key_shares.begin(), group::X25519MLKEM768);
    try_out("post-quantum", hybrid, 1);
    auto versions = ordinary;
    versions.other_versions = with(grease::version, ordinary.other_versions, std::uint16_t{0x0305});
    try_out("unknown-versions", versions, 1);
  }
  auto suites = ordinary;
  suites.suites = with(grease::suite, ordinary.suites, std::uint16_t{0xFEF0});
  try_out("unknown-suites", suites, 1);
  auto extensions = ordinary;
  extensions.unknown_extensions = {grease::extension, grease::last_extension, 0xF5F5};
  try_out("unknown-extensions", extensions, 1);
  auto groups = ordinary;
  groups.groups = with(grease::group, ordinary.groups, std::uint16_t{0x2F2F});
  if (is_modern) groups.key_shares = with(grease::group, ordinary.key_shares, std::uint16_t{0});
  try_out("unknown-groups", groups, 1);
  auto algorithms = ordinary;
  algorithms.signature_algorithms =
      with(grease::signature_algorithm, ordinary.signature_algorithms, std::uint16_t{0x0FFF});
  try_out("unknown-signature-algorithms", algorithms, 1);
  if (!sni_.empty()) {
    auto nameless = ordinary;
    nameless.sni.clear();
    try_out("no-sni", nameless, 1);
    auto other = ordinary;
    other.sni = nobodys_name;
    try_out("unknown-sni", other, 1);
  }
  if (tolerance_.version == version::tls13 && ordinary.in_compatibility_mode) {
    auto plain = ordinary;
    plain.in_compatibility_mode = false;
    try_out("no-compatibility-mode", plain, 1);
  }
}

void Intolerance::try_out(std::string name, Hello hello, std::size_t segments) {
  Trial trial;
  trial.name = std::move(name);
  trial.segments = segments;
  trial.bytes = make_hello(hello, Buffer(hello_random_size)).size();
  const auto index = tolerance_.trials.size();
  tolerance_.trials.push_back(std::move(trial));
  ++trials_open_;
  Question question{.hello = std::move(hello), .segments = segments};
  ask(std::move(question), [this, index](const Answer& answer) { on_trial(index, answer); });
}

void Intolerance::on_trial(std::size_t index, const Answer& answer) {
  auto& trial = tolerance_.trials[index];
  trial.outcome = outcome_of(answer);
  trial.detail = answer.is_good() ? std::string() : answer.detail;
  if (trial.name == "post-quantum" && answer.is_good() && answer.flight.version == version::tls13)
    tolerance_.post_quantum = known(answer.flight.group == group::X25519MLKEM768);
  if (--trials_open_ == 0) trials_done();
}

void Intolerance::trials_done() {
  const auto& trials = tolerance_.trials;
  const bool any_lost = std::any_of(trials.begin(), trials.end(), [](const Trial& trial) {
    return trial.outcome == Outcome::silent && has_large_packets(trial);
  });
  if (any_lost) return ask_for_large_packets();
  if (!tolerance_.is_tolerant()) ask_once_more();
}

/// The ordinary hello, and when it is answered a message that is no hello, in packets as large as can be.
void Intolerance::ask_for_large_packets() {
  ask({.hello = ordinary_, .follow = Follow::large_message}, [this](const Answer& answer) {
    if (answer.is_good() && !answer.reaction.empty())
      tolerance_.large_packets = known(answer.reaction != "silence");
    if (tolerance_.large_packets == Known::no)
      for (auto& trial : tolerance_.trials)
        if (trial.outcome == Outcome::silent && has_large_packets(trial)) trial.outcome = Outcome::network;
    if (!tolerance_.is_tolerant()) ask_once_more();
  });
}

void Intolerance::ask_once_more() {
  ask({.hello = ordinary_}, [this](const Answer& answer) {
    tolerance_.has_stopped = !answer.is_good();
    if (!tolerance_.has_stopped) return;
    for (auto& trial : tolerance_.trials)
      if (trial.is_intolerant()) trial.outcome = Outcome::unknown;
  });
}

}  // namespace mailtap::tls::survey
