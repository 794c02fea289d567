#include "proxy/runtime/control.h"

#include <array>
#include <string>
#include <thread>

#include "config/base/windows/system.h"

namespace mailtap::proxy {

namespace {

constexpr std::array all_wishes{Told::stop, Told::reload, Told::write_traces};

/// The event of a process that is set by whoever has that wish.
std::wstring event_name(unsigned long process, Told what) {
  const auto* name = what == Told::stop ? L"-stop" : what == Told::reload ? L"-reload" : L"-write-traces";
  return L"Global\\mailtap-" + std::to_wstring(process) + name;
}

}  // namespace

struct Control::Inside {
  std::array<HANDLE, all_wishes.size() + 1> events{};  ///< the last one ends the thread
  std::thread thread;
};

Control::Control(std::function<void(Told)> told) : inside_(std::make_unique<Inside>()) {
  auto& events = inside_->events;
  for (std::size_t i = 0; i < all_wishes.size(); ++i)
    events[i] =
        ::CreateEventW(nullptr, FALSE, FALSE, event_name(::GetCurrentProcessId(), all_wishes[i]).c_str());
  events.back() = ::CreateEventW(nullptr, FALSE, FALSE, nullptr);
  for (auto* const event : events)
    if (event == nullptr) return;  // nobody can tell it anything, which is no reason not to run
  inside_->thread = std::thread([this, told = std::move(told)] {
    const auto& waited = inside_->events;
    for (;;) {
      const auto which =
          ::WaitForMultipleObjects(static_cast<DWORD>(waited.size()), waited.data(), FALSE, INFINITE);
      if (which >= WAIT_OBJECT_0 + all_wishes.size()) return;
      told(all_wishes[which - WAIT_OBJECT_0]);
    }
  });
}

Control::~Control() {
  if (inside_->thread.joinable()) {
    ::SetEvent(inside_->events.back());
    inside_->thread.join();
  }
  for (auto* const event : inside_->events)
    if (event != nullptr) ::CloseHandle(event);
}

std::string how_to_tell() {
  const auto number = std::to_string(::GetCurrentProcessId());
  return "mailtap: process " + number + "; `mailtap tell " + number + " stop` drains it, `mailtap tell " +
         number + " reload` has it read its configuration again";
}

Result<void> tell(unsigned long process, Told what) {
  const auto number = std::to_string(process);
  if (what == Told::hand_over) return fail("Windows has no hand-over; stop mailtap and start it anew");
  auto* const event = ::OpenEventW(EVENT_MODIFY_STATE, FALSE, event_name(process, what).c_str());
  if (event == nullptr)
    return fail(::GetLastError() == ERROR_ACCESS_DENIED
                    ? "process " + number + " is another user's; ask as that user, or as an administrator"
                    : "no mailtap runs as process " + number + "; its first line says its number");
  ::SetEvent(event);
  ::CloseHandle(event);
  return {};
}

}  // namespace mailtap::proxy
