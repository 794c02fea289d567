// Name matching: the name asked for, a newline, the name presented.
#include <cstdlib>

#include "certs/verify/name_matching.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailtap::certs;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto newline = text.find('\n');
  const auto reference = reference_name(text.substr(0, newline));
  const auto presented = newline == std::string_view::npos ? std::string_view{} : text.substr(newline + 1);
  if (reference.form != ReferenceName::Form::dns) return 0;
  // A name in reference form is its own reference, and names itself.
  if (reference_name(reference.dns).dns != reference.dns) std::abort();
  if (!dns_name_matches(reference.dns, reference.dns)) std::abort();
  if (dns_name_matches(presented, reference.dns) && presented.find('*') != std::string_view::npos &&
      !presented.starts_with("*."))
    std::abort();
  return 0;
}
