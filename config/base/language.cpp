#include "config/base/language.h"

#include "config/base/text.h"

namespace mailtap {

Language language_of(std::string_view tag) {
  const auto language = to_lower_ascii(tag.substr(0, tag.find_first_of("_-.@")));
  return language == "vi" ? Language::vietnamese : Language::english;
}

}  // namespace mailtap
