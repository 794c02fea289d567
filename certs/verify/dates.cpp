#include "certs/verify/dates.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "certs/asn1/oids.h"
#include "certs/verify/checks.h"
#include "certs/verify/thresholds.h"

namespace mailtap::certs {

namespace {

std::optional<long> number_of(std::string_view text) {
  long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::optional<Time> day_of(std::string_view text) {
  const auto time = from_rfc3339(std::string(text) + "T00:00:00Z");
  return time ? std::optional(*time) : std::nullopt;
}

constexpr std::string_view years_after = " years";

/// "+15 years" of a root that was made then, or the day itself.
std::optional<Time> end_of(std::string_view value, Time made) {
  if (!value.starts_with('+') || !value.ends_with(years_after)) return day_of(value);
  value.remove_prefix(1);
  const auto years = number_of(value.substr(0, value.size() - years_after.size()));
  if (!years) return std::nullopt;
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(made)};
  const auto later = day + std::chrono::years{*years};
  // The 29th of February of a year without one is the last of that month.
  return Time{std::chrono::sys_days{later.ok() ? later : later.year() / later.month() / std::chrono::last}};
}

bool lists(std::string_view protocols, std::string_view protocol) {
  while (!protocols.empty()) {
    const auto end = std::min(protocols.find(','), protocols.size());
    if (protocols.substr(0, end) == protocol) return true;
    protocols.remove_prefix(std::min(protocols.size(), end + 1));
  }
  return false;
}

bool is_sound(const DatedRule& rule) {
  if (rule.source.empty()) return false;
  if (rule.kind == "limit") return number_of(rule.value).value_or(0) > 0;
  if (rule.kind == "no-client-auth") return !rule.subject.empty() && !rule.value.empty();
  if (rule.kind == "distrust") return !rule.subject.empty() && rule.subject != "-" && !rule.value.empty();
  if (rule.kind == "service") return !rule.value.empty() && service_of(rule).has_value();
  return rule.kind == "retire" && end_of(rule.value, rule.from).has_value();
}

/// The last rule of that kind that holds at `at`.
const DatedRule* rule_at(std::string_view kind, Time at) {
  const DatedRule* found = nullptr;
  for (const auto& rule : dated_rules())
    if (rule.kind == kind && rule.from <= at) found = &rule;
  return found;
}

bool is_of(const DistinguishedName& name, std::string_view wanted) {
  const auto names = name.values(oid::organisation);
  return std::find(names.begin(), names.end(), wanted) != names.end();
}

}  // namespace

std::optional<ServiceRule> service_of(const DatedRule& rule) {
  if (rule.kind != "service") return std::nullopt;
  constexpr std::string_view between = "; ";
  std::array<std::string_view, 4> parts;
  auto left = rule.subject;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto end = left.find(between);
    if ((end == std::string_view::npos) != (i + 1 == parts.size())) return std::nullopt;
    parts[i] = left.substr(0, end);
    if (parts[i].empty()) return std::nullopt;
    left.remove_prefix(std::min(left.size(), parts[i].size() + between.size()));
  }
  return ServiceRule{parts[0], parts[1], parts[2], parts[3]};
}

Result<std::vector<DatedRule>> parse_dates(std::string_view file) {
  std::vector<DatedRule> rules;
  for (std::size_t number = 1; !file.empty(); ++number) {
    auto line = file.substr(0, file.find('\n'));
    file.remove_prefix(std::min(file.size(), line.size() + 1));
    if (line.empty() || line.starts_with('#')) continue;
    std::array<std::string_view, 5> fields;
    std::size_t count = 0;
    for (bool more = true; more && count < fields.size(); ++count) {
      const auto tab = line.find('\t');
      fields[count] = line.substr(0, tab);
      more = tab != std::string_view::npos;
      line.remove_prefix(more ? tab + 1 : line.size());
    }
    const auto from = day_of(fields[1]);
    const DatedRule rule{fields[0], from.value_or(Time{}), fields[2], fields[3], fields[4]};
    if (count != fields.size() || !line.empty() || !from || !is_sound(rule))
      return fail("dates.tsv: line " + std::to_string(number) +
                  " is none of kind, from, value, subject and source");
    rules.push_back(rule);
  }
  return rules;
}

const std::vector<DatedRule>& dated_rules() {
  static const auto rules = parse_dates(dates_file()).value_or(std::vector<DatedRule>{});
  return rules;
}

std::optional<long> max_validity_days(Time issued) {
  const auto* rule = rule_at("limit", issued);
  return rule == nullptr ? std::nullopt : number_of(rule->value);
}

std::string validity_limit_since(Time issued) {
  const auto* rule = rule_at("limit", issued);
  return rule == nullptr ? std::string{} : date_of(rule->from);
}

std::vector<std::string> dated_lints(const Path& path, bool is_public, Time at) {
  std::vector<std::string> lints;
  if (!is_public) return lints;
  const auto& leaf = *path.certificates.front();
  const auto& last = *path.certificates.back();
  for (const auto& rule : dated_rules())
    if (rule.kind == "distrust" && leaf.not_before >= rule.from &&
        (is_of(last.issuer, rule.subject) || is_of(last.subject, rule.subject)))
      lints.push_back("what " + std::string(rule.subject) + " issued since " + date_of(rule.from) +
                      " isn't trusted by " + std::string(rule.value));
  if (path.certificates.size() < 2 || !last.self_issued()) return lints;
  const auto* retire = rule_at("retire", last.not_before);
  const auto end = retire == nullptr ? std::nullopt : end_of(retire->value, last.not_before);
  constexpr std::chrono::days soon{366};
  if (end && *end - at < soon)
    lints.push_back("its root, " + last.short_name() + ", is of " + date_of(last.not_before) +
                    ": Firefox and Thunderbird " + (*end <= at ? "no longer trust" : "stop trusting") +
                    " it for servers " + (*end <= at ? "since " : "on ") + date_of(*end));
  return lints;
}

std::vector<DatedRule> client_auth_rules_of(std::string_view organisation) {
  std::vector<DatedRule> own;
  std::vector<DatedRule> of_all;
  for (const auto& rule : dated_rules()) {
    if (rule.kind != "no-client-auth") continue;
    if (rule.subject == "-") {
      of_all.push_back(rule);
    } else if (rule.subject == organisation) {
      own.push_back(rule);
    }
  }
  own.insert(own.end(), of_all.begin(), of_all.end());
  return own;
}

std::vector<DatedRule> refusals_of(std::string_view service, std::string_view protocol) {
  std::vector<DatedRule> refusals;
  for (const auto& rule : dated_rules()) {
    const auto of = service_of(rule);
    if (of && of->service == service && lists(of->protocols, protocol)) refusals.push_back(rule);
  }
  return refusals;
}

long warn_days_of_life(long days) {
  return std::clamp(days / 3, 1L, warn_days);
}

std::optional<long> life_of(const Verdict& verdict) {
  const CertificateSummary* first = nullptr;
  for (const auto position : verdict.path) {
    if (position >= verdict.chain.size() || !verdict.chain[position].readable) continue;
    const auto& one = verdict.chain[position];
    if (first == nullptr || one.not_after < first->not_after) first = &one;
  }
  if (first == nullptr) return std::nullopt;
  return days_between(first->not_before, first->not_after);
}

long warn_days_of(const Verdict& verdict) {
  const auto life = life_of(verdict);
  return life ? warn_days_of_life(*life) : warn_days;
}

}  // namespace mailtap::certs
