#include "proxy/connection/old_peers.h"

#include "tls/alert.h"
#include "tls/names.h"

namespace mailtap::proxy {

namespace {

constexpr std::string_view how_ssl3 = "legacy-tls = true and legacy-ssl3 = true (--legacy-tls --legacy-ssl3)";

std::string speaks_only(std::string_view who, const std::string& version) {
  return "the " + std::string(who) + " speaks " + version + " only: allow it with " +
         std::string(version == "SSL 3.0" ? how_ssl3 : how_to_allow_old);
}

}  // namespace

std::string spoken_version(std::uint16_t version) {
  auto name = tls::version_name(version);  // "TLSv1.0", "SSLv3"
  if (name.starts_with("TLSv")) return "TLS " + name.substr(4);
  return name == "SSLv3" ? "SSL 3.0" : name;
}

bool takes_old_client(const config::LegacyTls& allowed, const tls::ClientHello& hello) {
  const auto version = hello.highest_version();
  return allowed.downstream && hello.is_legacy() &&
         version >= (allowed.ssl3 ? tls::version::ssl30 : tls::version::ssl30 + 1);
}

std::string refusal_of_old_client(const tls::ClientHello& hello) {
  const auto version = hello.highest_version();
  if (version == tls::version::ssl20) return "the client speaks SSL 2.0 only, which mailtap doesn't";
  if (version >= tls::version::tls12)
    return "the client's hello is in SSLv2's format: allow it with " + std::string(how_to_allow_old);
  return speaks_only("client", spoken_version(version));
}

OldServerSign sign_of_old_server(const tls::Agreed& agreed, const tls::Failure& failure) {
  if (agreed.version != tls::version::none && agreed.version <= tls::newest_legacy)
    return OldServerSign::answered;
  if (agreed.version != tls::version::none) return OldServerSign::none;
  if (!failure.alert_from_peer) return failure.alert ? OldServerSign::none : OldServerSign::hung_up;
  if (failure.alert == tls::alert::protocol_version) return OldServerSign::refused;
  return failure.alert == tls::alert::handshake_failure ? OldServerSign::hung_up : OldServerSign::none;
}

std::string with_advice(const tls::Agreed& agreed, const tls::Failure& failure) {
  const auto& detail = failure.detail;
  switch (sign_of_old_server(agreed, failure)) {
    case OldServerSign::none: return detail;
    case OldServerSign::hung_up:
      if (failure.alert_record_version >= tls::version::tls12) return detail;
      return detail +
             "; if it is of the age of Windows Server 2003 it may speak TLS 1.0 only: allow that with " +
             std::string(how_to_allow_old);
    case OldServerSign::refused:
      return detail + "; it speaks TLS 1.0 or 1.1 only: allow it with " + std::string(how_to_allow_old);
    case OldServerSign::answered: return speaks_only("server", spoken_version(agreed.version));
  }
  return detail;
}

bool OldServers::knows(const std::string& upstream, Time now) const {
  const auto found = until_.find(upstream);
  return found != until_.end() && now < found->second;
}

void OldServers::remember(const std::string& upstream, Time now) {
  until_.try_emplace(upstream, now + lifetime);
  if (auto& until = until_[upstream]; until <= now) until = now + lifetime;
}

void OldServers::forget(const std::string& upstream) {
  until_.erase(upstream);
}

}  // namespace mailtap::proxy
