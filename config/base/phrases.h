// Sentences for people in the reader's language, from one catalogue: phrases.tsv.
//
// A line of it is a sentence in English and in Vietnamese. {name} stands for what is put in and stays as it
// is (a name, a path, a date), {n} for a number, and {NAME} for what is a sentence of the catalogue again.
//
// A sentence whose reader is known is made by said(). One that is made deep inside, where nobody knows who
// will read it (why a handshake failed, what is wrong with a certificate), is made in English and put into
// the reader's language where it is shown, by in_language(): logs and traces that were written long ago can
// so be shown in any language. The page does the same (inspect/web/phrases.js.in).
//
// A new sentence is a new line of phrases.tsv; tests/config/phrases_test.cpp and the end-to-end test
// `languages` find those that lack one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/base/language.h"

namespace mailtap {

/// The sentence with `values` in place of its placeholders, in their order in English. Without a line in the
/// catalogue it stays in English.
std::string said(Language language, std::string_view english, const std::vector<std::string>& values = {});

/// The same with its placeholders as they are, for those who put values in themselves. It lasts for good.
std::string_view template_in(std::string_view english, Language language);

/// A sentence that was made from the catalogue, in either language, in the one that is wanted. Several that
/// stand in one text ("; ", ": ", ". ", in parentheses) are found one by one. What the catalogue doesn't have
/// stays as it is.
std::string in_language(std::string_view sentence, Language language);

/// The catalogue, as it is in phrases.tsv.
struct Phrase {
  std::string_view english, vietnamese;
};
const std::vector<Phrase>& phrases();

}  // namespace mailtap
