#include "certs/model/idna.h"

#include <memory>

#include <idn2.h>

namespace mailtap::certs {

std::string to_a_labels(const std::string& name) {
  char* converted = nullptr;
  if (idn2_to_ascii_8z(name.c_str(), &converted, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK) return {};
  const std::unique_ptr<char, void (*)(void*)> owner(converted, idn2_free);
  return converted;
}

}  // namespace mailtap::certs
