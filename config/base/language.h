// The reader's language.
#pragma once

#include <cstdint>
#include <string_view>

namespace mailtap {

enum class Language : std::uint8_t { english, vietnamese };

/// From a tag or a locale's name ("vi", "vi_VN.UTF-8"); English when it is none of ours.
Language language_of(std::string_view tag);

}  // namespace mailtap
