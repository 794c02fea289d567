#include "proxy/connection/upstream_versions.h"

#include "tls/alert.h"

namespace mailtap::proxy {

namespace {

/// The server says that it has nothing so old: what is wrong is what it said before.
bool refuses_old_versions(const tls::Failure& failure) {
  const int alert = failure.alert_from_peer ? failure.alert.value_or(0) : 0;
  return alert == tls::alert::protocol_version || alert == tls::alert::inappropriate_fallback;
}

}  // namespace

void UpstreamVersions::choose(const std::string& upstream, Time now) {
  upstream_ = upstream;
  are_old_ = allowed_.upstream && known_.knows(upstream_, now);
}

void UpstreamVersions::put_into(tls::ClientParameters& parameters) const {
  if (!are_old_) return;
  set_legacy_versions(parameters, allowed_);
  parameters.is_fallback = true;
}

bool UpstreamVersions::ask_once_more(const tls::Agreed& agreed, const tls::Failure& failure, bool repeatable,
                                     Time now) {
  if (!allowed_.upstream || !first_failure_.empty()) return false;
  // A server that seems too old for TLS 1.2, or one that is no longer as old as it was found.
  const bool seems_old = sign_of_old_server(agreed, failure) != OldServerSign::none;
  if (!are_old_ && !seems_old) return false;
  if (are_old_) known_.forget(upstream_);
  if (!repeatable) {
    if (!are_old_) known_.remember(upstream_, now);
    return false;
  }
  are_old_ = !are_old_;
  first_failure_ = failure.detail;
  first_alert_ = alert(failure);
  return true;
}

void UpstreamVersions::has_worked(Time now) {
  if (are_old_) known_.remember(upstream_, now);
}

std::string UpstreamVersions::detail(const tls::Agreed& agreed, const tls::Failure& failure) const {
  if (!first_failure_.empty() && are_old_ && refuses_old_versions(failure))
    return first_failure_ + " (asked once more, with TLS 1.0 and 1.1: " + failure.detail + ")";
  if (!first_failure_.empty())
    return failure.detail + " (asked with TLS 1.0 and 1.1" +
           (are_old_ ? ", after TLS 1.2 and 1.3" : " first") + ": " + first_failure_ + ")";
  if (allowed_.upstream) return failure.detail;
  return with_advice(agreed, failure);
}

int UpstreamVersions::alert(const tls::Failure& failure) const {
  if (first_alert_ && are_old_ && refuses_old_versions(failure)) return *first_alert_;
  return failure.alert_from_peer && failure.alert ? *failure.alert : tls::alert::handshake_failure;
}

}  // namespace mailtap::proxy
