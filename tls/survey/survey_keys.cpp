// Which groups a server agrees on keys in, and how it signs them.
#include <algorithm>
#include <utility>

#include "tls/numbers.h"
#include "tls/survey/hello.h"
#include "tls/survey/number_lists.h"
#include "tls/survey/suites.h"
#include "tls/survey/survey.h"

namespace mailtap::tls::survey {

namespace {

bool has_key_exchange(std::uint16_t suite, KeyExchange exchange) {
  return key_exchange_of(suite) == exchange;
}

}  // namespace

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

}  // namespace mailtap::tls::survey
