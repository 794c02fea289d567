#include "proxy/alerts/command_hook.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "proxy/net/uv_error.h"

namespace mailtap::alerts {

struct CommandHook::Run {
  net::Handle<uv_process_t> process;
  net::Handle<uv_pipe_t> input;
  net::Handle<uv_pipe_t> output;
  net::Handle<uv_pipe_t> errors;
  enum class Stage { running, told_to_end, killed, ended } stage = Stage::running;
  bool timed_out = false;
  std::int64_t status = 0;
  int signal = 0;
  std::string said;
};

namespace {

/// Nothing of mailtap's own, which may hold secrets.
std::vector<std::string> environment(const Delivery& delivery) {
  auto variables = plain_environment();
  variables.push_back("MAILTAP_ALERT_KIND=" + std::string(to_string(delivery.kind)));
  variables.push_back("MAILTAP_ALERT_STATE=" + std::string(to_string(delivery.state)));
  return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (auto& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// So that a program can't write lines that pass for mailtap's.
std::string in_one_line(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 3))
    text.replace(at, 1, " | ");
  return text;
}

/// Lives until libuv is through with it, whatever becomes of the hook.
struct Feeding {
  uv_write_t request{};
  std::string text;
};

}  // namespace

CommandHook::CommandHook(uv_loop_t* loop, const inspect::Messages& messages, std::function<void()> idle)
    : loop_(loop),
      queue_("command", messages),
      idle_(std::move(idle)),
      timer_(loop, [this] { on_timer(); }),
      next_(loop, [this] { begin_next(); }) {}

CommandHook::~CommandHook() {
  stop();
}

void CommandHook::set(const config::Alerts::Command& command) {
  command_ = command;
  if (command_.program.empty()) queue_.drop_all();
}

void CommandHook::put(const Delivery& delivery) {
  if (command_.program.empty()) return;
  queue_.put(delivery);
  if (!running_ && !next_.active()) next_.start({});
}

void CommandHook::begin_next() {
  if (running_) return;
  while (auto delivery = queue_.next())
    if (spawn(*delivery)) return;
  idle_();
}

// --- one of them ------------------------------------------------------------------------------------------

bool CommandHook::spawn(const Delivery& delivery) {
  auto run = std::make_unique<Run>();
  std::array<uv_stdio_container_t, 3> descriptors{};
  const auto add_pipe = [&](std::size_t descriptor, net::Handle<uv_pipe_t>& pipe, int direction) {
    pipe =
        net::Handle<uv_pipe_t>::make(this, [&](uv_pipe_t* uv) { return uv_pipe_init(loop_, uv, 0); }).first;
    descriptors.at(descriptor).flags = static_cast<uv_stdio_flags>(UV_CREATE_PIPE | direction);
    descriptors.at(descriptor).data.stream = pipe.as_stream();
  };
  add_pipe(0, run->input, UV_READABLE_PIPE);  // as the program sees it
  add_pipe(1, run->output, UV_WRITABLE_PIPE);
  add_pipe(2, run->errors, UV_WRITABLE_PIPE);

  std::vector<std::string> arguments{command_.program};
  arguments.insert(arguments.end(), command_.arguments.begin(), command_.arguments.end());
  auto variables = environment(delivery);
  auto argument_pointers = pointers_to(arguments);
  auto variable_pointers = pointers_to(variables);
  uv_process_options_t options{};
  options.file = command_.program.c_str();
  options.args = argument_pointers.data();
  options.env = variable_pointers.data();
  // A session, and so a process group, of its own; in Windows no console window.
  options.flags = UV_PROCESS_DETACHED | UV_PROCESS_WINDOWS_HIDE;
  options.stdio = descriptors.data();
  options.stdio_count = static_cast<int>(descriptors.size());
  options.exit_cb = [](uv_process_t* uv, std::int64_t status, int signal) {
    if (auto* self = static_cast<CommandHook*>(uv->data)) self->exited(status, signal);
  };
  // On failure too the handle has to be closed.
  int spawned = 0;
  run->process = net::Handle<uv_process_t>::make(this, [&](uv_process_t* uv) {
                   spawned = uv_spawn(loop_, uv, &options);
                   return 0;
                 }).first;
  if (spawned != 0) {
    queue_.failed(command_.program + " can't be started: " + net::uv_says(spawned));
    return false;
  }
  running_ = std::move(run);
  timer_.start(command_.timeout);
  feed(delivery.json + "\n");
  listen_to(running_->output);
  listen_to(running_->errors);
  return true;
}

/// A program that doesn't read it, or ends before, is none the worse for it.
void CommandHook::feed(const std::string& json) {
  auto feeding = std::make_unique<Feeding>();
  feeding->text = json;
  feeding->request.data = feeding.get();
  const auto buffer = uv_buf_init(feeding->text.data(), static_cast<unsigned>(feeding->text.size()));
  const int status =
      uv_write(&feeding->request, running_->input.as_stream(), &buffer, 1, [](uv_write_t* request, int) {
        auto* self = static_cast<CommandHook*>(request->handle->data);  // null: the pipe is closed already
        delete static_cast<Feeding*>(request->data);
        if (self != nullptr && self->running_) self->running_->input.close();
      });
  if (status == 0) {
    static_cast<void>(feeding.release());
  } else {
    running_->input.close();
  }
}

void CommandHook::listen_to(net::Handle<uv_pipe_t>& pipe) {
  uv_read_start(
      pipe.as_stream(),
      [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
        auto* self = static_cast<CommandHook*>(handle->data);
        *buffer = self != nullptr
                      ? uv_buf_init(self->chunk_.data(), static_cast<unsigned>(self->chunk_.size()))
                      : uv_buf_init(nullptr, 0);
      },
      [](uv_stream_t* stream, ssize_t size, const uv_buf_t*) {
        if (auto* self = static_cast<CommandHook*>(stream->data)) self->heard(stream, size);
      });
}

/// What is beyond the bound is read and dropped, so that the program isn't held up.
void CommandHook::heard(uv_stream_t* pipe, ssize_t size) {
  if (!running_) return;
  if (size > 0) {
    const auto room = max_output - running_->said.size();
    running_->said.append(chunk_.data(), std::min(room, static_cast<std::size_t>(size)));
  } else if (size < 0) {
    (pipe == running_->output.as_stream() ? running_->output : running_->errors).close();
    conclude_if_over();
  }
}

void CommandHook::exited(std::int64_t status, int signal) {
  if (!running_) return;
  if (running_->timed_out) end_program(Ending::at_once);  // what it has started may still be there
  running_->stage = Run::Stage::ended;
  running_->status = status;
  running_->signal = signal;
  timer_.start(afterwards);  // a child of its may keep the pipes open
  conclude_if_over();
}

void CommandHook::on_timer() {
  if (!running_) return;
  switch (running_->stage) {
    case Run::Stage::running:
      running_->timed_out = true;
      running_->stage = Run::Stage::told_to_end;
      end_program(Ending::politely);
      return timer_.start(grace);
    case Run::Stage::told_to_end: running_->stage = Run::Stage::killed; return end_program(Ending::at_once);
    case Run::Stage::killed: return;
    case Run::Stage::ended: return conclude();
  }
}

/// Not later than its end is told: afterwards its number may become another's.
void CommandHook::end_program(Ending how) const {
  if (const int pid = uv_process_get_pid(running_->process.get()); pid > 0) end_with_children(pid, how);
}

void CommandHook::conclude_if_over() {
  if (running_->stage == Run::Stage::ended && !running_->output && !running_->errors) conclude();
}

void CommandHook::conclude() {
  timer_.stop();
  const auto run = std::move(running_);
  if (!run->said.empty()) queue_.say("it said: " + in_one_line(run->said));
  const auto seconds = std::to_string(command_.timeout.count() / 1000) + " s";
  if (run->timed_out)
    queue_.failed(command_.program + " took longer than " + seconds + " and was ended");
  else if (run->signal != 0)
    queue_.failed(command_.program + " was ended by signal " + std::to_string(run->signal));
  else if (run->status != 0)
    queue_.failed(command_.program + " ended with status " + std::to_string(run->status));
  else
    queue_.delivered();
  next_.start({});
}

void CommandHook::stop() {
  queue_.drop_all();
  if (!running_) return;
  if (running_->stage != Run::Stage::ended) {
    end_program(Ending::at_once);
    queue_.failed(command_.program + " was ended, as mailtap ends");
  }
  timer_.stop();
  running_.reset();
}

}  // namespace mailtap::alerts
