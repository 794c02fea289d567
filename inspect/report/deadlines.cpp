#include "inspect/report/deadlines.h"

#include "certs/verify/dates.h"
#include "config/base/days.h"

namespace mailtap::report {

std::vector<Deadline> deadlines_of(std::string_view what, Time at) {
  std::vector<Deadline> deadlines;
  for (const auto& rule : certs::dated_rules()) {
    const auto of = certs::service_of(rule);
    if (!of || of->use != what) continue;
    deadlines.push_back({date_of(rule.from), days_between(at, rule.from), of->event, rule.source});
  }
  return deadlines;
}

}  // namespace mailtap::report
