#include "proxy/top/screen.h"

#include <algorithm>
#include <array>
#include <vector>

#include "config/base/json_reader.h"
#include "config/base/phrases.h"
#include "config/base/text.h"
#include "inspect/writers/printable.h"

namespace mailtap::top {

namespace {

using inspect::printable;
using json::at;
using json::number;
using json::Value;
using terminal::Tone;

/// Fit for a terminal, whatever a server chose to call itself.
std::string text(const Value& in, const char* name) {
  return printable(json::text(in, name));
}
/// The last `count` of a row of buckets.
std::uint64_t sum_of_last(const Value& in, const char* name, rapidjson::SizeType count) {
  const auto& row = at(in, name);
  std::uint64_t sum = 0;
  if (row.IsArray())
    for (auto i = row.Size() - std::min(row.Size(), count); i < row.Size(); ++i)
      if (row[i].IsUint64()) sum += row[i].GetUint64();
  return sum;
}

/// The worst first.
constexpr std::array<std::string_view, 6> healths{"down", "faulty", "refused", "expiring", "unknown", "well"};
std::size_t rank(const Value& upstream) {
  return static_cast<std::size_t>(std::find(healths.begin(), healths.end(), text(upstream, "health")) -
                                  healths.begin());
}

std::string verdict_text(const Value& verdict, Language language) {
  if (!verdict.IsObject()) return said(language, "no certificate seen");
  std::vector<std::string> faults;
  for (const auto& fault : json::texts(verdict, "faults")) faults.push_back(printable(fault));
  if (text(verdict, "name") == "mismatch") faults.push_back(said(language, "name mismatch"));
  return faults.empty() ? said(language, "trusted") : join(faults, ", ");
}

std::string milliseconds(std::uint64_t microseconds) {
  if (microseconds == 0) return "-";
  return microseconds < 1000 ? "<1 ms" : std::to_string((microseconds + 500) / 1000) + " ms";
}

terminal::Row row_of(const Value& upstream, Language language) {
  const auto health = rank(upstream);
  const auto name = text(upstream, "name");
  const auto& days = at(at(upstream, "verdict"), "days_left");
  return {{{name.empty() ? text(upstream, "upstream") : name, Tone::strong},
           {text(upstream, "route")},
           {said(language, text(upstream, "health")), health < 3   ? Tone::bad
                                                      : health < 5 ? Tone::plain
                                                                   : Tone::good},
           {verdict_text(at(upstream, "verdict"), language)},
           {days.IsInt64() ? std::to_string(days.GetInt64()) : "-"},
           {std::to_string(number(upstream, "connections"))},
           {std::to_string(number(upstream, "failed"))},
           {milliseconds(number(upstream, "handshake_us"))}},
          {}};
}

}  // namespace

Result<std::string> screen(const Told& told, const terminal::Style& style, std::size_t height,
                           Language language) {
  rapidjson::Document state, counts, upstreams;
  for (auto [document, text] :
       {std::pair{&state, &told.state}, {&counts, &told.counts}, {&upstreams, &told.upstreams}})
    if (!json::parse_object(*document, *text)) return fail("that isn't what mailtap's admin endpoint tells");
  std::vector<const Value*> servers;
  if (const auto& all = at(upstreams, "upstreams"); all.IsArray())
    for (const auto& each : all.GetArray()) servers.push_back(&each);
  std::stable_sort(servers.begin(), servers.end(),
                   [](const auto* a, const auto* b) { return rank(*a) < rank(*b); });
  const auto faulty =
      std::count_if(servers.begin(), servers.end(), [](const auto* each) { return rank(*each) < 3; });
  const auto& totals = at(counts, "totals");
  const auto& hour = at(counts, "last_hour");
  const auto step = std::max<std::uint64_t>(1, number(counts, "step_seconds"));
  constexpr rapidjson::SizeType buckets = 12;  // a minute

  const auto say = [&](std::string_view english, const std::vector<std::string>& values = {}) {
    return said(language, english, values);
  };
  const auto refused = number(hour, "refused");
  std::string all = terminal::indented(
      say("{faulty} of {n} servers have faults; the client refused {certificates} in the last hour",
          {std::to_string(faulty), std::to_string(servers.size()),
           say(refused == 1 ? "{n} certificate" : "{n} certificates", {std::to_string(refused)})}),
      0, style, faulty > 0 ? Tone::bad : Tone::good);
  all += terminal::indented(
      say("mailtap {version}; {open} open, {rate}/s in the last minute, {n} so far, {failed} failed",
          {text(state, "version"), std::to_string(number(state, "open")),
           std::to_string(sum_of_last(counts, "connections", buckets) / (step * buckets)),
           std::to_string(number(totals, "connections")), std::to_string(number(totals, "failed"))}),
      0, style, Tone::faint);
  std::vector<terminal::Row> rows;
  rows.reserve(servers.size());
  for (const auto* each : servers) rows.push_back(row_of(*each, language));
  if (!rows.empty())
    all += "\n" + terminal::render({say("SERVER"), say("ROUTE"), say("HEALTH"), say("VERDICT"), say("DAYS"),
                                    say("CONN"), say("FAILED"), "TLS"},
                                   rows, style);
  if (height == 0) return all;
  std::size_t end = 0;
  for (std::size_t line = 0; line < height && end != std::string::npos; ++line) {
    const auto next = all.find('\n', end);
    if (next == std::string::npos) return all;
    end = next + 1;
  }
  return all.substr(0, end);
}

}  // namespace mailtap::top
