#include "inspect/writers/verdict_json.h"

#include <algorithm>

#include "certs/verify/verdict.h"
#include "inspect/verdict_facts.h"

namespace mailtap::inspect {

namespace {

void write_dotnet(JsonWriter& to, const certs::DotnetView& dotnet) {
  to.open("dotnet");
  to.member("policy_errors", dotnet.policy_errors);
  to.member("chain_status", dotnet.chain_status);
  to.member_or_null("exception", dotnet.exception);
  to.end_object();
}

/// Left out where every client accepts: most servers' lines stay short.
void write_clients(JsonWriter& to, const certs::Verdict& verdict) {
  if (std::all_of(verdict.clients.begin(), verdict.clients.end(),
                  [](const auto& client) { return client.accepts; }))
    return;
  to.open("clients");
  for (const auto& client : verdict.clients) {
    to.open(client.client);
    to.member("accepts", client.accepts);
    to.member_or_null("code", client.code);
    to.member_or_null("message", client.message);
    to.end_object();
  }
  to.end_object();
}

void write_findings(JsonWriter& to, const certs::Verdict& verdict) {
  to.open_array("findings");
  for (const auto& finding : verdict.findings) {
    to.start_object();
    to.member("fault", certs::to_string(finding.fault));
    to.member("position", finding.position);
    to.sentence("detail", finding.detail);
    to.member("state_unknown", finding.state_unknown);
    to.member("same_name_trusted", finding.same_name_trusted);
    to.end_object();
  }
  to.end_array();
}

void write_time(JsonWriter& to, std::string_view name, const std::optional<Time>& time) {
  if (time)
    to.member(name, to_rfc3339(*time));
  else
    to.null(name);
}

void write_count(JsonWriter& to, std::string_view name, const std::optional<std::size_t>& count) {
  if (count)
    to.member(name, *count);
  else
    to.null(name);
}

/// Null: nobody asked the server for one.
void write_staple(JsonWriter& to, const certs::Staple& staple) {
  if (!staple.asked) return to.null("staple");
  const auto& ocsp = staple.ocsp;
  to.open("staple");
  to.member("state", ocsp ? certs::to_string(ocsp->state) : "none");
  to.member("demanded", staple.demanded);
  to.sentence_or_null("detail", ocsp ? ocsp->detail : std::string{});
  to.member_or_null("responder", ocsp ? ocsp->responder : std::string{});
  write_time(to, "this_update", ocsp ? ocsp->this_update : std::nullopt);
  write_time(to, "next_update", ocsp ? ocsp->next_update : std::nullopt);
  to.end_object();
}

void write_timestamps(JsonWriter& to, const certs::Staple& staple) {
  to.open("scts");
  write_count(to, "certificate", staple.in_certificate);
  write_count(to, "handshake", staple.in_handshake);
  write_count(to, "ocsp", staple.in_ocsp);
  to.end_object();
}

void write_members(JsonWriter& to, const certs::Verdict& verdict, VerdictSource source) {
  to.member("trust", verdict.trusted() ? "trusted" : "untrusted");
  to.open_array("faults");
  for (const auto fault : distinct_faults(verdict)) to.value(certs::to_string(fault));
  to.end_array();
  if (verdict.name_checked.empty() || !verdict.name_known)
    to.null("name");
  else
    to.member("name", verdict.name_matches ? "match" : "mismatch");
  to.member_or_null("name_checked", verdict.name_checked);
  to.member("names", verdict.names);
  to.member("kind", certs::to_string(verdict.kind));
  to.open_array("causes");
  for (const int cause : verdict.causes) to.value(std::int64_t{cause});
  to.end_array();
  write_dotnet(to, verdict.dotnet);
  write_clients(to, verdict);
  to.member_or_null("advice", verdict.advice);
  to.member("source", to_string(source));
  write_findings(to, verdict);
  to.member("legacy_cn_match", verdict.legacy_cn_match);
  to.member("address_as_dns_name", verdict.address_as_dns_name);
  to.member_or_null("template", verdict.template_name);
  to.sentences("lints", verdict.lints);
  write_staple(to, verdict.staple);
  write_timestamps(to, verdict.staple);
  to.member_or_null("spki_sha256", verdict.spki_sha256);
  if (verdict.days_left)
    to.member("days_left", *verdict.days_left);
  else
    to.null("days_left");
}

std::string verdict_text(const certs::Verdict& verdict, VerdictSource source, Language language) {
  JsonWriter to(language);
  to.start_object();
  write_members(to, verdict, source);
  to.end_object();
  return to.text();
}

std::string chain_text(const certs::Verdict& verdict) {
  JsonWriter to;
  to.start_array();
  for (const auto& certificate : verdict.chain) write_certificate(to, certificate);
  to.end_array();
  return to.text();
}

}  // namespace

void write_certificate(JsonWriter& to, const certs::CertificateSummary& certificate) {
  to.start_object();
  if (!certificate.readable) {
    for (const auto* unknown : {"subject", "issuer", "serial", "not_before", "not_after", "key", "signature"})
      to.null(unknown);
    to.member("sha256", certificate.sha256);
    to.member("names", certificate.names);
    return to.end_object();
  }
  to.member("subject", certificate.subject);
  to.member("issuer", certificate.issuer);
  to.member("serial", certificate.serial);
  to.member("not_before", to_rfc3339(certificate.not_before));
  to.member("not_after", to_rfc3339(certificate.not_after));
  to.member("key", certificate.key);
  to.member("signature", certificate.signature);
  to.member("sha256", certificate.sha256);
  to.member("names", certificate.names);
  to.end_object();
}

void write_verdict(JsonWriter& to, const certs::Verdict* verdict, VerdictSource source) {
  if (verdict == nullptr) {
    to.null("verdict");
    to.open_array("chain");
    return to.end_array();
  }
  // They are most of a connection's line, and the same for all connections that a verdict was found for.
  const auto language = to.language();
  const auto form = static_cast<unsigned>(language) * verdict_sources + static_cast<unsigned>(source);
  to.raw_object("verdict", verdict->json.of(form, [&] { return verdict_text(*verdict, source, language); }));
  constexpr unsigned chain_form = ~0U;
  to.key("chain");
  to.raw_array(verdict->json.of(chain_form, [&] { return chain_text(*verdict); }));
}

}  // namespace mailtap::inspect
