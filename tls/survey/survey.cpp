#include "tls/survey/survey.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "tls/names.h"
#include "tls/numbers.h"
#include "tls/survey/suites.h"

namespace mailtap::tls::survey {

namespace {

using Numbers = std::vector<std::uint16_t>;
using End = Answer::End;

constexpr std::array versions{version::ssl30, version::tls10, version::tls11, version::tls12, version::tls13};

/// A name that no server has (RFC 6761 section 6.4).
constexpr auto nobodys_name = "mailtap-survey.invalid";

/// Of web and mail servers (registry "TLS Application-Layer Protocol Negotiation").
const std::vector<std::string>& application_protocols() {
  static const std::vector<std::string> all{"h2",   "http/1.1", "http/1.0",    "spdy/3.1",   "imap",
                                            "pop3", "smtp",     "managesieve", "xmpp-client"};
  return all;
}

bool contains(const Numbers& numbers, std::uint16_t number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

Numbers without(Numbers numbers, std::uint16_t number) {
  numbers.erase(std::remove(numbers.begin(), numbers.end(), number), numbers.end());
  return numbers;
}

Numbers reversed(Numbers numbers) {
  std::reverse(numbers.begin(), numbers.end());
  return numbers;
}

template <class Predicate>
Numbers only(const Numbers& numbers, Predicate wanted) {
  Numbers selected;
  std::copy_if(numbers.begin(), numbers.end(), std::back_inserter(selected), wanted);
  return selected;
}

bool has_key_exchange(std::uint16_t suite, KeyExchange exchange) {
  return key_exchange_of(suite) == exchange;
}

/// By the first bits that all primes of a family have after 64 ones: those of e, and those of pi.
std::string prime_name(const Flight& flight) {
  const auto begins = [&](std::initializer_list<std::uint8_t> bytes) {
    return flight.dh_prime.size() >= 8 + bytes.size() &&
           std::equal(bytes.begin(), bytes.end(), flight.dh_prime.begin() + 8);
  };
  const auto bits = std::to_string(flight.dh_bits);
  if (begins({0xAD, 0xF8, 0x54, 0x58})) return "ffdhe" + bits;  // RFC 7919
  if (begins({0xC9, 0x0F, 0xDA, 0xA2})) return "MODP " + bits;  // RFC 2409, RFC 3526
  return {};
}

SuiteFound suite_in(const Flight& flight) {
  return {flight.suite, flight.group, flight.dh_bits, flight.dh_bits == 0 ? "" : prime_name(flight)};
}

/// It refuses, and not because it has nothing of what is offered.
bool is_stumble(const Answer& answer) {
  const auto& alert = answer.flight.alert;
  return answer.end == End::refused && alert && alert != alert::handshake_failure &&
         alert != alert::protocol_version && alert != alert::insufficient_security;
}

/// It closes without a word: Dovecot and Windows do so to a hello that they have nothing of, and to one that
/// they stumble at.
bool is_close(const Answer& answer) {
  return answer.end == End::refused && !answer.flight.alert && !answer.flight.has_hello;
}

/// What it says is said to the hello, and not by a mail server that takes no more connections.
bool is_of_tls(const Answer& answer) {
  return answer.end != End::unreachable && answer.end != End::not_tls;
}

std::vector<Numbers> by_key_exchange(const Numbers& suites) {
  std::map<KeyExchange, Numbers> parts;
  for (const auto suite : suites) parts[key_exchange_of(suite)].push_back(suite);
  std::vector<Numbers> all;
  all.reserve(parts.size());
  for (auto& [exchange, part] : parts) all.push_back(std::move(part));
  return all;
}

Order order_of(bool is_same) {
  return is_same ? Order::server : Order::client;
}

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

// --- versions and their suites -----------------------------------------------------------------------------

void Survey::ask_sslv2() {
  Question question;
  question.in_sslv2 = true;
  ask(std::move(question), [this](const Answer& answer) {
    auto& ssl2 = found(version::ssl20);
    ssl2.spoken = answer.is_good();
    ssl2.unanswered = answer.end == End::unreachable;
    ssl2.detail = answer.detail;
    version_done();
  });
}

/// In several hellos, as some servers choke on more suites than a hundred or two in one.
void Survey::ask_version(std::uint16_t version) {
  const auto lists = version == version::tls13 ? std::vector<Numbers>{tls13_suites()} : suite_lists();
  const auto parts = std::make_shared<std::vector<std::vector<SuiteFound>>>();
  for (const auto& list : lists)
    hunt_suites(version, list, {}, [this, version, parts, all = lists.size()](std::vector<SuiteFound> found) {
      parts->push_back(std::move(found));
      if (parts->size() == all) on_suites(version, std::move(*parts));
    });
}

/// The usual suites first; those that are rare only of a server that has usual ones in an old version.
void Survey::ask_version_alone(std::uint16_t version, std::size_t list) {
  const auto lists = version == version::tls13 ? std::vector<Numbers>{tls13_suites()} : suite_lists();
  hunt_suites(version, lists[list], {}, [this, version, list, all = lists.size()](auto suites) {
    auto& one = found(version);
    one.suites.insert(one.suites.end(), suites.begin(), suites.end());
    one.spoken = !one.suites.empty();
    if (one.spoken) one.detail.clear();
    if (one.spoken) one.unanswered = false;
    if (!one.spoken || version >= version::tls12) return version_done();
    if (list + 1 < all) return ask_version_alone(version, list + 1);
    hunt_closed(version, [this, version](auto rest) {
      auto& suites_found = found(version).suites;
      suites_found.insert(suites_found.end(), rest.begin(), rest.end());
      version_done();
    });
  });
}

/// One after the other, until the server takes none of those that are left.
void Survey::hunt_suites(std::uint16_t version, Numbers offered, std::vector<SuiteFound> found_so_far,
                         std::function<void(std::vector<SuiteFound>)> then) {
  if (offered.empty()) return then(std::move(found_so_far));
  auto asked = question(version, offered);
  ask(std::move(asked), [this, version, offered = std::move(offered), found_so_far = std::move(found_so_far),
                         then = std::move(then)](const Answer& answer) mutable {
    const auto& flight = answer.flight;
    if (is_stumble(answer) && by_key_exchange(offered).size() > 1) {
      found(version).in_parts = true;
      return hunt_parts(version, by_key_exchange(offered), std::move(found_so_far), std::move(then));
    }
    if (!answer.is_good() || !contains(offered, flight.suite)) {
      auto& one = found(version);
      if (found_so_far.empty() && one.detail.empty())
        one.detail = answer.is_good() ? "it chose a suite that wasn't offered" : answer.detail;
      one.unanswered = one.unanswered || answer.end == End::unreachable ||
                       (answer.end == End::not_tls && answered_first_) ||
                       (answer.end == End::silent && found_so_far.empty());
      if (is_close(answer)) closed_[version].insert(closed_[version].end(), offered.begin(), offered.end());
      return then(std::move(found_so_far));
    }
    findings_.note_certificate(flight.chain, {});
    if (found(version).chain.empty()) found(version).chain = flight.chain;
    found_so_far.push_back(suite_in(flight));
    if (scope_ == Scope::versions && version >= version::tls12) return then(std::move(found_so_far));
    hunt_suites(version, without(std::move(offered), flight.suite), std::move(found_so_far), std::move(then));
  });
}

/// A server that has failed at its own choice, such as DHE without a prime, is asked without that choice.
void Survey::hunt_parts(std::uint16_t version, std::vector<Numbers> parts,
                        std::vector<SuiteFound> found_so_far,
                        std::function<void(std::vector<SuiteFound>)> then) {
  const bool is_enough = scope_ == Scope::versions && version >= version::tls12 && !found_so_far.empty();
  if (parts.empty() || is_enough) return then(std::move(found_so_far));
  auto part = std::move(parts.back());
  parts.pop_back();
  hunt_suites(version, std::move(part), std::move(found_so_far),
              [this, version, parts = std::move(parts),
               then = std::move(then)](std::vector<SuiteFound> found) mutable {
                hunt_parts(version, std::move(parts), std::move(found), std::move(then));
              });
}

/// What was left when a server closed without a word that speaks the version. It may have failed at its own
/// choice there, which hides what else it has.
void Survey::hunt_closed(std::uint16_t version, std::function<void(std::vector<SuiteFound>)> then) {
  auto parts = by_key_exchange(std::exchange(closed_[version], {}));
  if (parts.size() < 2) return then({});
  hunt_parts(version, std::move(parts), {}, std::move(then));
}

void Survey::on_suites(std::uint16_t version, std::vector<std::vector<SuiteFound>> parts) {
  auto& one = found(version);
  parts.erase(std::remove_if(parts.begin(), parts.end(), [](const auto& part) { return part.empty(); }),
              parts.end());
  one.spoken = !parts.empty();
  if (!one.spoken) return version_done();
  one.detail.clear();
  one.unanswered = false;
  hunt_closed(version, [this, version, parts = std::move(parts)](std::vector<SuiteFound> rest) mutable {
    if (!rest.empty()) parts.push_back(std::move(rest));
    auto& settled = found(version);
    const bool is_in_order = parts.size() == 1 && !settled.in_parts;
    for (const auto& part : parts) settled.suites.insert(settled.suites.end(), part.begin(), part.end());
    if (is_in_order) return ask_order(version);
    ask_order_of_parts(version);
  });
}

/// Each part has its order: now that of all. It needn't be hunted where the client's decides.
void Survey::ask_order_of_parts(std::uint16_t version) {
  const auto suites = suites_of(version);
  ask(question(version, suites), [this, version, suites](const Answer& one) {
    ask(question(version, reversed(suites)),
        [this, version, suites, first = one.flight.suite](const Answer& other) {
          if (contains(suites, first) && other.is_good() && other.flight.suite != first) {
            found(version).order = Order::client;
            return on_order(version);
          }
          hunt_suites(version, suites, {}, [this, version](std::vector<SuiteFound> found_together) {
            found(version).suites = std::move(found_together);
            ask_order(version);
          });
        });
  });
}

/// The other way round: does the same one come?
void Survey::ask_order(std::uint16_t version) {
  const auto suites = suites_of(version);
  if (suites.size() > 1) {
    ask(question(version, reversed(suites)), [this, version, first = suites.front()](const Answer& answer) {
      if (answer.is_good()) found(version).order = order_of(answer.flight.suite == first);
    });
  }
  on_order(version);
}

void Survey::on_order(std::uint16_t version) {
  ask_groups(version);
  if (version == version::tls12)
    hunt_signature_algorithms(version, {Authentication::dss, Authentication::ecdsa, Authentication::rsa},
                              signature_algorithms());
  version_done();
}

// --- groups and signatures ---------------------------------------------------------------------------------

void Survey::ask_groups(std::uint16_t version) {
  if (version == version::tls13) return hunt_groups(version, tls13_groups());
  const auto suites = suites_of(version);
  const bool any = std::any_of(suites.begin(), suites.end(), [](std::uint16_t suite) {
    return has_key_exchange(suite, KeyExchange::ecdhe);
  });
  if (any && version > version::ssl30) hunt_groups(version, curves());
}

/// With shares of none, TLS 1.3's server has to say which group it wants. Before that some, OpenSSL's among
/// them, have no use for a client that doesn't list the curve of their certificate: a server that takes none
/// of those that are left is asked once more with what it has taken behind them.
void Survey::hunt_groups(std::uint16_t version, Numbers left, bool with_found) {
  if (left.empty()) return ask_group_order(version);
  auto suites = only(suites_of(version),
                     [](std::uint16_t suite) { return has_key_exchange(suite, KeyExchange::ecdhe); });
  auto asked = question(version, std::move(suites));
  const auto& taken = found(version).groups;
  asked.hello.groups = left;
  if (with_found) asked.hello.groups.insert(asked.hello.groups.end(), taken.begin(), taken.end());
  asked.hello.key_shares.clear();
  ask(std::move(asked), [this, version, left = std::move(left), with_found](const Answer& answer) mutable {
    const auto group = answer.flight.group;
    if (answer.is_good() && contains(left, group)) {
      found(version).groups.push_back(group);
      return hunt_groups(version, without(std::move(left), group), with_found);
    }
    const auto suites = suites_of(version);
    const bool may_want_its_curve =
        version < version::tls13 && !with_found && !found(version).groups.empty() &&
        std::any_of(suites.begin(), suites.end(),
                    [](std::uint16_t suite) { return authentication_of(suite) == Authentication::ecdsa; });
    may_want_its_curve ? hunt_groups(version, std::move(left), true) : ask_group_order(version);
  });
}

void Survey::ask_group_order(std::uint16_t version) {
  const auto& groups = found(version).groups;
  if (version == version::tls13) ask_tls13_signature_algorithms();
  if (groups.size() < 2) return;
  auto suites = only(suites_of(version),
                     [](std::uint16_t suite) { return has_key_exchange(suite, KeyExchange::ecdhe); });
  auto asked = question(version, std::move(suites));
  asked.hello.groups = reversed(groups);
  asked.hello.key_shares.clear();
  ask(std::move(asked), [this, version, first = groups.front()](const Answer& answer) {
    if (answer.is_good()) found(version).group_order = order_of(answer.flight.group == first);
  });
}

/// TLS 1.2's server names the one that it signed its key exchange with. Asked by suites of one kind of key
/// after the other, the last of `kinds` first, as some servers choose the suite before they look for an
/// algorithm.
void Survey::hunt_signature_algorithms(std::uint16_t version, std::vector<Authentication> kinds,
                                       Numbers left) {
  if (left.empty() || kinds.empty()) return;
  auto suites = only(suites_of(version), [&](std::uint16_t suite) {
    return has_forward_secrecy(suite) && authentication_of(suite) == kinds.back();
  });
  if (suites.empty()) {
    kinds.pop_back();
    return hunt_signature_algorithms(version, std::move(kinds), std::move(left));
  }
  auto asked = question(version, std::move(suites));
  asked.hello.signature_algorithms = left;
  ask(std::move(asked),
      [this, version, kinds = std::move(kinds), left = std::move(left)](const Answer& answer) mutable {
        const auto algorithm = answer.flight.signature_algorithm;
        if (answer.is_good() && contains(left, algorithm)) {
          found(version).signature_algorithms.push_back(algorithm);
          left = without(std::move(left), algorithm);
        } else {
          kinds.pop_back();
        }
        hunt_signature_algorithms(version, std::move(kinds), std::move(left));
      });
}

/// TLS 1.3's server encrypts its signature, but refuses a hello with no algorithm that it has a key for.
void Survey::ask_tls13_signature_algorithms() {
  const auto& groups = found(version::tls13).groups;
  const auto usable = std::find_if(groups.begin(), groups.end(), have_share);
  if (usable == groups.end()) return;
  for (const auto algorithm : tls13_signature_algorithms()) {
    auto asked = question(version::tls13, suites_of(version::tls13));
    asked.hello.signature_algorithms = {algorithm};
    asked.hello.key_shares = {*usable};
    ask(std::move(asked), [this, algorithm](const Answer& answer) {
      auto& algorithms = found(version::tls13).signature_algorithms;
      if (answer.is_good() && !answer.flight.is_retry)
        algorithms.insert(std::lower_bound(algorithms.begin(), algorithms.end(), algorithm), algorithm);
    });
  }
}

// --- once all versions are known ---------------------------------------------------------------------------

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

void Survey::ask_features() {
  ask_fallback();
  std::uint16_t newest = 0;  // of those whose hellos are in the clear
  for (const auto& one : findings_.versions)
    if (one.spoken && one.version > version::ssl20 && one.version < version::tls13) newest = one.version;
  if (newest == 0) return;
  ask_extensions(newest);
  ask_alpn(newest, application_protocols());
  ask_certificates(newest);
  ask_sni(newest);
  ask_weaknesses(newest);
}

/// The next older version, as a client would that had failed with the newest (RFC 7507).
void Survey::ask_fallback() {
  std::uint16_t older = 0;
  for (const auto& one : findings_.versions)
    if (one.spoken && one.version > version::ssl20 && one.version < findings_.newest()) older = one.version;
  if (older == 0) return;
  auto suites = suites_of(older);
  suites.push_back(suite::TLS_FALLBACK_SCSV);
  ask(question(older, std::move(suites)), [this](const Answer& answer) {
    if (answer.is_good()) findings_.fallback_scsv = Known::no;
    if (answer.flight.alert == alert::inappropriate_fallback) findings_.fallback_scsv = Known::yes;
  });
}

void Survey::ask_extensions(std::uint16_t version) {
  auto all = question(version, suites_of(version));
  all.hello.offers_ticket = true;
  all.hello.offers_extended_main_secret = true;
  all.hello.asks_for_staple = true;
  all.hello.offers_heartbeat = true;
  ask(std::move(all), [this, version](const Answer& answer) {
    if (!answer.is_good()) return;
    const auto& flight = answer.flight;
    findings_.secure_renegotiation = known(flight.has_extension(extension::renegotiation_info));
    findings_.tickets = known(flight.has_extension(extension::session_ticket));
    findings_.extended_main_secret = known(flight.has_extension(extension::extended_main_secret));
    findings_.heartbeat = known(flight.has_extension(extension::heartbeat));
    findings_.staple = known(flight.has_staple);
    findings_.client_certificate = known(flight.asks_for_certificate);
    if (findings_.heartbeat != Known::yes) return;
    auto heartbeat = question(version, suites_of(version));
    heartbeat.hello.offers_heartbeat = true;
    heartbeat.follow = Follow::heartbeat;
    ask(std::move(heartbeat), [this](const Answer& reply) {
      if (reply.reaction.empty()) return;
      findings_.heartbleed = known(reply.reaction == "heartbeat");
    });
  });

  auto compression = question(version, suites_of(version));
  compression.hello.offers_compression = true;
  ask(std::move(compression), [this](const Answer& answer) {
    if (!answer.is_good()) return;
    findings_.compression = known(answer.flight.compression != 0);
    findings_.session_ids = known(!answer.flight.session_id.empty());
  });

  const auto cbc = only(suites_of(version), has_cbc);
  if (cbc.empty()) return;
  auto encrypt_then_mac = question(version, cbc);
  encrypt_then_mac.hello.offers_encrypt_then_mac = true;
  ask(std::move(encrypt_then_mac), [this](const Answer& answer) {
    if (answer.is_good())
      findings_.encrypt_then_mac = known(answer.flight.has_extension(extension::encrypt_then_mac));
  });
}

void Survey::ask_alpn(std::uint16_t version, std::vector<std::string> left) {
  auto asked = question(version, suites_of(version));
  asked.hello.alpn = left;
  ask(std::move(asked), [this, version, left = std::move(left)](const Answer& answer) mutable {
    const auto chosen = std::find(left.begin(), left.end(), answer.flight.alpn);
    if (!answer.is_good() || chosen == left.end()) return;
    findings_.alpn.push_back(*chosen);
    left.erase(chosen);
    if (!left.empty()) ask_alpn(version, std::move(left));
  });
}

// --- certificates ------------------------------------------------------------------------------------------

void Survey::ask_certificates(std::uint16_t version) {
  constexpr std::array kinds{std::pair{Authentication::rsa, "RSA"}, std::pair{Authentication::ecdsa, "ECDSA"},
                             std::pair{Authentication::dss, "DSS"}};
  for (const auto& [kind, name] : kinds) {
    auto suites = only(suites_of(version),
                       [kind = kind](std::uint16_t suite) { return authentication_of(suite) == kind; });
    if (suites.empty()) continue;
    ask(question(version, std::move(suites)), [this, name = name](const Answer& answer) {
      if (answer.is_good()) findings_.note_certificate(answer.flight.chain, name);
    });
  }
}

void Survey::ask_sni(std::uint16_t version) {
  if (version == version::ssl30) return;
  auto without_name = question(version, suites_of(version));
  without_name.hello.sni.clear();
  ask(std::move(without_name), [this](const Answer& answer) {
    if (answer.is_good()) return findings_.note_certificate(answer.flight.chain, "no SNI");
    if (is_of_tls(answer)) findings_.without_sni = answer.detail;
  });
  auto other_name = question(version, suites_of(version));
  other_name.hello.sni = nobodys_name;
  ask(std::move(other_name), [this](const Answer& answer) {
    if (answer.is_good()) return findings_.note_certificate(answer.flight.chain, "unknown SNI");
    if (is_of_tls(answer)) findings_.unknown_sni = answer.detail;
  });
}

// --- weaknesses that have to be tried ----------------------------------------------------------------------

void Survey::ask_weaknesses(std::uint16_t version) {
  auto early = question(version, suites_of(version));
  early.follow = Follow::early_change_cipher_spec;
  ask(std::move(early), [this](const Answer& answer) {
    if (answer.reaction.empty()) return;
    // Once it has taken the first, the second is decrypted with keys that came of nothing.
    const bool has_keys = answer.reaction == "silence, alert " + std::to_string(alert::bad_record_mac) ||
                          answer.reaction == "silence, alert " + std::to_string(alert::decryption_failed);
    if (has_keys || answer.reaction.substr(0, 7) != "silence") findings_.ccs_injection = known(has_keys);
  });

  const auto rsa = only(suites_of(version),
                        [](std::uint16_t suite) { return key_exchange_of(suite) == KeyExchange::rsa; });
  if (rsa.empty() || version == version::ssl30) return;
  ask(question(version, rsa), [this, version](const Answer& answer) {
    if (!answer.is_good() || answer.flight.chain.empty()) return;
    const auto vectors = bleichenbacher_vectors(answer.flight.chain.front(), version);
    if (!vectors.empty()) ask_bleichenbacher(version, vectors, 0);
  });
}

/// Twice where the server reacts differently, as that may be chance.
void Survey::ask_bleichenbacher(std::uint16_t version, const std::vector<Buffer>& vectors,
                                std::size_t round) {
  const auto rsa = only(suites_of(version),
                        [](std::uint16_t suite) { return key_exchange_of(suite) == KeyExchange::rsa; });
  const auto reactions = std::make_shared<std::vector<std::string>>(vectors.size());
  const auto open = std::make_shared<std::size_t>(vectors.size());
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    auto asked = question(version, rsa);
    asked.follow = Follow::key_exchange;
    asked.secret = vectors[i];
    ask(std::move(asked), [this, version, vectors, round, reactions, open, i](const Answer& answer) {
      (*reactions)[i] = answer.reaction;
      if (--*open > 0) return;
      auto& earlier = findings_.bleichenbacher_reactions;
      const bool is_clear =
          std::find(reactions->begin(), reactions->end(), std::string{}) == reactions->end();
      const bool is_same = std::count(reactions->begin(), reactions->end(), reactions->front()) ==
                           static_cast<std::ptrdiff_t>(reactions->size());
      const bool is_repeated = round > 0 && *reactions == earlier;
      earlier = *reactions;
      if (!is_clear) return;
      if (is_same) findings_.bleichenbacher = Known::no;
      if (!is_same && is_repeated) findings_.bleichenbacher = Known::yes;
      if (!is_same && round == 0) ask_bleichenbacher(version, vectors, round + 1);
    });
  }
}

}  // namespace mailtap::tls::survey
