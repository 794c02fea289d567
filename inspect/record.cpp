#include "inspect/record.h"

#include <algorithm>

#include "certs/verify/verdict.h"
#include "inspect/verdict_facts.h"

namespace mailtap::inspect {

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::closed: return "closed";
    case Reason::truncated: return "truncated";
    case Reason::reset: return "reset";
    case Reason::no_data: return "no-data";
    case Reason::not_tls: return "not-tls";
    case Reason::hello_timeout: return "hello-timeout";
    case Reason::resolve_failed: return "resolve-failed";
    case Reason::connect_failed: return "connect-failed";
    case Reason::connect_timeout: return "connect-timeout";
    case Reason::starttls_not_offered: return "starttls-not-offered";
    case Reason::starttls_refused: return "starttls-refused";
    case Reason::starttls_not_used: return "starttls-not-used";
    case Reason::starttls_timeout: return "starttls-timeout";
    case Reason::plaintext_injected: return "plaintext-injected";
    case Reason::plaintext_error: return "plaintext-error";
    case Reason::upstream_handshake_failed: return "upstream-handshake-failed";
    case Reason::upstream_handshake_timeout: return "upstream-handshake-timeout";
    case Reason::downstream_handshake_failed: return "downstream-handshake-failed";
    case Reason::downstream_handshake_timeout: return "downstream-handshake-timeout";
    case Reason::refused_untrusted: return "refused-untrusted";
    case Reason::presentation_failed: return "presentation-failed";
    case Reason::tls_error: return "tls-error";
    case Reason::idle_timeout: return "idle-timeout";
    case Reason::limit_per_source: return "limit-per-source";
    case Reason::limit_per_route: return "limit-per-route";
    case Reason::out_of_descriptors: return "out-of-descriptors";
    case Reason::client_refused: return "client-refused";
    case Reason::proxy_header_bad: return "proxy-header-bad";
    case Reason::connect_refused: return "connect-refused";
    case Reason::unknown_name: return "unknown-name";
    case Reason::loop: return "loop";
    case Reason::shutdown: return "shutdown";
  }
  return "unknown";
}

std::string_view to_string(Side side) {
  switch (side) {
    case Side::downstream: return "downstream";
    case Side::upstream: return "upstream";
    case Side::mailtap: return "mailtap";
  }
  return "unknown";
}

std::string_view to_string(VerdictSource source) {
  switch (source) {
    case VerdictSource::handshake: return "handshake";
    case VerdictSource::cache: return "cache";
    case VerdictSource::probe: return "probe";
    case VerdictSource::file: return "file";
  }
  return "unknown";
}

std::string_view to_string(Basis basis) {
  switch (basis) {
    case Basis::nothing: return "nothing";
    case Basis::trust: return "trust";
    case Basis::pin: return "pin";
    case Basis::pin_file: return "pin-file";
    case Basis::first_use: return "first-use";
  }
  return "unknown";
}

std::string_view to_string(Arrival::Way way) {
  using enum Arrival::Way;
  switch (way) {
    case direct: return "direct";
    case sni: return "sni";
    case connect: return "connect";
    case redirect: return "redirect";
    case tproxy: return "tproxy";
  }
  return "unknown";
}

std::string_view to_string(PlaintextStart::Outcome outcome) {
  using enum PlaintextStart::Outcome;
  switch (outcome) {
    case unfinished: return "unfinished";
    case upgraded: return "upgraded";
    case not_offered: return "not-offered";
    case refused: return "refused";
    case not_asked: return "not-asked";
  }
  return "unknown";
}

std::string_view to_string(PlaintextStart::Authentication authentication) {
  using enum PlaintextStart::Authentication;
  switch (authentication) {
    case none: return "none";
    case refused: return "refused";
    case relayed: return "relayed";
  }
  return "unknown";
}

void add(const PlaintextStart& start, Traffic& to) {
  using enum PlaintextStart::Outcome;
  const auto note = [&](bool applies, TrafficFinding finding) {
    const bool known = std::find(to.findings.begin(), to.findings.end(), finding) != to.findings.end();
    if (applies && !known) to.findings.push_back(finding);
  };
  if (!to.protocol) to.protocol = start.protocol;
  note(start.outcome == not_offered, TrafficFinding::starttls_not_offered);
  note(start.outcome == refused, TrafficFinding::starttls_withdrawn);
  note(start.relayed, TrafficFinding::plaintext_session);
  note(start.credentials, TrafficFinding::plaintext_authentication);
}

bool is_server_down(Reason reason, Side side) {
  switch (reason) {
    case Reason::resolve_failed:
    case Reason::connect_failed:
    case Reason::connect_timeout:
    case Reason::starttls_not_offered:
    case Reason::starttls_refused:
    case Reason::upstream_handshake_failed:
    case Reason::upstream_handshake_timeout: return true;
    case Reason::starttls_timeout: return side == Side::upstream;
    default: return false;
  }
}

bool is_routine(Reason reason) {
  switch (reason) {
    case Reason::closed:
    case Reason::truncated:  // many mail clients leave without close_notify
    case Reason::reset:
    case Reason::no_data:
    case Reason::starttls_not_used:  // a health check that greets and leaves
    case Reason::idle_timeout:
    case Reason::shutdown: return true;
    default: return false;
  }
}

std::vector<certs::Fault> distinct_faults(const certs::Verdict& verdict) {
  std::vector<certs::Fault> faults;
  for (const auto& finding : verdict.findings)
    if (std::find(faults.begin(), faults.end(), finding.fault) == faults.end())
      faults.push_back(finding.fault);
  return faults;
}

Time expiry_of(const certs::Verdict& verdict) {
  auto first = Time::max();
  for (const auto position : verdict.path)
    if (position < verdict.chain.size() && verdict.chain[position].readable)
      first = std::min(first, verdict.chain[position].not_after);
  if (first != Time::max()) return first;
  return verdict.chain.empty() ? Time{} : verdict.chain.front().not_after;
}

}  // namespace mailtap::inspect
