#include "proxy/net/port_owner.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace mailtap::net {

namespace {

namespace fs = std::filesystem;

/// Adds the inodes of sockets that listen on the port; `table` is /proc/net/tcp or tcp6 (proc(5)).
void add_listeners(const char* table, std::uint16_t port, std::set<std::string>& links) {
  std::ifstream file(table);
  std::string line;
  std::getline(file, line);  // the head
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string slot, local, remote, state, queues, timer, retransmits, user, timeout, inode;
    fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >> inode;
    constexpr const char* listening = "0A";
    const auto colon = local.rfind(':');
    if (state != listening || colon == std::string::npos) continue;
    if (std::strtoul(local.c_str() + colon + 1, nullptr, 16) == port) links.insert("socket:[" + inode + "]");
  }
}

bool has_any(const fs::path& process, const std::set<std::string>& links) {
  std::error_code error;
  for (fs::directory_iterator it(process / "fd", error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (links.contains(fs::read_symlink(it->path(), ignored).string())) return true;
  }
  return false;
}

}  // namespace

std::string port_owner(std::uint16_t port) {
  std::set<std::string> links;
  for (const auto* table : {"/proc/net/tcp", "/proc/net/tcp6"}) add_listeners(table, port, links);
  if (links.empty()) return {};
  std::error_code error;
  for (fs::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
    const auto id = it->path().filename().string();
    if (id.find_first_not_of("0123456789") != std::string::npos || !has_any(it->path(), links)) continue;
    std::ifstream file(it->path() / "comm");
    std::string name;
    std::getline(file, name);
    return name.append(" (process ").append(id).append(")");
  }
  return {};
}

}  // namespace mailtap::net
