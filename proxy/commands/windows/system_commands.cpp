// `mailtap tell` and `mailtap service`.
#include "proxy/commands/system_commands.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>

#include "config/base/descriptor.h"
#include "config/base/windows/system.h"
#include "config/base/windows/wide.h"
#include "config/check.h"
#include "proxy/commands/run.h"
#include "proxy/runtime/control.h"

namespace mailtap::commands {

namespace {

using proxy::Told;

int complain(const std::string& what) {
  std::cerr << "mailtap: error: " << what << '\n';
  return EXIT_FAILURE;
}

int outcome(const Result<void>& done, std::string_view said) {
  if (!done) return complain(done.error().message);
  std::cout << said << '\n';
  return EXIT_SUCCESS;
}

// --- tell -------------------------------------------------------------------------------------------------

void add_tell(CLI::App& app, int& status) {
  struct Line {
    unsigned long process = 0;
    std::string what;
  };
  auto* command = app.add_subcommand(
      "tell", "Tell a mailtap that runs in a console to drain, or to read its configuration");
  auto line = std::make_shared<Line>();
  command->add_option("PROCESS", line->process, "its process's number, which its first lines say")
      ->required();
  command
      ->add_option("WHAT", line->what,
                   "stop: drain, the second time end at once; reload: read the configuration again; traces: "
                   "write those in memory")
      ->required()
      ->check(CLI::IsMember({"stop", "reload", "traces"}));
  command->callback([line, &status] {
    const auto what = line->what == "stop"     ? Told::stop
                      : line->what == "reload" ? Told::reload
                                               : Told::write_traces;
    status = outcome(proxy::tell(line->process, what), "told");
  });
}

// --- the service ------------------------------------------------------------------------------------------

struct ServiceLine {
  std::string name = "mailtap";
  std::string config;
  std::string messages;
  std::string account = "NT AUTHORITY\\LocalService";
};

/// What Windows says of its last error.
std::string last_error() {
  const auto error = ::GetLastError();
  switch (error) {
    case ERROR_ACCESS_DENIED: return "access is denied; do it in an elevated prompt (Run as administrator)";
    case ERROR_SERVICE_DOES_NOT_EXIST: return "there is no such service; mailtap service install makes it";
    case ERROR_SERVICE_EXISTS: return "there is one already; mailtap service remove takes it out";
    case ERROR_SERVICE_NOT_ACTIVE: return "it isn't running";
    case ERROR_SERVICE_ALREADY_RUNNING: return "it is running already";
    default: return "Windows's error " + std::to_string(error);
  }
}

/// A handle of the service control manager's.
class Scm {
 public:
  explicit Scm(SC_HANDLE handle) : handle_(handle) {}
  ~Scm() {
    if (handle_ != nullptr) ::CloseServiceHandle(handle_);
  }
  Scm(const Scm&) = delete;
  Scm& operator=(const Scm&) = delete;
  explicit operator bool() const { return handle_ != nullptr; }
  SC_HANDLE get() const { return handle_; }

 private:
  SC_HANDLE handle_;
};

/// Calls `act` with the service, opened with `rights`.
template <class Act>
int with_service(const ServiceLine& line, DWORD rights, Act act) {
  const Scm manager(::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT));
  const Scm service(manager ? ::OpenServiceW(manager.get(), to_wide(line.name).c_str(), rights) : nullptr);
  if (!service) return complain("the service " + line.name + ": " + last_error());
  return act(service.get());
}

std::wstring own_path() {
  std::wstring path(32768, L'\0');
  path.resize(::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
  return path;
}

std::string absolute(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::absolute(path, ignored).string();
}

int install(const ServiceLine& line) {
  config::RunCommandLine run_line;
  run_line.config_file = absolute(line.config);
  if (const auto settings = config::load_settings(run_line); !settings)
    return complain(settings.error().message);
  auto messages = line.messages;
  if (messages.empty())
    messages = (std::filesystem::path(run_line.config_file).parent_path() / "messages.log").string();
  const auto command = L"\"" + own_path() + L"\" service run --name \"" + to_wide(line.name) +
                       L"\" --config \"" + to_wide(run_line.config_file) + L"\" --messages \"" +
                       to_wide(absolute(messages)) + L"\"";
  const Scm manager(::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CREATE_SERVICE));
  if (!manager) return complain("a service can't be made: " + last_error());
  const auto account = to_wide(line.account);
  const Scm service(::CreateServiceW(manager.get(), to_wide(line.name).c_str(),
                                     (L"mailtap (" + to_wide(line.name) + L")").c_str(), SERVICE_ALL_ACCESS,
                                     SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL,
                                     command.c_str(), nullptr, nullptr, L"Tcpip\0",
                                     account == L"LocalSystem" ? nullptr : account.c_str(), nullptr));
  if (!service) return complain("the service " + line.name + " can't be made: " + last_error());
  std::wstring about = L"Says what is wrong with the certificates of mail servers.";
  SERVICE_DESCRIPTIONW description{about.data()};
  ::ChangeServiceConfig2W(service.get(), SERVICE_CONFIG_DESCRIPTION, &description);
  std::cout << "made the service " << line.name << ", which runs as " << line.account
            << "; what it says goes to " << messages
            << "\nlet it read its configuration and keys, and write there: icacls FILE /grant \""
            << line.account << ":R\", icacls FOLDER /grant \"" << line.account
            << ":M\"\nnext: mailtap service start\n";
  return EXIT_SUCCESS;
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

int show_status(const ServiceLine& line) {
  return with_service(line, SERVICE_QUERY_STATUS, [&](SC_HANDLE service) {
    SERVICE_STATUS_PROCESS status{};
    DWORD size = 0;
    if (::QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, reinterpret_cast<BYTE*>(&status),
                               sizeof status, &size) == 0)
      return complain(line.name + ": " + last_error());
    std::cout << line.name << ": " << word_for(status.dwCurrentState);
    if (status.dwProcessId != 0) std::cout << ", process " << status.dwProcessId;
    std::cout << '\n';
    return status.dwCurrentState == SERVICE_RUNNING ? EXIT_SUCCESS : EXIT_FAILURE;
  });
}

int start(const ServiceLine& line) {
  return with_service(line, SERVICE_START, [&](SC_HANDLE service) {
    if (::StartServiceW(service, 0, nullptr) == 0)
      return complain(line.name + " can't be started: " + last_error());
    std::cout << line.name << ": starting; mailtap service status tells\n";
    return EXIT_SUCCESS;
  });
}

int control(const ServiceLine& line, DWORD right, DWORD what, std::string_view said) {
  return with_service(line, right, [&](SC_HANDLE service) {
    SERVICE_STATUS status{};
    if (::ControlService(service, what, &status) == 0) return complain(line.name + ": " + last_error());
    std::cout << line.name << ": " << said << '\n';
    return EXIT_SUCCESS;
  });
}

int remove(const ServiceLine& line) {
  return with_service(line, DELETE | SERVICE_STOP, [&](SC_HANDLE service) {
    SERVICE_STATUS status{};
    ::ControlService(service, SERVICE_CONTROL_STOP, &status);  // it drains, and is gone when it has
    if (::DeleteService(service) == 0) return complain(line.name + " can't be removed: " + last_error());
    std::cout << line.name << ": removed; its files are as they were\n";
    return EXIT_SUCCESS;
  });
}

// --- as the service ---------------------------------------------------------------------------------------

/// The service's one process. The control manager calls functions that are given nothing: so this is what
/// they find.
struct Running {
  ServiceLine line;
  SERVICE_STATUS_HANDLE handle = nullptr;
  SERVICE_STATUS status{};

  void tell(DWORD state, DWORD exit_code = NO_ERROR) {
    status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
    status.dwCurrentState = state;
    status.dwControlsAccepted =
        state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN | SERVICE_ACCEPT_PARAMCHANGE
                                 : 0;
    status.dwWin32ExitCode = exit_code == NO_ERROR ? NO_ERROR : ERROR_SERVICE_SPECIFIC_ERROR;
    status.dwServiceSpecificExitCode = exit_code;
    status.dwWaitHint = 40'000;  // the default of --drain-timeout, and some
    ::SetServiceStatus(handle, &status);
  }
};

Running& the_service() {
  static Running running;
  return running;
}

/// A line in Windows's event log.
void record_event(WORD kind, const std::string& text) {
  auto* const log = ::RegisterEventSourceW(nullptr, L"mailtap");
  if (log == nullptr) return;
  const auto wide = to_wide(text);
  const wchar_t* lines[]{wide.c_str()};
  ::ReportEventW(log, kind, 0, 1, nullptr, 1, 0, lines, nullptr);
  ::DeregisterEventSource(log);
}

DWORD WINAPI on_control(DWORD what, DWORD /*kind*/, void* /*data*/, void* /*context*/) {
  switch (what) {
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_SHUTDOWN:
      the_service().tell(SERVICE_STOP_PENDING);
      proxy::tell(::GetCurrentProcessId(), Told::stop);
      return NO_ERROR;
    case SERVICE_CONTROL_PARAMCHANGE: proxy::tell(::GetCurrentProcessId(), Told::reload); return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE: return NO_ERROR;
    default: return ERROR_CALL_NOT_IMPLEMENTED;
  }
}

void WINAPI service_main(DWORD /*count*/, wchar_t** /*arguments*/) {
  auto& service = the_service();
  service.handle = ::RegisterServiceCtrlHandlerExW(to_wide(service.line.name).c_str(), on_control, nullptr);
  if (service.handle == nullptr) return;
  service.tell(SERVICE_START_PENDING);
  const int descriptor = open_log(service.line.messages);
  const inspect::Messages messages(descriptor);
  config::RunCommandLine line;
  line.config_file = service.line.config;
  const int code = serve(line, messages, {}, [&] {
    service.tell(SERVICE_RUNNING);
    record_event(EVENTLOG_INFORMATION_TYPE,
                 "mailtap has started; what it says is in " + service.line.messages);
  });
  record_event(
      code == 0 ? EVENTLOG_INFORMATION_TYPE : EVENTLOG_ERROR_TYPE,
      "mailtap has ended with status " + std::to_string(code) + "; " + service.line.messages + " says why");
  service.tell(SERVICE_STOPPED, static_cast<DWORD>(code));
}

int run_as_service(const ServiceLine& line) {
  the_service().line = line;
  auto name = to_wide(line.name);
  const SERVICE_TABLE_ENTRYW table[]{{name.data(), service_main}, {nullptr, nullptr}};
  if (::StartServiceCtrlDispatcherW(table) != 0) return EXIT_SUCCESS;
  return complain("only Windows's service control manager starts this: mailtap service start");
}

void add_service(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("service", "Run mailtap as a service of Windows");
  command->require_subcommand(0, 1);
  const auto add = [&](const char* name, const char* what, auto action) {
    auto line = std::make_shared<ServiceLine>();
    auto* sub = command->add_subcommand(name, what);
    sub->add_option("--name", line->name, "the service's name (default mailtap)");
    sub->callback([line, action, &status] { status = action(*line); });
    return std::pair(sub, line);
  };
  const auto [installing, to_install] = add("install", "make it, started with the machine", install);
  installing->add_option("--config", to_install->config, "what it runs with (TOML)")
      ->required()
      ->type_name("FILE");
  installing
      ->add_option("--messages", to_install->messages,
                   "where what it says is written (default messages.log beside --config)")
      ->type_name("FILE");
  installing->add_option(
      "--account", to_install->account,
      "whom it runs as (default NT AUTHORITY\\LocalService; LocalSystem may do everything)");
  add("remove", "stop it and take it out", remove);
  add("start", "start it", start);
  add("stop", "drain it",
      [](const ServiceLine& line) { return control(line, SERVICE_STOP, SERVICE_CONTROL_STOP, "draining"); });
  add("status", "say whether it runs", show_status);
  add("reload", "have it read its configuration again", [](const ServiceLine& line) {
    return control(line, SERVICE_PAUSE_CONTINUE, SERVICE_CONTROL_PARAMCHANGE,
                   "told to read its configuration again; its messages say what came of it");
  });
  const auto [running, to_run] = add("run", "what the service control manager starts", run_as_service);
  running->add_option("--config", to_run->config, "")->required();
  running->add_option("--messages", to_run->messages, "")->required();
  running->group("");  // not for people
}

}  // namespace

void add_system_commands(CLI::App& app, int& status) {
  add_tell(app, status);
  add_service(app, status);
}

}  // namespace mailtap::commands
