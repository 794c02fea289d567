#include <cstdlib>
#include <filesystem>

#include "config/base/descriptor.h"
#include "config/base/phrases.h"
#include "config/base/windows/system.h"
#include "config/base/windows/wide.h"
#include "config/check.h"
#include "inspect/writers/messages.h"
#include "proxy/commands/run.h"
#include "proxy/commands/windows/service.h"
#include "proxy/runtime/control.h"
#include "proxy/runtime/server.h"

namespace mailtap::commands::service {

namespace {

using proxy::Told;

/// The service's one process. The control manager calls functions that are given nothing: so this is what
/// they find.
struct Running {
  Line line;
  SERVICE_STATUS_HANDLE handle = nullptr;

  void tell(DWORD state, DWORD exit_code = NO_ERROR) const {
    SERVICE_STATUS status{};
    status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
    status.dwCurrentState = state;
    if (state == SERVICE_RUNNING)
      status.dwControlsAccepted = SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN | SERVICE_ACCEPT_PARAMCHANGE;
    status.dwWin32ExitCode = exit_code == NO_ERROR ? NO_ERROR : ERROR_SERVICE_SPECIFIC_ERROR;
    status.dwServiceSpecificExitCode = exit_code;
    if (state != SERVICE_RUNNING && state != SERVICE_STOPPED)
      status.dwWaitHint = 40'000;  // ms: the default of --drain-timeout, and some
    ::SetServiceStatus(handle, &status);
  }
};

Running& the_service() {
  static Running running;
  return running;
}

/// A line in Windows's event log, whose text Event Viewer shows as it is (register_event_source()).
void record_event(WORD kind, const std::string& text) {
  constexpr DWORD text_alone = 1;
  auto* const log = ::RegisterEventSourceW(nullptr, L"mailtap");
  if (log == nullptr) return;
  const auto wide = to_wide(text);
  const wchar_t* lines[]{wide.c_str()};
  ::ReportEventW(log, kind, 0, text_alone, nullptr, 1, 0, lines, nullptr);
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

/// A service has neither output: lines of connections whose log is standard output go to connections.log
/// beside its messages. Where a file can't be opened what would be in it is lost, and the event log says so.
void give_it_outputs(const std::string& messages, Language language) {
  const auto beside = std::filesystem::path(messages).parent_path() / "connections.log";
  for (const auto& [file, output] : {std::pair(beside.string(), 1), std::pair(messages, 2)}) {
    const int descriptor = open_log(file);
    if (descriptor < 0)
      record_event(EVENTLOG_WARNING_TYPE,
                   said(language, "{file} can't be written by the service's account", {file}));
    else if (descriptor != output)
      ::_dup2(descriptor, output);
  }
}

void WINAPI service_main(DWORD /*count*/, wchar_t** /*arguments*/) {
  auto& service = the_service();
  service.handle = ::RegisterServiceCtrlHandlerExW(to_wide(service.line.name).c_str(), on_control, nullptr);
  if (service.handle == nullptr) return;
  service.tell(SERVICE_START_PENDING);
  const auto& name = service.line.name;
  const auto& messages = service.line.messages;
  config::RunCommandLine line;
  line.config_file = service.line.config;
  const auto language = config::message_language(config::read_settings(line).settings);
  give_it_outputs(messages, language);
  proxy::Launch launch;
  launch.alerted = [&](const std::string& alert) {
    record_event(EVENTLOG_WARNING_TYPE, name + ": " + alert);
  };
  const int code = serve(line, inspect::Messages(2), std::move(launch), [&] {
    service.tell(SERVICE_RUNNING);
    record_event(EVENTLOG_INFORMATION_TYPE,
                 said(language, "{name} has started; what it says is in {file}", {name, messages}));
  });
  record_event(code == 0 ? EVENTLOG_INFORMATION_TYPE : EVENTLOG_ERROR_TYPE,
               said(language, "{name} has ended with status {n}; what it says is in {file}",
                    {name, std::to_string(code), messages}));
  service.tell(SERVICE_STOPPED, static_cast<DWORD>(code));
}

}  // namespace

int run(const Line& line) {
  the_service().line = line;
  auto name = to_wide(line.name);
  const SERVICE_TABLE_ENTRYW table[]{{name.data(), service_main}, {nullptr, nullptr}};
  if (::StartServiceCtrlDispatcherW(table) != 0) return EXIT_SUCCESS;
  inspect::Messages(2)
      .in(line.language)
      .error("only Windows's service control manager starts this: mailtap service start");
  return EXIT_FAILURE;
}

}  // namespace mailtap::commands::service
