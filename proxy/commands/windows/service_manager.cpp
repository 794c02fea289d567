#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <thread>
#include <utility>
#include <vector>

#include "config/base/phrases.h"
#include "config/base/windows/system.h"
#include "config/base/windows/wide.h"
#include "config/check.h"
#include "inspect/writers/messages.h"
#include "proxy/commands/windows/service.h"

namespace mailtap::commands::service {

namespace {

/// `what` is made in English.
int complain(const Line& line, const std::string& what) {
  inspect::Messages(2).in(line.language).error(what);
  return EXIT_FAILURE;
}

/// "mailtap: draining"
int tell(const Line& line, std::string_view english, const std::vector<std::string>& values = {}) {
  std::cout << line.name << ": " << said(line.language, english, values) << '\n';
  return EXIT_SUCCESS;
}

std::string words_for(DWORD error) {
  switch (error) {
    case ERROR_ACCESS_DENIED: return "access is denied; do it in an elevated prompt (Run as administrator)";
    case ERROR_SERVICE_DOES_NOT_EXIST: return "there is no such service; mailtap service install makes it";
    case ERROR_SERVICE_EXISTS: return "there is one already; mailtap service remove takes it out";
    case ERROR_SERVICE_MARKED_FOR_DELETE:
      return "it is being removed, and goes when it has ended and nobody looks at it (services.msc) any more";
    case ERROR_SERVICE_NOT_ACTIVE: return "it isn't running";
    case ERROR_SERVICE_CANNOT_ACCEPT_CTRL: return "it is starting or ending, and hears nothing now";
    case ERROR_SERVICE_ALREADY_RUNNING: return "it is running already";
    case ERROR_SERVICE_LOGON_FAILED:
    case ERROR_INVALID_SERVICE_ACCOUNT: return "there is no such account, or it may not log on as a service";
    default: return "Windows's error " + std::to_string(error);
  }
}

std::string last_error() {
  return words_for(::GetLastError());
}

/// A handle of the service control manager's.
class Handle {
 public:
  explicit Handle(SC_HANDLE handle) : handle_(handle) {}
  ~Handle() {
    if (handle_ != nullptr) ::CloseServiceHandle(handle_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  explicit operator bool() const { return handle_ != nullptr; }
  SC_HANDLE get() const { return handle_; }

 private:
  SC_HANDLE handle_;
};

/// Calls `act` with the service, opened with `rights`.
template <class Act>
int with_service(const Line& line, DWORD rights, Act act) {
  const Handle manager(::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT));
  const Handle service(manager ? ::OpenServiceW(manager.get(), to_wide(line.name).c_str(), rights) : nullptr);
  if (!service) return complain(line, "the service " + line.name + ": " + last_error());
  return act(service.get());
}

/// False: it can't be asked.
bool ask(SC_HANDLE service, SERVICE_STATUS_PROCESS& status) {
  DWORD size = 0;
  return ::QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, reinterpret_cast<BYTE*>(&status),
                                sizeof status, &size) != 0;
}

int control(const Line& line, DWORD right, DWORD what, std::string_view english) {
  return with_service(line, right, [&](SC_HANDLE service) {
    SERVICE_STATUS status{};
    if (::ControlService(service, what, &status) == 0)
      return complain(line, "the service " + line.name + ": " + last_error());
    return tell(line, english);
  });
}

std::string_view word_for(DWORD state) {
  switch (state) {
    case SERVICE_STOPPED: return "stopped";
    case SERVICE_START_PENDING: return "starting";
    case SERVICE_STOP_PENDING: return "draining";
    case SERVICE_RUNNING: return "running";
    default: return "paused";
  }
}

// --- what `install` makes ---------------------------------------------------------------------------------

std::wstring own_path() {
  std::wstring path(32768, L'\0');
  path.resize(::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
  return path;
}

std::string absolute(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::absolute(path, ignored).string();
}

std::wstring in_quotes(const std::string& text) {
  return L"\"" + to_wide(text) + L"\"";
}

constexpr const wchar_t* event_source =
    L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\mailtap";

/// Event Viewer shows an event's text by its source's message file. That of Windows's own EventCreate.exe has
/// "%1", the text as it is, for each event from 1 to 1000.
void register_event_source() {
  HKEY key = nullptr;
  if (::RegCreateKeyExW(HKEY_LOCAL_MACHINE, event_source, 0, nullptr, 0, KEY_SET_VALUE, nullptr, &key,
                        nullptr) != ERROR_SUCCESS)
    return;  // then Event Viewer puts a sentence of its own before the text
  constexpr std::wstring_view file = L"%SystemRoot%\\System32\\EventCreate.exe";
  const DWORD kinds = EVENTLOG_INFORMATION_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_ERROR_TYPE;
  ::RegSetValueExW(key, L"EventMessageFile", 0, REG_EXPAND_SZ, reinterpret_cast<const BYTE*>(file.data()),
                   static_cast<DWORD>((file.size() + 1) * sizeof(wchar_t)));
  ::RegSetValueExW(key, L"TypesSupported", 0, REG_DWORD, reinterpret_cast<const BYTE*>(&kinds), sizeof kinds);
  ::RegCloseKey(key);
}

/// Description, and what becomes of it when it ends without having been told to.
void describe(SC_HANDLE service, Language language) {
  auto about = to_wide(said(language, "Says what is wrong with the certificates of mail servers."));
  SERVICE_DESCRIPTIONW description{about.data()};
  ::ChangeServiceConfig2W(service, SERVICE_CONFIG_DESCRIPTION, &description);
  SC_ACTION again[]{{SC_ACTION_RESTART, 5'000},
                    {SC_ACTION_RESTART, 60'000}};  // ms; the last one for the rest
  SERVICE_FAILURE_ACTIONSW failures{};
  failures.dwResetPeriod = 24 * 60 * 60;
  failures.cActions = 2;
  failures.lpsaActions = again;
  ::ChangeServiceConfig2W(service, SERVICE_CONFIG_FAILURE_ACTIONS, &failures);
}

}  // namespace

int install(const Line& line) {
  config::RunCommandLine run_line;
  run_line.config_file = absolute(line.config);
  if (const auto settings = config::load_settings(run_line); !settings)
    return complain(line, settings.error().message);
  const auto folder = std::filesystem::path(run_line.config_file).parent_path();
  const auto messages = line.messages.empty() ? (folder / "messages.log").string() : absolute(line.messages);
  const auto command = L"\"" + own_path() + L"\" service run --name " + in_quotes(line.name) + L" --config " +
                       in_quotes(run_line.config_file) + L" --messages " + in_quotes(messages);
  const Handle manager(::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CREATE_SERVICE));
  if (!manager) return complain(line, "a service can't be made: " + last_error());
  const auto account = to_wide(line.account);
  const Handle service(::CreateServiceW(manager.get(), to_wide(line.name).c_str(),
                                        (L"mailtap (" + to_wide(line.name) + L")").c_str(),
                                        SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START,
                                        SERVICE_ERROR_NORMAL, command.c_str(), nullptr, nullptr, L"Tcpip\0",
                                        account == L"LocalSystem" ? nullptr : account.c_str(), nullptr));
  if (!service) return complain(line, "the service " + line.name + " can't be made: " + last_error());
  describe(service.get(), line.language);
  register_event_source();
  const auto say = [&](std::string_view english, const std::vector<std::string>& values) {
    std::cout << said(line.language, english, values) << '\n';
  };
  say("made the service {name}, which runs as {account}; what it says goes to {file}",
      {line.name, line.account, messages});
  say("let it read its configuration and keys, and write there: {reading}, {writing}",
      {"icacls FILE /grant \"" + line.account + ":R\"", "icacls FOLDER /grant \"" + line.account + ":M\""});
  say("next: {command}", {"mailtap service start"});
  return EXIT_SUCCESS;
}

int remove(const Line& line) {
  return with_service(line, DELETE | SERVICE_STOP, [&](SC_HANDLE service) {
    SERVICE_STATUS status{};
    ::ControlService(service, SERVICE_CONTROL_STOP, &status);  // it drains, and is gone when it has
    if (::DeleteService(service) == 0)
      return complain(line, "the service " + line.name + " can't be removed: " + last_error());
    if (line.name == Line().name) ::RegDeleteKeyW(HKEY_LOCAL_MACHINE, event_source);
    return tell(line, "removed; its files are as they were");
  });
}

int start(const Line& line) {
  return with_service(line, SERVICE_START | SERVICE_QUERY_STATUS, [&](SC_HANDLE service) {
    if (::StartServiceW(service, 0, nullptr) == 0)
      return complain(line, "the service " + line.name + " can't be started: " + last_error());
    SERVICE_STATUS_PROCESS status{};
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (ask(service, status) && status.dwCurrentState == SERVICE_START_PENDING &&
           std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(100));  // Windows has no event for it
    if (status.dwCurrentState == SERVICE_STOPPED)
      return complain(line,
                      "the service " + line.name +
                          " ended at once; its messages (messages.log beside its configuration) say why");
    return tell(line, word_for(status.dwCurrentState));
  });
}

int stop(const Line& line) {
  return control(line, SERVICE_STOP, SERVICE_CONTROL_STOP, "draining");
}

int reload(const Line& line) {
  return control(line, SERVICE_PAUSE_CONTINUE, SERVICE_CONTROL_PARAMCHANGE,
                 "told to read its configuration again; its messages say what came of it");
}

int status(const Line& line) {
  return with_service(line, SERVICE_QUERY_STATUS, [&](SC_HANDLE service) {
    SERVICE_STATUS_PROCESS status{};
    if (!ask(service, status)) return complain(line, "the service " + line.name + ": " + last_error());
    const auto state = said(line.language, word_for(status.dwCurrentState));
    std::cout << line.name << ": ";
    if (status.dwCurrentState != SERVICE_STOPPED)
      std::cout << said(line.language, "{STATE}, process {n}", {state, std::to_string(status.dwProcessId)});
    else if (status.dwWin32ExitCode == ERROR_SERVICE_SPECIFIC_ERROR)
      std::cout << said(line.language, "{STATE}, ended with status {n}; its messages say why",
                        {state, std::to_string(status.dwServiceSpecificExitCode)});
    else
      std::cout << state;
    std::cout << '\n';
    return status.dwCurrentState == SERVICE_RUNNING ? EXIT_SUCCESS : EXIT_FAILURE;
  });
}

}  // namespace mailtap::commands::service
