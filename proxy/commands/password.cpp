#include "proxy/commands/password.h"

#include <cstdio>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "config/base/file.h"

namespace mailtap::commands {

namespace {

constexpr std::size_t max_password_file = 4096;

/// The controlling terminal with its echo off, for as long as this lives.
class SilentTerminal {
 public:
  SilentTerminal() : file_(::fopen("/dev/tty", "r+e")) {
    if (file_ == nullptr || ::tcgetattr(::fileno(file_), &before_) != 0) return;
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    usable_ = ::tcsetattr(::fileno(file_), TCSAFLUSH, &silent) == 0;
  }
  ~SilentTerminal() {
    if (usable_) ::tcsetattr(::fileno(file_), TCSAFLUSH, &before_);
    if (file_ != nullptr) ::fclose(file_);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

  bool usable() const { return usable_; }
  std::string ask(const std::string& prompt) {
    std::fputs(prompt.c_str(), file_);
    std::fflush(file_);
    std::string line;
    for (int c = std::fgetc(file_); c != EOF && c != '\n'; c = std::fgetc(file_))
      line += static_cast<char>(c);
    std::fputs("\n", file_);
    std::fflush(file_);
    return line;
  }

 private:
  std::FILE* file_;
  termios before_{};
  bool usable_ = false;
};

Result<std::string> from_file(const std::string& file) {
  auto content = read_file(file, max_password_file);
  if (!content) return content;
  return content->substr(0, content->find_first_of("\r\n"));
}

tl::unexpected<Error> no_terminal(const std::string& what) {
  return fail("the password of " + what +
              " is needed, and there is no terminal to ask on: give --password-file");
}

}  // namespace

Result<std::string> read_password(const std::string& password_file, const std::string& what) {
  if (!password_file.empty()) return from_file(password_file);
  SilentTerminal terminal;
  if (!terminal.usable()) return no_terminal(what);
  return terminal.ask("password of " + what + ": ");
}

Result<std::string> read_new_password(const std::string& password_file, const std::string& what) {
  Result<std::string> password;
  if (!password_file.empty()) {
    password = from_file(password_file);
  } else {
    SilentTerminal terminal;
    if (!terminal.usable()) return no_terminal(what);
    password = terminal.ask("new password of " + what + ": ");
    if (terminal.ask("again: ") != *password) return fail("the two passwords differ");
  }
  if (password && password->empty()) return fail("an empty password can't protect " + what);
  return password;
}

}  // namespace mailtap::commands
