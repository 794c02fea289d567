// What is asked of certificates, beside whom to trust.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "config/base/text.h"

namespace mailtap::certs {

/// The language of advice.
enum class Language : std::uint8_t { english, vietnamese };

/// From a tag or a locale's name ("vi", "vi_VN.UTF-8"); English when it is none of ours.
Language language_of(std::string_view tag);

enum class Profile : std::uint8_t { rfc5280, webpki };

struct Question {
  std::string name;  ///< DNS name (A- or U-label) or IP address
  Time at;
  Profile profile = Profile::rfc5280;
  Language language = Language::english;  ///< of the advice
  std::string client{};                   ///< one of certs/clients that the advice speaks of; empty: of none
};

}  // namespace mailtap::certs
