// Servers' messages, and a server that is a table: what tests of the survey speak to.
#pragma once

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tls/numbers.h"
#include "tls/survey/conversation.h"
#include "tls/survey/suites.h"
#include "tls/survey/survey.h"
#include "tls/wire.h"

namespace mailtap::test {

inline Buffer some_random(std::size_t size = tls::survey::hello_random_size) {
  Buffer random(size);
  std::iota(random.begin(), random.end(), std::uint8_t{1});
  return random;
}

inline Buffer operator+(Buffer a, const Buffer& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline Buffer u16(std::size_t value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

inline Buffer vector16(const Buffer& inside) {
  return u16(inside.size()) + inside;
}

inline Buffer record(std::uint8_t type, const Buffer& fragment) {
  return Buffer{type, 3, 3} + vector16(fragment);
}

inline Buffer message(std::uint8_t type, const Buffer& body) {
  return Buffer{type, 0} + vector16(body);
}

inline Buffer handshake(std::uint8_t type, const Buffer& body) {
  return record(tls::wire::handshake, message(type, body));
}

inline Buffer alert(std::uint8_t description, std::uint8_t level = 2) {
  return record(tls::wire::alert, {level, description});
}

inline Buffer extension(std::uint16_t type, const Buffer& body) {
  return u16(type) + vector16(body);
}

/// RFC 5246 section 7.4.1.3, with an empty session identifier.
inline Buffer server_hello(std::uint16_t version, std::uint16_t suite, const Buffer& extensions = {},
                           std::uint8_t compression = 0) {
  return handshake(tls::wire::server_hello, u16(version) + some_random(32) + Buffer{0} + u16(suite) +
                                                Buffer{compression} + vector16(extensions));
}

inline Buffer certificate(const Buffer& der = {0xAB, 0xCD}) {
  const auto size = static_cast<std::uint8_t>(der.size());
  return handshake(tls::wire::certificate,
                   Buffer{0, 0, static_cast<std::uint8_t>(size + 3), 0, 0, size} + der);
}

inline Buffer ecdhe(std::uint16_t group, std::uint16_t algorithm) {
  return handshake(tls::wire::server_key_exchange,
                   Buffer{3} + u16(group) + Buffer{2, 4, 4} + u16(algorithm) + vector16({1, 2, 3}));
}

inline Buffer dhe(const Buffer& prime, std::uint16_t algorithm) {
  return handshake(tls::wire::server_key_exchange,
                   vector16(prime) + vector16({2}) + vector16({4}) + u16(algorithm) + vector16({1, 2, 3}));
}

inline Buffer hello_done() {
  return handshake(tls::wire::server_hello_done, {});
}

/// A certificate with an RSA key of 1024 bits, in DER.
inline Buffer rsa_certificate() {
  constexpr std::string_view hex =
      "308201f63082015fa003020102021424677630e27e980292324176742ab01726f96b4a300d06092a864886f70d01010b"
      "0500300c310a300806035504030c016d3020170d3236313132393139323333365a180f32313236313130353139323333"
      "365a300c310a300806035504030c016d30819f300d06092a864886f70d010101050003818d0030818902818100e879e7"
      "cc82591385ed63a6e3c588999153e3466be4bfe46a9f14b5b0ac6c93e639fe4f09c710848fe91ef4e281a71ddfdc8018"
      "822482084b00071ea61f766c70af3505f297477ae6c4d42d1abf45cf12c6d0bb540961b212fd76a40ba1f19d25119f95"
      "9907105201be8ee6eb0fb942c186643dd66c35a06c617121c3a8a710c50203010001a3533051301d0603551d0e041604"
      "14c9919c9f4b0dc524180e6c90632a71be657d3659301f0603551d23041830168014c9919c9f4b0dc524180e6c90632a"
      "71be657d3659300f0603551d130101ff040530030101ff300d06092a864886f70d01010b0500038181002009ef76fd07"
      "7dc0eaf005833044ff58e85259ec301e7f6dca9c82d73e52d1789d11d1762f7ba8b36b459375349cf6fa8cec781045f2"
      "1df6262281c2ce81c1d63784d949ef1479a63425cb167a26f7f75c559d00a5fa5481beb3adc7a88715fa2d1ee9875b8f"
      "dc8b1c36f8bc21e33bdba881285558c7a6c53663ff86249db28a";
  Buffer der;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    der.push_back(static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return der;
}

/// A server by what it is able to. Its choice is its own order's, or the client's.
struct TableServer {
  struct Version {
    std::uint16_t version = 0;
    std::vector<std::uint16_t> suites;
  };
  std::vector<Version> versions;
  std::vector<std::uint16_t> groups;
  std::vector<std::uint16_t> algorithms;
  bool has_order = true;
  std::uint16_t certificate_group = 0;  ///< without which it takes no ECDSA suite; 0: none
  bool signs_by_suite = false;          ///< its algorithms' keys are those of the suite that it has chosen
  bool speaks_sslv2 = false;
  bool knows_fallback = true;
  std::uint16_t stumbles_at = 0;  ///< a suite that it chooses and then can't use
  bool closes = false;            ///< without an alert, whenever it refuses a hello
  std::vector<std::uint16_t> extensions;
  std::vector<std::string> alpn;
  std::string other_sni = "shown";     ///< to who asks for nobody's name: "shown", "refused", "other"
  std::vector<std::string> reactions;  ///< to key exchanges, by the vectors' order
  std::vector<Buffer> vectors;         ///< those of its certificate
  Buffer leaf{1, 2};
  std::string on_early_ccs = "alert 10";
  std::string on_heartbeat = "silence";

  using Numbers = std::vector<std::uint16_t>;

  std::uint16_t choose(const Numbers& mine, const Numbers& theirs) const {
    const auto& first = has_order ? mine : theirs;
    const auto& second = has_order ? theirs : mine;
    for (const auto one : first)
      if (std::find(second.begin(), second.end(), one) != second.end()) return one;
    return 0;
  }

  tls::survey::Answer answer(const tls::survey::Question& question) const;

 private:
  tls::survey::Answer say(const tls::survey::Question& question) const;
};

inline tls::survey::Answer refused(std::string detail, std::optional<int> alert = {}) {
  tls::survey::Answer answer;
  answer.end = tls::survey::Answer::End::refused;
  answer.detail = std::move(detail);
  answer.flight.alert = alert;
  return answer;
}

inline tls::survey::Answer TableServer::answer(const tls::survey::Question& question) const {
  auto answer = say(question);
  return closes && answer.flight.alert ? refused("it closed the connection") : answer;
}

inline tls::survey::Answer TableServer::say(const tls::survey::Question& question) const {
  using namespace tls::survey;
  Answer answer;
  answer.end = Answer::End::answered;
  if (question.in_sslv2) return speaks_sslv2 ? answer : refused("it closed the connection");
  const auto& hello = question.hello;
  const auto mine = std::find_if(versions.begin(), versions.end(),
                                 [&](const Version& one) { return one.version == hello.version; });
  if (mine == versions.end()) return refused("alert protocol_version (70)", 70);
  const auto& offered = hello.suites;
  const bool is_fallback =
      std::find(offered.begin(), offered.end(), tls::suite::TLS_FALLBACK_SCSV) != offered.end();
  if (is_fallback && knows_fallback && hello.version != versions.back().version)
    return refused("alert inappropriate_fallback (86)", 86);
  const bool is_nobody = hello.sni.ends_with(".invalid");
  if (is_nobody && other_sni == "refused") return refused("alert unrecognized_name (112)", 112);
  auto& flight = answer.flight;
  flight.has_hello = flight.is_whole = true;
  flight.version = hello.version;
  flight.suite = choose(mine->suites, offered);
  if (flight.suite != 0 && flight.suite == stumbles_at) return refused("alert internal_error (80)", 80);
  if (flight.suite == 0) return refused("alert handshake_failure (40)", 40);
  const bool is_ecdsa = authentication_of(flight.suite) == Authentication::ecdsa;
  if (is_ecdsa && certificate_group != 0 &&
      std::find(hello.groups.begin(), hello.groups.end(), certificate_group) == hello.groups.end())
    return refused("alert handshake_failure (40)", 40);
  flight.group = choose(groups, hello.groups);
  if (flight.group == 0) return refused("alert handshake_failure (40)", 40);
  if (hello.version >= tls::version::tls12) {
    auto able = algorithms;
    const auto is_of_other_key = [&](std::uint16_t algorithm) {
      return ((algorithm & 0xFF) == 3 && algorithm >> 8 < 8) != is_ecdsa;  // ecdsa_*
    };
    if (signs_by_suite) std::erase_if(able, is_of_other_key);
    flight.signature_algorithm = choose(able, hello.signature_algorithms);
    if (flight.signature_algorithm == 0) return refused("alert handshake_failure (40)", 40);
  }
  flight.is_retry = hello.version == tls::version::tls13 && hello.key_shares.empty();
  flight.extensions = extensions;
  for (const auto& protocol : alpn)
    if (std::find(hello.alpn.begin(), hello.alpn.end(), protocol) != hello.alpn.end()) {
      flight.alpn = protocol;
      break;
    }
  if (hello.version < tls::version::tls13)
    flight.chain = {is_nobody && other_sni == "other" ? Buffer{9, 9} : leaf};
  if (question.follow == Follow::early_change_cipher_spec) answer.reaction = on_early_ccs;
  if (question.follow == Follow::heartbeat) answer.reaction = on_heartbeat;
  if (question.follow == Follow::key_exchange) {
    const auto at = std::find(vectors.begin(), vectors.end(), question.secret) - vectors.begin();
    answer.reaction = reactions.at(static_cast<std::size_t>(at));
  }
  return answer;
}

/// All questions, with the answers of that server.
inline const tls::survey::Findings& run(tls::survey::Survey& survey, const TableServer& server) {
  while (const auto asked = survey.next()) survey.answer(asked->id, server.answer(asked->question));
  return survey.findings();
}

}  // namespace mailtap::test
