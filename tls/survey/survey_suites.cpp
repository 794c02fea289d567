// Which versions a server speaks, and with which suites.
#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "tls/numbers.h"
#include "tls/survey/number_lists.h"
#include "tls/survey/suites.h"
#include "tls/survey/survey.h"

namespace mailtap::tls::survey {

namespace {

using End = Answer::End;

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

std::vector<Numbers> by_key_exchange(const Numbers& suites) {
  std::map<KeyExchange, Numbers> parts;
  for (const auto suite : suites) parts[key_exchange_of(suite)].push_back(suite);
  std::vector<Numbers> all;
  all.reserve(parts.size());
  for (auto& [exchange, part] : parts) all.push_back(std::move(part));
  return all;
}

}  // namespace

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

}  // namespace mailtap::tls::survey
