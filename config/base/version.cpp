#include "config/base/version.h"

namespace mailtap {

std::string_view version() {
  return MAILTAP_VERSION;
}

std::string version_and_commit() {
  std::string text(version());
  if (!commit().empty()) text += " (" + std::string(commit()) + ")";
  return text;
}

bool is_by_profile() {
  return MAILTAP_BY_PROFILE != 0;
}

}  // namespace mailtap
