#include "proxy/alerts/program.h"

#include <cstdlib>

#include "config/base/windows/system.h"

namespace mailtap::alerts {

std::vector<std::string> plain_environment() {
  std::vector<std::string> variables;
  for (const auto* name :
       {"PATH", "PATHEXT", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "TEMP", "TMP", "USERPROFILE"})
    if (const char* value = std::getenv(name)) variables.push_back(std::string(name) + "=" + value);
  return variables;
}

namespace {

std::vector<DWORD> children_of(DWORD process) {
  std::vector<DWORD> children;
  auto* const all = ::CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
  if (all == INVALID_HANDLE_VALUE) return children;
  PROCESSENTRY32W one{};
  one.dwSize = sizeof one;
  for (auto more = ::Process32FirstW(all, &one); more != 0; more = ::Process32NextW(all, &one))
    if (one.th32ParentProcessID == process && one.th32ProcessID != process)
      children.push_back(one.th32ProcessID);
  ::CloseHandle(all);
  return children;
}

void end_tree(DWORD process, int depth) {
  constexpr int deepest = 8;
  if (depth < deepest)
    for (const auto child : children_of(process)) end_tree(child, depth + 1);
  auto* const handle = ::OpenProcess(PROCESS_TERMINATE, FALSE, process);
  if (handle == nullptr) return;
  ::TerminateProcess(handle, 1);
  ::CloseHandle(handle);
}

}  // namespace

/// A program without a console can't be asked: Windows has no signal for that.
void end_with_children(int process, Ending /*how*/) {
  end_tree(static_cast<DWORD>(process), 0);
}

}  // namespace mailtap::alerts
