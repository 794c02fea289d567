#include "proxy/runtime/privileges.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <vector>

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mailtap::proxy {

namespace {

struct Who {
  uid_t user;
  gid_t group;
};

std::optional<unsigned> number(const std::string& text) {
  unsigned value = 0;
  const auto* const last = text.data() + text.size();
  const auto [end, failure] = std::from_chars(text.data(), last, value);
  if (text.empty() || failure != std::errc() || end != last) return std::nullopt;
  return value;
}

Result<Who> look_up(const std::string& user, const std::string& group) {
  std::vector<char> buffer(std::size_t{64} * 1024);
  Who who{};
  std::optional<gid_t> own_group;
  passwd entry{};
  passwd* found = nullptr;
  const auto user_number = number(user);
  if (user_number)
    ::getpwuid_r(*user_number, &entry, buffer.data(), buffer.size(), &found);
  else
    ::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found != nullptr) {
    who.user = found->pw_uid;
    own_group = found->pw_gid;
  } else if (user_number) {
    who.user = *user_number;
  } else {
    return fail("there is no user \"" + user + "\" here; make one (docs/running.md) or give another", "user");
  }
  if (group.empty()) {
    if (!own_group) return fail(user + " has no name and so no group; give group too", "user");
    who.group = *own_group;
    return who;
  }
  struct group group_entry {};
  struct group* group_found = nullptr;
  ::getgrnam_r(group.c_str(), &group_entry, buffer.data(), buffer.size(), &group_found);
  if (group_found != nullptr)
    who.group = group_found->gr_gid;
  else if (const auto group_number = number(group))
    who.group = *group_number;
  else
    return fail("there is no group \"" + group + "\" here; make one or give another", "group");
  return who;
}

/// Of this thread: CAP_NET_BIND_SERVICE alone, kept across execve for a successor.
bool keep_bind_service() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};
  data[0].effective = data[0].permitted = data[0].inheritable = 1U << CAP_NET_BIND_SERVICE;
  return ::syscall(SYS_capset, &header, data) == 0 &&
         ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0) == 0;
}

}  // namespace

Result<void> find_user(const std::string& user, const std::string& group) {
  const auto who = look_up(user, group);
  if (!who) return tl::unexpected(who.error());
  return {};
}

Result<void> run_as(const std::string& user, const std::string& group) {
  if (user.empty()) return {};
  const auto who = look_up(user, group);
  if (!who) return tl::unexpected(who.error());
  if (::getuid() == who->user && ::geteuid() == who->user && ::getgid() == who->group &&
      ::getegid() == who->group)
    return {};
  if (::geteuid() != 0)
    return fail("only root can go on as " + user + "; start mailtap as root, or leave user out", "user");
  const auto failed = [&](const char* step) {
    return fail(
        "can't go on as " + user + ": " + step + ": " + std::strerror(errno) +
            "; mailtap needs the capabilities SETUID and SETGID for that (in a container: --cap-add), and a "
            "user that exists there: give them, or start it as that user and leave user out",
        "user");
  };
  const bool may_keep = ::prctl(PR_CAPBSET_READ, CAP_NET_BIND_SERVICE) == 1;
  if (::prctl(PR_SET_KEEPCAPS, 1) != 0) return failed("keepcaps");
  if (::setgroups(0, nullptr) != 0) return failed("setgroups");
  if (::setresgid(who->group, who->group, who->group) != 0) return failed("setresgid");
  if (::setresuid(who->user, who->user, who->user) != 0) return failed("setresuid");
  if (who->user != 0) {
    if (may_keep && !keep_bind_service()) return failed("capset");
    ::prctl(PR_SET_KEEPCAPS, 0);
    if (::setresuid(0, 0, 0) == 0)
      return fail("the way back to root is still open; start mailtap as that user, and leave user out",
                  "user");
  }
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("no_new_privs");
  return {};
}

void allow_core_dumps(bool allowed) {
  // A core_pattern that is a pipe asks this and not the limit.
  ::prctl(PR_SET_DUMPABLE, allowed ? 1 : 0);
  const rlimit none{0, 0};
  if (!allowed) ::setrlimit(RLIMIT_CORE, &none);
}

}  // namespace mailtap::proxy
