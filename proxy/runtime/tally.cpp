#include "proxy/runtime/tally.h"

#include <algorithm>

#include "certs/verify/verdict.h"
#include "config/base/phrases.h"
#include "config/base/text.h"
#include "inspect/record.h"
#include "inspect/verdict_facts.h"
#include "inspect/writers/printable.h"

namespace mailtap::proxy {

namespace {

using inspect::printable;

std::string counted(Language language, std::uint64_t number, std::string_view one, std::string_view many) {
  return said(language, number == 1 ? one : many, {std::to_string(number)});
}

std::string label_of(const std::string& name, const std::string& address) {
  if (name.empty()) return address;
  auto label = name;
  label.append(" (").append(address).append(")");
  return label;
}

std::string verdict_text(const certs::Verdict& verdict) {
  std::vector<std::string> faults;
  for (const auto fault : inspect::distinct_faults(verdict)) faults.emplace_back(certs::to_string(fault));
  if (verdict.name_mismatches()) faults.emplace_back("name mismatch");
  return faults.empty() ? "trusted" : join(faults, ", ");
}

}  // namespace

void Tally::opened(const inspect::ConnectionRecord& connection) {
  if (next_ != nullptr) next_->opened(connection);
}

void Tally::ended(inspect::ConnectionRecord connection) {
  count(connection);
  if (next_ != nullptr) next_->ended(std::move(connection));
}

bool Tally::wants_messages() {
  return next_ != nullptr && next_->wants_messages();
}

void Tally::batched(std::uint64_t operations, std::uint64_t batches) {
  if (next_ != nullptr) next_->batched(operations, batches);
}

void Tally::count(const inspect::ConnectionRecord& connection) {
  const bool failed = !inspect::is_routine(connection.ending.reason);
  const bool refused = inspect::is_refusal(connection.reaction.kind);
  const auto* verdict = connection.verdict.get();
  const std::lock_guard lock(mutex_);
  ++connections_;
  language_ = connection.language;
  if (failed) {
    ++failed_;
    ++failures_[connection.ending.reason];
  }
  if (refused) ++refused_;
  if (connection.upstream_configured.empty()) return;  // it left before a server was chosen
  const Server server{connection.route, connection.upstream_configured,
                      verdict != nullptr ? verdict->name_checked : connection.downstream.name};
  if (servers_.size() >= max_servers && !servers_.contains(server)) {
    ++of_others_;
    return;
  }
  auto& seen = servers_[server];
  ++seen.connections;
  seen.failed += failed ? 1 : 0;
  seen.refused += refused ? 1 : 0;
  if (refused && seen.advice.empty()) seen.advice = connection.reaction.advice;
  if (verdict == nullptr) return;
  seen.has_verdict = true;
  seen.is_right = verdict->acceptable();
  seen.verdict = verdict_text(*verdict);
  seen.causes.assign(verdict->causes.begin(), verdict->causes.end());
  if (!verdict->advice.empty()) seen.advice = verdict->advice;
}

std::string Tally::text(const terminal::Style& style) const {
  using terminal::Tone;
  const std::lock_guard lock(mutex_);
  if (connections_ == 0) return {};
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began_).count();
  const auto say = [this](std::string_view english, const std::vector<std::string>& values = {}) {
    return said(language_, english, values);
  };
  const auto connections = [this](std::uint64_t number) {
    return counted(language_, number, "{n} connection", "{n} connections");
  };
  auto head = say("{connections} in {n} min {s} s: {well} ended well, {failed} failed",
                  {connections(connections_), std::to_string(seconds / 60), std::to_string(seconds % 60),
                   std::to_string(connections_ - failed_), std::to_string(failed_)});
  if (refused_ > 0)
    head += "; " + say("the client refused {certificates} that it was shown",
                       {counted(language_, refused_, "{n} certificate", "{n} certificates")});

  std::vector<std::pair<Server, Seen>> order(servers_.begin(), servers_.end());
  const auto trouble = [](const Seen& seen) {
    return std::tuple(seen.has_verdict && !seen.is_right ? seen.connections : 0, seen.refused + seen.failed,
                      seen.connections);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](const auto& a, const auto& b) { return trouble(a.second) > trouble(b.second); });
  std::vector<terminal::Row> rows;
  for (const auto& [server, seen] : order) {
    const auto& [route, address, name] = server;
    const bool all_right = seen.is_right && seen.failed + seen.refused == 0;
    rows.push_back({{{printable(label_of(name, address)), Tone::strong},
                     {printable(route)},
                     {std::to_string(seen.connections)},
                     {std::to_string(seen.failed), seen.failed > 0 ? Tone::bad : Tone::plain},
                     {in_language(seen.has_verdict ? seen.verdict : "no certificate seen", language_),
                      seen.is_right ? Tone::good : Tone::bad},
                     {seen.causes.empty() ? "-" : terminal::join_numbers(seen.causes, ", ")}},
                    all_right ? std::string() : printable(in_language(seen.advice, language_))});
  }
  auto text = terminal::indented(head, 0, style, Tone::strong);
  if (!rows.empty())
    text += "\n" + terminal::render({say("SERVER"), say("ROUTE"), say("CONNECTIONS"), say("FAILED"),
                                     say("VERDICT"), say("CAUSE")},
                                    rows, style);
  if (of_others_ > 0)
    text +=
        terminal::indented(say("and {connections} to other servers", {connections(of_others_)}), 2, style);
  if (!failures_.empty()) {
    std::vector<std::pair<std::uint64_t, inspect::Reason>> most;
    for (const auto& [reason, count] : failures_) most.emplace_back(count, reason);
    std::sort(most.begin(), most.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<std::string> words;
    words.reserve(most.size());
    for (const auto& [count, reason] : most)
      words.push_back(std::string(to_string(reason)) + " " + std::to_string(count));
    text += "\n" + terminal::indented(say("failed: {reasons}", {join(words, ", ")}), 0, style);
  }
  return text;
}

}  // namespace mailtap::proxy
