#include "config/base/days.h"

#include "config/base/phrases.h"

namespace mailtap {

long days_between(Time from, Time to) {
  using std::chrono::floor;
  return (floor<std::chrono::days>(to) - floor<std::chrono::days>(from)).count();
}

std::string days_text(long days, Language language) {
  return said(language, days == 1 || days == -1 ? "{n} day" : "{n} days", {std::to_string(days)});
}

std::string date_of(Time time) {
  return to_rfc3339(time).substr(0, 10);
}

}  // namespace mailtap
