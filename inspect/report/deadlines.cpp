#include "inspect/report/deadlines.h"

#include "certs/verify/dates.h"

namespace mailtap::report {

std::vector<Deadline> deadlines_of(std::string_view what, Time at) {
  std::vector<Deadline> deadlines;
  for (const auto& rule : certs::dated_rules()) {
    const auto of = certs::service_of(rule);
    if (!of || of->use != what) continue;
    const auto left = std::chrono::floor<std::chrono::days>(rule.from - at).count();
    deadlines.push_back(
        {to_rfc3339(rule.from).substr(0, 10), static_cast<long>(left), of->event, rule.source});
  }
  return deadlines;
}

}  // namespace mailtap::report
