#include "records.h"

#include "certs/verify/verdict.h"
#include "inspect/record.h"

namespace mailtap::testing {

std::chrono::sys_seconds moment() {
  return std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours{20};
}

inspect::ConnectionRecord good_connection(std::uint64_t id, const std::string& name) {
  auto verdict = std::make_shared<certs::Verdict>();
  verdict->name_matches = true;
  verdict->name_checked = name;
  verdict->names = {name};
  verdict->kind = certs::Kind::private_pki;
  verdict->days_left = 90;
  verdict->spki_sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  verdict->path = {0, 1, 2};
  const auto begin = moment() - std::chrono::days{275};
  verdict->chain = {{"CN=" + name,
                     "CN=Contoso CA",
                     "01ab",
                     begin,
                     moment() + std::chrono::days{90},
                     "RSA 2048",
                     "sha256WithRSAEncryption",
                     "aaaa",
                     {name}},
                    {"CN=Contoso CA",
                     "CN=Contoso Root",
                     "02",
                     begin,
                     moment() + std::chrono::days{900},
                     "RSA 4096",
                     "sha256WithRSAEncryption",
                     "bbbb",
                     {}}};
  inspect::ConnectionRecord c;
  c.id = id;
  c.time = moment();
  c.route = "exchange";
  c.downstream = {"192.0.2.7:51234",
                  name,
                  tls::Version::tls12,
                  tls::CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                  tls::Group::secp256r1,
                  "",
                  false};
  c.upstream = {"10.0.0.5:443",
                name,
                tls::Version::tls13,
                tls::CipherSuite::TLS_AES_256_GCM_SHA384,
                tls::Group::x25519,
                "",
                true};
  c.upstream_configured = "exchange.contoso.local:443";
  c.verdict = verdict;
  c.connect = inspect::Microseconds{900};
  c.upstream_handshake = inspect::Microseconds{5'000};
  c.downstream_handshake = inspect::Microseconds{4'000};
  c.began = {inspect::Microseconds{100}, inspect::Microseconds{1'000}, inspect::Microseconds{6'000}};
  c.total = inspect::Microseconds{812'000};
  c.bytes_to_upstream = 1'000;
  c.bytes_to_downstream = 3'000;
  c.presented_mode = config::Presentation::issue;
  c.presented_sha256 = "abcd";
  c.reaction.kind = inspect::ReactionKind::accepted;
  c.ending = {inspect::Reason::closed, inspect::Side::downstream, ""};
  return c;
}

inspect::ConnectionRecord bad_connection(std::uint64_t id, const std::string& name) {
  auto c = good_connection(id, name);
  auto verdict = std::make_shared<certs::Verdict>(*c.verdict);
  verdict->findings = {{certs::Fault::self_signed, 0, "issued by itself"}};
  verdict->name_matches = false;
  verdict->path = {0};
  verdict->chain.resize(1);
  verdict->chain[0].sha256 = "cccc";
  verdict->spki_sha256 = "other";
  verdict->advice = "Put a certificate for " + name + " on the server.";
  c.verdict = verdict;
  return c;
}

inspect::ConnectionRecord unreached_connection(std::uint64_t id) {
  auto c = good_connection(id);
  c.verdict = nullptr;
  c.connect = c.upstream_handshake = c.downstream_handshake = inspect::Microseconds{-1};
  c.reaction = {};
  c.ending = {inspect::Reason::connect_failed, inspect::Side::upstream, "connection refused"};
  return c;
}

}  // namespace mailtap::testing
