#include "proxy/runtime/successor.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

#include "config/base/file.h"
#include "proxy/net/uv_error.h"

namespace mailtap::proxy {

namespace {

constexpr const char* ready_variable = "MAILTAP_READY_FD";
constexpr const char* first_id_variable = "MAILTAP_FIRST_ID";
constexpr int first_inherited = 3;  // SD_LISTEN_FDS_START

/// Without " (deleted)": a package that is upgraded puts another program at the same path.
std::string program_path() {
  std::array<char, 4096> path{};
  const auto size = ::readlink("/proc/self/exe", path.data(), path.size());
  std::string text(path.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  constexpr std::string_view deleted = " (deleted)";
  if (text.ends_with(deleted)) text.erase(text.size() - deleted.size());
  return text;
}

Result<std::vector<std::string>> command_line() {
  const auto text = read_file("/proc/self/cmdline");
  if (!text) return tl::unexpected(text.error());
  std::vector<std::string> arguments;
  for (std::string_view rest = *text; !rest.empty();) {
    const auto end = std::min(rest.find('\0'), rest.size());
    arguments.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return arguments;
}

/// This process's, with what the successor is to inherit.
std::vector<std::string> environment(const std::string& names, std::size_t sockets, std::uint64_t first_id) {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    bool is_own = false;
    for (const std::string_view name : {"LISTEN_PID=", "LISTEN_FDS=", "LISTEN_FDNAMES=", "WATCHDOG_PID=",
                                        "MAILTAP_READY_FD=", "MAILTAP_FIRST_ID="})
      is_own = is_own || variable.starts_with(name);
    if (!is_own) variables.emplace_back(variable);
  }
  variables.push_back("LISTEN_PID=" + std::to_string(::getpid()));
  variables.push_back("LISTEN_FDS=" + std::to_string(sockets));
  variables.push_back("LISTEN_FDNAMES=" + names);
  variables.push_back(std::string(ready_variable) + "=" +
                      std::to_string(first_inherited + static_cast<int>(sockets)));
  variables.push_back(std::string(first_id_variable) + "=" + std::to_string(first_id));
  return variables;
}

/// As uv_spawn wants them, into `strings`.
std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (auto& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

// --- the old process
// ----------------------------------------------------------------------------------------

Result<std::unique_ptr<Successor>> Successor::start(uv_loop_t* loop, const Sockets& sockets,
                                                    std::uint64_t first_id, Events events) {
  auto arguments = command_line();
  if (!arguments) return tl::unexpected(arguments.error());
  std::unique_ptr<Successor> successor(new Successor(std::move(events)));
  auto [pipe, status] =
      net::Handle<uv_pipe_t>::make(successor.get(), [&](uv_pipe_t* uv) { return uv_pipe_init(loop, uv, 0); });
  if (status != 0) return fail(net::uv_says(status));
  successor->readiness_ = std::move(pipe);

  std::vector<uv_stdio_container_t> descriptors;
  const auto inherit = [&](int descriptor) {
    auto& container = descriptors.emplace_back();
    container.flags = UV_INHERIT_FD;
    container.data.fd = descriptor;
  };
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) inherit(standard);
  std::string names;
  for (const auto& [id, socket] : sockets) {
    names += (names.empty() ? "" : ":") + socket_name(id);
    inherit(socket->get());
  }
  auto& readiness = descriptors.emplace_back();
  readiness.flags = static_cast<uv_stdio_flags>(UV_CREATE_PIPE | UV_READABLE_PIPE | UV_WRITABLE_PIPE);
  readiness.data.stream = successor->readiness_.as_stream();

  auto variables = environment(names, sockets.size(), first_id);
  auto argument_pointers = pointers_to(*arguments);
  auto variable_pointers = pointers_to(variables);
  const auto path = program_path();
  uv_process_options_t options{};
  options.file = path.c_str();
  options.args = argument_pointers.data();
  options.env = variable_pointers.data();
  options.stdio = descriptors.data();
  options.stdio_count = static_cast<int>(descriptors.size());
  options.exit_cb = [](uv_process_t* uv, std::int64_t exit_status, int signal) {
    if (auto* self = static_cast<Successor*>(uv->data)) self->ended(exit_status, signal);
  };
  // On failure too the handle has to be closed.
  int spawned = 0;
  successor->process_ = net::Handle<uv_process_t>::make(successor.get(), [&](uv_process_t* uv) {
                          spawned = uv_spawn(loop, uv, &options);
                          return 0;
                        }).first;
  if (spawned != 0) return fail(path + " can't be started: " + net::uv_says(spawned));

  uv_read_start(
      successor->readiness_.as_stream(),
      [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
        auto* self = static_cast<Successor*>(handle->data);
        *buffer = self != nullptr ? uv_buf_init(&self->byte_, 1) : uv_buf_init(nullptr, 0);
      },
      [](uv_stream_t* stream, ssize_t size, const uv_buf_t*) {
        if (auto* self = static_cast<Successor*>(stream->data)) self->heard(size);
      });
  return successor;
}

void Successor::heard(ssize_t size) {
  if (size == 0) return;
  readiness_.close();
  if (size < 0 || is_ready_) return;  // its end is told by the other callback
  is_ready_ = true;
  const auto ready = std::move(events_.ready);
  ready(uv_process_get_pid(process_.get()));
}

void Successor::ended(std::int64_t status, int signal) {
  const auto tell = std::move(is_ready_ ? events_.died : events_.failed);
  if (is_ready_ && status == 0 && signal == 0) return tell({});
  tell(signal != 0 ? "it was ended by signal " + std::to_string(signal)
                   : "it ended with status " + std::to_string(status));
}

// --- the new process
// ----------------------------------------------------------------------------------------

Predecessor Predecessor::from_environment() {
  Predecessor predecessor;
  const char* descriptor = std::getenv(ready_variable);
  if (descriptor == nullptr) return predecessor;
  predecessor.descriptor_ = std::atoi(descriptor);
  ::unsetenv(ready_variable);
  if (predecessor.descriptor_ < first_inherited)
    predecessor.descriptor_ = -1;
  else
    ::fcntl(predecessor.descriptor_, F_SETFD, FD_CLOEXEC);
  if (const char* first_id = std::getenv(first_id_variable)) {
    predecessor.first_id_ = std::max(1ULL, std::strtoull(first_id, nullptr, 10));
    ::unsetenv(first_id_variable);
  }
  return predecessor;
}

bool Predecessor::is_parent(const std::string& process) {
  return std::getenv(ready_variable) != nullptr && process == std::to_string(::getppid());
}

void Predecessor::tell_ready() {
  if (descriptor_ < 0) return;
  const char ready = '1';
  while (::write(descriptor_, &ready, 1) < 0 && errno == EINTR) {
  }
  ::close(descriptor_);
  descriptor_ = -1;
}

}  // namespace mailtap::proxy
