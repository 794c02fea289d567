#include "inspect/writers/protocols_json.h"

#include <array>

#include "certs/model/summary.h"
#include "config/base/text.h"
#include "tls/names.h"
#include "tls/survey/weaknesses.h"

namespace mailtap::inspect {

namespace {

using namespace tls::survey;

std::string_view to_string(Order order) {
  switch (order) {
    case Order::unknown: return {};
    case Order::server: return "server";
    case Order::client: return "client";
  }
  return {};
}

std::string hex_of(std::uint16_t number) {
  const std::array bytes{static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
  return "0x" + to_hex(bytes);
}

void member(JsonWriter& to, std::string_view key, Known value) {
  if (value == Known::unknown) return to.null(key);
  to.member(key, value == Known::yes);
}

void write_suite(JsonWriter& to, const SuiteFound& suite) {
  to.start_object();
  to.member("name", tls::cipher_suite_name(suite.suite));
  to.member("number", hex_of(suite.suite));
  to.member_or_null("group", suite.group == 0 ? "" : tls::group_name(suite.group));
  if (suite.dh_bits == 0) {
    to.null("dh_bits");
  } else {
    to.member("dh_bits", static_cast<std::uint64_t>(suite.dh_bits));
  }
  to.member_or_null("dh_group", suite.dh_group);
  to.end_object();
}

void write_version(JsonWriter& to, const VersionFound& version) {
  to.start_object();
  to.member("version", tls::version_name(version.version));
  if (version.unanswered) {
    to.null("spoken");
  } else {
    to.member("spoken", version.spoken);
  }
  to.sentence_or_null("detail", version.detail);
  to.member_or_null("order", to_string(version.order));
  to.open_array("suites");
  for (const auto& suite : version.suites) write_suite(to, suite);
  to.end_array();
  to.member("groups", tls::names_of(version.groups, tls::group_name));
  to.member_or_null("group_order", to_string(version.group_order));
  to.member("signature_algorithms",
            tls::names_of(version.signature_algorithms, tls::signature_algorithm_name));
  member(to, "resumes", version.resumes);
  if (version.ticket_lifetime == 0) {
    to.null("ticket_lifetime");
  } else {
    to.member("ticket_lifetime", version.ticket_lifetime);
  }
  member(to, "early_data", version.early_data);
  to.end_object();
}

void write_shown(JsonWriter& to, const CertificateFound& found) {
  const auto summary = certs::summaries_of({found.chain.front()}).front();
  to.start_object();
  to.member("when", found.when);
  to.member("subject", summary.subject);
  to.member("key", summary.key);
  to.member("signature", summary.signature);
  to.member_or_null("not_after", summary.readable ? to_rfc3339(summary.not_after) : "");
  to.member("sha256", summary.sha256);
  to.member("names", summary.names);
  to.member("certificates", static_cast<std::uint64_t>(found.chain.size()));
  to.end_object();
}

}  // namespace

void write_protocols(JsonWriter& to, const Findings& findings) {
  const auto weaknesses = weaknesses_of(findings);
  const auto grade = grade_of(findings, weaknesses);
  to.open("protocols");
  to.member_or_null("grade", grade.letter == '?' ? "" : std::string(1, grade.letter));
  to.sentences("reasons", grade.reasons);
  to.open_array("versions");
  for (const auto& version : findings.versions) write_version(to, version);
  to.end_array();
  to.open_array("certificates");
  for (const auto& certificate : findings.certificates) write_shown(to, certificate);
  to.end_array();
  to.member("alpn", findings.alpn);
  to.member("post_quantum", tls::names_of(findings.post_quantum_groups(), tls::group_name));
  to.sentence_or_null("without_sni", findings.without_sni);
  to.sentence_or_null("unknown_sni", findings.unknown_sni);
  member(to, "secure_renegotiation", findings.secure_renegotiation);
  member(to, "client_renegotiation", findings.client_renegotiation);
  member(to, "extended_main_secret", findings.extended_main_secret);
  member(to, "encrypt_then_mac", findings.encrypt_then_mac);
  member(to, "tickets", findings.tickets);
  member(to, "session_ids", findings.session_ids);
  member(to, "staple", findings.staple);
  member(to, "fallback_scsv", findings.fallback_scsv);
  member(to, "compression", findings.compression);
  member(to, "heartbeat", findings.heartbeat);
  member(to, "client_certificate", findings.client_certificate);
  to.open_array("weaknesses");
  for (const auto& one : weaknesses) {
    to.start_object();
    to.member("name", one.name);
    to.member_or_null("id", one.id);
    to.member("state", tls::survey::to_string(one.state));
    to.sentence_or_null("detail", one.detail);
    to.end_object();
  }
  to.end_array();
  to.member("questions", static_cast<std::uint64_t>(findings.questions));
  to.member("unanswered", static_cast<std::uint64_t>(findings.unanswered));
  to.member("stopped_answering", findings.stopped_answering);
  to.end_object();
}

}  // namespace mailtap::inspect
