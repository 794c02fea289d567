// What is asked of certificates, beside whom to trust.
#pragma once

#include <cstdint>
#include <string>

#include "certs/model/pointers.h"
#include "config/base/language.h"
#include "config/base/text.h"

namespace mailtap::certs {

using mailtap::Language;
using mailtap::language_of;

enum class Profile : std::uint8_t { rfc5280, webpki };

struct Question {
  std::string name;  ///< DNS name (A- or U-label) or IP address
  Time at;
  Profile profile = Profile::rfc5280;
  Language language = Language::english;  ///< of the advice
  std::string client{};                   ///< one of certs/clients that the advice speaks of; empty: of none
  StapledPtr stapled{};                   ///< what the server added to the leaf; null: nobody asked it to
};

}  // namespace mailtap::certs
