// The sentences of a report, in both languages.
#pragma once

#include <string_view>

#include "certs/verify/question.h"

namespace mailtap::report {

/// What a use is: "EWS (Exchange Web Services)". Of a word that isn't known: the word.
std::string_view title_of(std::string_view what, certs::Language language);
/// What to do about it; empty: nothing is known.
std::string_view advice_of(std::string_view what, certs::Language language);
/// What happens on a day of certs/verify/dates.tsv (its value); empty: it has no sentence.
std::string_view event_of(std::string_view value, certs::Language language);

}  // namespace mailtap::report
