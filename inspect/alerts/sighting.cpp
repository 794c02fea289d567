#include "inspect/alerts/sighting.h"

#include "certs/verify/verdict.h"
#include "inspect/record.h"
#include "inspect/verdict_facts.h"

namespace mailtap::alerts {

namespace {

std::size_t content_of(const certs::Verdict& verdict) {
  std::string text;
  for (const auto& certificate : verdict.chain) text += certificate.sha256;
  for (const auto fault : inspect::distinct_faults(verdict)) text += certs::to_string(fault);
  text += verdict.name_matches ? '+' : verdict.name_known ? '-' : '?';
  return std::hash<std::string>()(text);
}

}  // namespace

bool is_rejection(inspect::ReactionKind reaction) {
  return reaction == inspect::ReactionKind::rejected ||
         reaction == inspect::ReactionKind::left_at_certificate;
}

std::string_view host_of(std::string_view address) {
  auto host = address.substr(0, address.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

bool Rejecting::may_include(std::string_view client) const {
  const auto bit = bit_of(client);
  return ((bits_[bit / 64].load(std::memory_order_relaxed) >> (bit % 64)) & 1) != 0;
}

std::optional<Sighting> Deduplicator::pass(const inspect::ConnectionRecord& connection,
                                           Clock::time_point now) {
  const auto& verdict = connection.verdict;
  if (!verdict) return std::nullopt;
  const auto reaction = connection.reaction.kind;
  const auto client = host_of(connection.downstream.address);
  const std::hash<std::string_view> hash;
  const auto upstream =
      (hash(connection.route) * 3) ^ (hash(connection.upstream_configured) * 5) ^ hash(verdict->name_checked);
  const auto key = upstream ^ (std::hash<const void*>()(verdict.get()) * 7);
  if (said_.size() >= max && !said_.contains(key)) said_.clear();
  auto& said = said_[key];
  const bool is_known = said.verdict == verdict;
  if (!is_known) said = {verdict, content_of(*verdict), {}};
  const bool is_said = is_known && said.at <= now && now - said.at < again_after;
  const bool is_news = is_rejection(reaction) ||
                       (reaction == inspect::ReactionKind::accepted && shared_.rejecting.may_include(client));
  if (is_said && !is_news) {
    if (shared_.latest.is(upstream, said.content) || !turns_.has_token(now)) return std::nullopt;
    turns_.take();
  }
  said.at = now;
  shared_.latest.set(upstream, said.content);
  return Sighting{
      connection.id, connection.route,          connection.upstream_configured, std::string(client), verdict,
      reaction,      connection.reaction.alert, connection.reaction.advice,     connection.language};
}

}  // namespace mailtap::alerts
