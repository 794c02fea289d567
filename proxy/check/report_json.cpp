#include <algorithm>

#include "certs/verify/verdict.h"
#include "inspect/writers/direct_json.h"
#include "inspect/writers/json_writer.h"
#include "inspect/writers/looked_up_json.h"
#include "inspect/writers/protocols_json.h"
#include "inspect/writers/verdict_json.h"
#include "inspect/writers/windows_json.h"
#include "proxy/check/report.h"
#include "proxy/check/tolerance_report.h"
#include "tls/names.h"

namespace mailtap::check {

namespace {

std::string_view to_string(WithoutSni answer) {
  switch (answer) {
    case WithoutSni::not_asked: return {};
    case WithoutSni::same: return "same";
    case WithoutSni::other_certificate: return "other-certificate";
    case WithoutSni::refused: return "refused";
  }
  return {};
}

/// `demanded`: the server refused when it was shown none, or not that one.
void write_client_certificate(inspect::JsonWriter& to, ClientCertificate answer) {
  if (answer == ClientCertificate::not_asked) return to.null("client_certificate");
  to.open("client_certificate");
  to.member("shown", answer == ClientCertificate::taken || answer == ClientCertificate::refused);
  to.member("demanded", answer == ClientCertificate::demanded || answer == ClientCertificate::refused);
  to.end_object();
}

std::string_view to_string(ClientMeets::Outcome outcome) {
  switch (outcome) {
    case ClientMeets::Outcome::connects: return "connects";
    case ClientMeets::Outcome::depends: return "depends";
    case ClientMeets::Outcome::refused: return "refuses";
  }
  return {};
}

void write_versions_judgement(inspect::JsonWriter& to, const VersionJudgement& judgement) {
  if (judgement.newest == 0) return to.null("protocol");
  to.open("protocol");
  to.open_array("faults");
  if (judgement.only_old) to.value(old_versions_only);
  to.end_array();
  to.member("oldest", tls::version_name(judgement.oldest));
  to.member("newest", tls::version_name(judgement.newest));
  to.open_array("clients");
  for (const auto& client : judgement.clients) {
    to.start_object();
    to.member("client", client.client);
    to.member("title", client.title);
    to.member("outcome", to_string(client.outcome));
    to.member_or_null("message", client.says);
    to.end_object();
  }
  to.end_array();
  to.end_object();
}

void write_server(inspect::JsonWriter& to, const Report& report) {
  to.member_or_null("address", report.address);
  to.member_or_null("starttls",
                    report.target.starttls == Starttls::none ? "" : to_string(report.target.starttls));
  const auto& agreed = report.agreed;
  const auto names = tls::names_of(agreed.version, agreed.cipher_suite, agreed.group);
  to.member_or_null("tls", names.version);
  to.member_or_null("cipher", names.cipher_suite);
  to.member_or_null("group", names.group);
  to.sentence_or_null("handshake_error", report.handshake);
  to.member_or_null("product", certs::to_string(report.product));
  write_client_certificate(to, report.client_certificate);
  to.open_array("versions");
  for (const auto& answer : report.versions) {
    to.start_object();
    to.member("version", tls::version_name(answer.version));
    to.member("spoken", answer.spoken);
    to.sentence_or_null("detail", answer.detail);
    to.member("by_handshake", answer.by_handshake);
    to.member("answered", answer.answered);
    to.member("ciphers", answer.suites);
    to.end_object();
  }
  to.end_array();
  write_versions_judgement(to, report.version_judgement);
  to.open("without_sni");
  to.member_or_null("answer", to_string(report.without_sni));
  to.sentence_or_null("detail", report.without_sni_detail);
  to.end_object();
}

/// Only where hellos were asked for.
void write_hellos(inspect::JsonWriter& to, const std::vector<PlayedHello>& hellos) {
  if (hellos.empty()) return;
  to.open_array("hellos");
  for (const auto& [name, ja4, direct] : hellos) {
    to.start_object();
    to.member("hello", name);
    to.member("ja4", ja4);
    inspect::write_direct(to, "direct", direct);
    to.end_object();
  }
  to.end_array();
}

void write_members(inspect::JsonWriter& to, const Report& report) {
  to.member("target", report.target.text);
  to.member_or_null("name", report.name);
  to.sentence_or_null("error", report.error);
  write_server(to, report);
  inspect::write_verdict(to, report.verdict.get(), report.source);
  if (report.windows) inspect::write_windows(to, &*report.windows, report.verdict.get());
  inspect::write_looked_up(to, report.looked_up);
  to.member_or_null("as", report.verdict == nullptr ? "" : std::string_view(report.verdict->client));
  write_hellos(to, report.hellos);
  if (report.protocols) inspect::write_protocols(to, *report.protocols);
  if (report.tolerance) write_tolerance(to, *report.tolerance);
  to.sentences("steps", report.steps);
  to.member("exit_status", exit_status(report));
}

}  // namespace

std::string to_json(const std::vector<Report>& reports, Time time, certs::Language language) {
  inspect::JsonWriter to(language);
  to.start_object();
  to.member("event", "check");
  to.member("time", to_rfc3339(time));
  to.open_array("targets");
  for (const auto& report : reports) {
    to.start_object();
    write_members(to, report);
    to.end_object();
  }
  to.end_array();
  to.member("exit_status", exit_status(reports));
  to.end_object();
  return to.text() + "\n";
}

std::string to_json_line(const Report& report, Time time, certs::Language language) {
  inspect::JsonWriter to(language);
  to.start_object();
  to.member("event", "check-target");
  to.member("time", to_rfc3339(time));
  write_members(to, report);
  to.end_object();
  return to.text() + "\n";
}

std::string to_json_sum(const std::vector<Report>& reports, Time time) {
  inspect::JsonWriter to;
  to.start_object();
  to.member("event", "check-sum");
  to.member("time", to_rfc3339(time));
  to.member("targets", reports.size());
  to.open("by_exit_status");
  for (const int status : {0, 1, 2, 3, 4, 5})
    to.member(std::to_string(status), std::count_if(reports.begin(), reports.end(), [&](const auto& report) {
                return exit_status(report) == status;
              }));
  to.end_object();
  to.member("exit_status", exit_status(reports));
  to.end_object();
  return to.text() + "\n";
}

}  // namespace mailtap::check
