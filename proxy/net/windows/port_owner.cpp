#include "proxy/net/port_owner.h"

#include <array>
#include <filesystem>
#include <vector>

#include <uv.h>

#include "config/base/windows/system.h"
#include "config/base/windows/wide.h"

namespace mailtap::net {

namespace {

std::string name_of(DWORD process) {
  auto* const handle = ::OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, process);
  if (handle == nullptr) return "a process";
  std::array<wchar_t, 1024> path{};
  auto size = static_cast<DWORD>(path.size());
  const bool known = ::QueryFullProcessImageNameW(handle, 0, path.data(), &size) != 0;
  ::CloseHandle(handle);
  return known ? std::filesystem::path(std::wstring(path.data(), size)).filename().string() : "a process";
}

template <class Table>
DWORD owner_in(ULONG family, std::uint16_t port) {
  ULONG size = 0;
  ::GetExtendedTcpTable(nullptr, &size, FALSE, family, TCP_TABLE_OWNER_PID_LISTENER, 0);
  std::vector<unsigned char> memory(size + 4096);
  size = static_cast<ULONG>(memory.size());
  if (::GetExtendedTcpTable(memory.data(), &size, FALSE, family, TCP_TABLE_OWNER_PID_LISTENER, 0) != NO_ERROR)
    return 0;
  const auto* table = reinterpret_cast<const Table*>(memory.data());
  for (DWORD i = 0; i < table->dwNumEntries; ++i)
    if (ntohs(static_cast<u_short>(table->table[i].dwLocalPort)) == port) return table->table[i].dwOwningPid;
  return 0;
}

}  // namespace

std::string port_owner(std::uint16_t port) {
  auto process = owner_in<MIB_TCPTABLE_OWNER_PID>(AF_INET, port);
  if (process == 0) process = owner_in<MIB_TCP6TABLE_OWNER_PID>(AF_INET6, port);
  return process == 0 ? std::string() : name_of(process) + " (process " + std::to_string(process) + ")";
}

}  // namespace mailtap::net
