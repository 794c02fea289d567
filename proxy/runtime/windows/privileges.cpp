#include "proxy/runtime/privileges.h"

namespace mailtap::proxy {

Result<void> find_user(const std::string& user, const std::string& group) {
  if (user.empty() && group.empty()) return {};
  return fail(
      "mailtap changes its user on Linux alone; leave user and group out, and start it as the account that "
      "it "
      "shall run as",
      "user");
}

Result<void> run_as(const std::string& user, const std::string& group) {
  return find_user(user, group);
}

void allow_core_dumps(bool /*allowed*/) {}  // Windows writes none unless its administrator has asked it to

}  // namespace mailtap::proxy
