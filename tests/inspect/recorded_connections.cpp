#include "recorded_connections.h"

#include <array>
#include <utility>

#include "certs/verify/verdict.h"
#include "inspect/record.h"

namespace mailtap::test {

using namespace inspect;
using namespace tls;

namespace {

const Time day{std::chrono::sys_days{std::chrono::year{2023} / 3 / 1}};

certs::CertificateSummary leaf() {
  return {"CN=exchange",
          "CN=Contoso CA",
          "01ab",
          day,
          day + std::chrono::days{366},
          "RSA 2048",
          "sha256WithRSAEncryption",
          "e3b0c442",
          {"exchange.contoso.local", "exchange"}};
}

certs::CertificateSummary unreadable() {
  certs::CertificateSummary summary;
  summary.sha256 = "ffff";
  summary.readable = false;
  return summary;
}

certs::Verdict good_verdict() {
  certs::Verdict verdict;
  verdict.name_matches = true;
  verdict.name_checked = "mail.contoso.com";
  verdict.names = {"mail.contoso.com"};
  verdict.kind = certs::Kind::public_ca;
  verdict.chain = {leaf(), unreadable()};
  verdict.path = {0};
  verdict.days_left = 90;
  verdict.spki_sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  return verdict;
}

certs::Verdict bad_verdict() {
  auto verdict = good_verdict();
  verdict.name_matches = false;
  verdict.names = {"a.example", "b.example", "c.example", "d.example", "e.example",
                   "f.example", "g.example", "h.example", "i.example"};
  for (int fault = 0; fault <= static_cast<int>(certs::Fault::missing_staple); ++fault)
    verdict.findings.push_back(
        {static_cast<certs::Fault>(fault), static_cast<std::size_t>(fault % 3), "so it is"});
  verdict.findings.push_back({certs::Fault::revoked, 0, "its state isn't known", true});
  verdict.findings.push_back({certs::Fault::untrusted_root, 7, "beyond the chain", false, {}, true});
  verdict.kind = certs::Kind::private_pki;
  verdict.template_name = "WebServer";
  verdict.causes = {1, 2};
  verdict.legacy_cn_match = verdict.address_as_dns_name = true;
  verdict.dotnet = {{"RemoteCertificateNameMismatch", "RemoteCertificateChainErrors"},
                    {"UntrustedRoot"},
                    "System.Net.WebException: no trust"};
  verdict.lints = {"no key usage"};
  verdict.advice = "Put a certificate for mail.contoso.com on the server.";
  verdict.days_left = -997;
  return verdict;
}

void judged(ConnectionRecord& c, certs::Verdict verdict) {
  c.verdict = std::make_shared<certs::Verdict>(std::move(verdict));
}

ConnectionRecord plain() {
  ConnectionRecord c;
  c.id = 42;
  c.time = std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::milliseconds{73867123};
  c.route = "exchange";
  c.downstream.address = "192.0.2.7:51234";
  c.downstream.name = "mail.contoso.com";
  c.ja4 = "t12d1010h1_aaaaaaaaaaaa_bbbbbbbbbbbb";
  c.upstream_configured = "mail.contoso.com:443";
  c.upstream.address = "10.0.0.5:443";
  c.upstream.name = "mail.contoso.com";
  c.total = Microseconds{812'000};
  c.bytes_to_upstream = 1234;
  c.bytes_to_downstream = 5'400'000'000;
  c.ending = {Reason::closed, Side::downstream, ""};
  return c;
}

void agree(Leg& leg, tls::Version version, tls::CipherSuite cipher_suite, tls::Group group) {
  leg.version = version;
  leg.cipher_suite = cipher_suite;
  leg.group = group;
}

ConnectionRecord intercepted() {
  auto c = plain();
  agree(c.downstream, version::tls12, suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, group::secp256r1);
  agree(c.upstream, version::tls13, suite::TLS_AES_256_GCM_SHA384, group::x25519);
  c.upstream.alpn = "http/1.1";
  c.connect = Microseconds{900};
  c.upstream_handshake = Microseconds{5000};
  c.downstream_handshake = Microseconds{4000};
  judged(c, good_verdict());
  c.presented_mode = config::Presentation::mirror;
  c.presented_sha256 = "abcd";
  c.decided_by = Basis::trust;
  c.reaction = {ReactionKind::accepted, {}, {}};
  return c;
}

using Recorded = std::vector<RecordedConnection>;

template <class Change>
void add(Recorded& to, std::string name, ConnectionRecord base, Change change) {
  change(base);
  to.push_back({std::move(name), std::move(base)});
}

void add_endings(Recorded& to) {
  for (int reason = 0; reason <= static_cast<int>(Reason::shutdown); ++reason)
    add(to, "ending", plain(), [&](ConnectionRecord& c) {
      const auto side = static_cast<Side>(reason % 3);
      c.ending = {static_cast<Reason>(reason), side, side == Side::mailtap ? "" : "because of it"};
    });
  add(to, "nothing known", ConnectionRecord{}, [](ConnectionRecord&) {});
}

void add_arrivals(Recorded& to) {
  using enum Arrival::Way;
  for (const auto way : {direct, sni, connect, redirect, tproxy})
    add(to, "arrival", plain(), [&](ConnectionRecord& c) { c.arrival = {way, "198.51.100.1:40000"}; });
}

void add_legs(Recorded& to) {
  struct Agreed {
    Version version;
    CipherSuite cipher_suite;
    Group group;
  };
  const std::vector<Agreed> agreed{
      {version::ssl30, suite::TLS_RSA_WITH_RC4_128_MD5, group::none},
      {version::tls10, suite::TLS_RSA_WITH_3DES_EDE_CBC_SHA, group::none},
      {version::tls11, suite::TLS_RSA_WITH_AES_256_CBC_SHA, group::none},
      {version::tls12, suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, group::secp384r1},
      {version::tls12, suite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, group::none},
      {version::tls13, suite::TLS_CHACHA20_POLY1305_SHA256, group::X25519MLKEM768},
      {version::tls13, suite::TLS_AES_128_GCM_SHA256, group::brainpoolP256r1},
      {Version{0x7f1c}, CipherSuite{0xfafa}, Group{0x1a2b}},
  };
  for (const auto& each : agreed)
    add(to, "what was agreed on", intercepted(), [&](ConnectionRecord& c) {
      agree(c.downstream, each.version, each.cipher_suite, each.group);
      agree(c.upstream, each.version, each.cipher_suite, each.group);
      c.upstream.resumed = c.downstream.resumed = each.version == version::tls13;
    });
  add(to, "the handshake with the server alone", intercepted(), [](ConnectionRecord& c) {
    agree(c.downstream, {}, {}, {});
    c.ending = {Reason::downstream_handshake_failed, Side::downstream, "the client sent the alert"};
  });
}

void add_observed(Recorded& to) {
  add(to, "observed", intercepted(), [](ConnectionRecord& c) {
    c.mode = config::Mode::observe;
    c.presented_mode.reset();
    c.presented_sha256.clear();
    c.decided_by.reset();
    c.undecoded = "its certificate is encrypted";
    c.upstream.resumed = c.downstream.resumed = true;
  });
  add(to, "observed, nothing agreed on", plain(),
      [](ConnectionRecord& c) { c.mode = config::Mode::observe; });
}

void add_verdicts(Recorded& to) {
  add(to, "every fault", intercepted(), [](ConnectionRecord& c) { judged(c, bad_verdict()); });
  for (const auto kind :
       {certs::Kind::self_signed, certs::Kind::private_pki, certs::Kind::public_ca, certs::Kind::unknown})
    for (const auto source :
         {VerdictSource::handshake, VerdictSource::cache, VerdictSource::probe, VerdictSource::file})
      add(to, "verdict", intercepted(), [&](ConnectionRecord& c) {
        auto verdict = good_verdict();
        verdict.kind = kind;
        judged(c, std::move(verdict));
        c.verdict_source = source;
      });
  add(to, "the name can't be read", intercepted(), [](ConnectionRecord& c) {
    auto verdict = bad_verdict();
    verdict.name_known = false;
    judged(c, std::move(verdict));
  });
  add(to, "no name asked for, no chain", intercepted(), [](ConnectionRecord& c) {
    judged(c, certs::Verdict{});
    c.presented_mode.reset();
  });
  add(to, "another name", intercepted(), [](ConnectionRecord& c) {
    auto verdict = good_verdict();
    verdict.name_matches = false;
    judged(c, std::move(verdict));
  });
  for (const long days : {1L, 8L})
    add(to, "ends soon", intercepted(), [&](ConnectionRecord& c) {
      auto verdict = good_verdict();
      verdict.days_left = days;
      verdict.advice = "Renew it.";
      judged(c, std::move(verdict));
    });
}

void add_lookups(Recorded& to) {
  add(to, "AIA doesn't complete it", intercepted(), [](ConnectionRecord& c) {
    judged(c, bad_verdict());
    c.looked_up.completion = Completion{false, {}, "no answer"};
    c.looked_up.lists = std::vector<RevocationList>{{"http://ca.example/a.crl", "expired"}, {"", "none"}};
  });
  add(to, "AIA completes it, and it is trusted", intercepted(), [](ConnectionRecord& c) {
    judged(c, bad_verdict());
    c.looked_up.completion = Completion{true, {}, {}};
    c.looked_up.lists = std::vector<RevocationList>{{"http://ca.example/a.crl", ""}};
  });
  add(to, "AIA completes it, with faults", intercepted(), [](ConnectionRecord& c) {
    judged(c, bad_verdict());
    c.looked_up.completion = Completion{true, {certs::Fault::expired, certs::Fault::weak_key}, {}};
    c.looked_up.lists.emplace();
    c.lookup_pending = true;
  });
}

void add_policies(Recorded& to) {
  using config::Presentation;
  for (const auto mode : {Presentation::mirror, Presentation::issue, Presentation::own})
    for (const auto basis : {Basis::nothing, Basis::trust, Basis::pin, Basis::pin_file, Basis::first_use})
      add(to, "presented, decided", intercepted(), [&](ConnectionRecord& c) {
        c.presented_mode = mode;
        c.decided_by = basis;
        c.unprotected = basis == Basis::nothing;
        if (mode == Presentation::mirror)
          c.not_repeated = {"certificate 0: its Ed25519 key, EC P-256 instead", "certificate 1: all of it"};
      });
}

void add_reactions(Recorded& to) {
  for (int kind = 0; kind <= static_cast<int>(ReactionKind::no_request); ++kind)
    add(to, "reaction", intercepted(), [&](ConnectionRecord& c) {
      c.reaction = {static_cast<ReactionKind>(kind), std::nullopt, kind % 2 == 0 ? "Do this." : ""};
    });
  for (const int alert : {0, 40, 42, 45, 48, 51, 70, 112, 116, 200})
    add(to, "reaction with an alert", intercepted(), [&](ConnectionRecord& c) {
      c.reaction = {ReactionKind::rejected, alert, "The router rejected it."};
    });
}

void add_client_certificates(Recorded& to) {
  add(to, "client certificate asked for, none shown", intercepted(),
      [](ConnectionRecord& c) { c.client_certificates.asked_by_server = true; });
  add(to, "client certificate of the route", intercepted(), [](ConnectionRecord& c) {
    c.client_certificates = {true, "beef", "CN=route", true, {}};
  });
  add(to, "client certificate of the client", intercepted(), [](ConnectionRecord& c) {
    c.client_certificates = {false, {}, {}, true, {leaf(), unreadable()}};
  });
}

void add_starttls(Recorded& to) {
  using Outcome = PlaintextStart::Outcome;
  using Authentication = PlaintextStart::Authentication;
  constexpr std::array<std::optional<config::Protocol>, 4> protocols{
      std::nullopt, config::Protocol::smtp, config::Protocol::pop3, config::Protocol::imap};
  std::size_t number = 0;
  for (const auto outcome :
       {Outcome::unfinished, Outcome::upgraded, Outcome::not_offered, Outcome::refused, Outcome::not_asked})
    for (const auto authentication : {Authentication::none, Authentication::refused, Authentication::relayed})
      add(to, "STARTTLS", plain(), [&](ConnectionRecord& c) {
        PlaintextStart start;
        start.protocol = protocols[number++ % protocols.size()];
        if (outcome != Outcome::unfinished) start.offered = outcome != Outcome::not_offered;
        start.outcome = outcome;
        start.authentication = authentication;
        start.credentials = authentication == Authentication::relayed;
        start.relayed = outcome == Outcome::not_asked;
        add(start, c.traffic);
        c.starttls = start;
        c.plaintext = Microseconds{3000};
      });
}

void add_traffic(Recorded& to) {
  using enum config::Protocol;
  for (const auto protocol : {http, smtp, pop3, imap, raw})
    add(to, "traffic", intercepted(), [&](ConnectionRecord& c) {
      c.traffic.protocol = protocol;
      c.traffic.exchanges = 28;
      c.traffic.failed = 2;
      for (std::size_t service = 0; service < service_count; ++service)
        c.traffic.services.emplace_back(static_cast<Service>(service), service + 1);
      c.traffic.last_statuses = {"401", "", "200"};
      for (int finding = 0; finding <= static_cast<int>(TrafficFinding::starttls_withdrawn); ++finding)
        c.traffic.findings.push_back(static_cast<TrafficFinding>(finding));
      c.traffic.stopped = "not HTTP";
    });
}

const ExchangeContext judged_context{42, "exchange", config::VerdictWord::untrusted,
                                     config::VerdictWord::mismatch};

Exchange example_exchange() {
  Exchange e;
  e.number = 3;
  e.time = plain().time + std::chrono::seconds(1);
  e.service = Service::ews;
  e.status = "200";
  e.request_bytes = 1234;
  e.response_bytes = 3400;
  e.first_byte = Microseconds{21'000};
  e.total = Microseconds{23'000};
  e.part = HttpPart{"POST", "/EWS/Exchange.asmx", "GetFolder", "NoError", false};
  return e;
}

}  // namespace

std::vector<RecordedConnection> recorded_connections() {
  Recorded all;
  add(all, "intercepted", intercepted(), [](ConnectionRecord&) {});
  add_endings(all);
  add_arrivals(all);
  add_legs(all);
  add_observed(all);
  add_verdicts(all);
  add_lookups(all);
  add_policies(all);
  add_reactions(all);
  add_client_certificates(all);
  add_starttls(all);
  add_traffic(all);
  return all;
}

std::vector<RecordedExchange> recorded_exchanges() {
  std::vector<RecordedExchange> all;
  for (const ExchangeContext& context :
       {judged_context,
        ExchangeContext{42, "exchange", config::VerdictWord::trusted, config::VerdictWord::match},
        ExchangeContext{42, "exchange", config::VerdictWord::trusted, {}},
        ExchangeContext{42, "exchange", {}, {}}})
    all.push_back({"context", example_exchange(), context});
  for (int scheme = 0; scheme <= static_cast<int>(AuthScheme::other); ++scheme)
    for (int stage = 0; stage <= static_cast<int>(AuthStage::refused); ++stage) {
      auto e = example_exchange();
      e.authentication = {static_cast<AuthScheme>(scheme), static_cast<AuthStage>(stage), std::nullopt};
      all.push_back({"authentication", e, judged_context});
    }
  for (int binding = 0; binding <= static_cast<int>(ChannelBinding::neither); ++binding) {
    auto e = example_exchange();
    e.authentication = {AuthScheme::ntlm, AuthStage::accepted,
                        NtlmDetails{0xe2888215, "CONTOSO", "CONTOSO", "~3f9a1c04d2", true,
                                    static_cast<ChannelBinding>(binding)}};
    all.push_back({"channel binding", e, judged_context});
  }
  for (std::size_t service = 0; service < service_count; ++service) {
    auto e = example_exchange();
    e.service = static_cast<Service>(service);
    e.complete = service % 2 == 0;
    e.failed = !e.complete;
    if (service % 3 == 0) e.status.clear();
    if (e.service >= Service::smtp) e.part = MailPart{"RETR", 1, 4096, 2, 7, "~user", "INBOX", "~address"};
    all.push_back({"service", e, judged_context});
  }
  auto e = example_exchange();
  e.part = HttpPart{"GET", "", "", "", true};
  for (int finding = 0; finding <= static_cast<int>(TrafficFinding::starttls_withdrawn); ++finding)
    e.findings.push_back(static_cast<TrafficFinding>(finding));
  all.push_back({"findings", e, judged_context});
  return all;
}

}  // namespace mailtap::test
