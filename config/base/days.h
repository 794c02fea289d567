// Days: counted and said in one way everywhere.
#pragma once

#include <string>

#include "config/base/language.h"
#include "config/base/text.h"

namespace mailtap {

/// By the calendar of UTC: today 0, tomorrow 1, whatever the hour; negative: `to` is before `from`.
long days_between(Time from, Time to);

/// "1 day", "12 days".
std::string days_text(long days, Language language = Language::english);

/// 2026-11-23.
std::string date_of(Time time);

}  // namespace mailtap
