// What is asked once all versions are known: extensions, certificates, and weaknesses that have to be tried.
#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "tls/names.h"
#include "tls/numbers.h"
#include "tls/survey/number_lists.h"
#include "tls/survey/suites.h"
#include "tls/survey/survey.h"

namespace mailtap::tls::survey {

namespace {

using End = Answer::End;

/// Of web and mail servers (registry "TLS Application-Layer Protocol Negotiation").
const std::vector<std::string>& application_protocols() {
  static const std::vector<std::string> all{"h2",   "http/1.1", "http/1.0",    "spdy/3.1",   "imap",
                                            "pop3", "smtp",     "managesieve", "xmpp-client"};
  return all;
}

/// What it says is said to the hello, and not by a mail server that takes no more connections.
bool is_of_tls(const Answer& answer) {
  return answer.end != End::unreachable && answer.end != End::not_tls;
}

}  // namespace

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
