#include "proxy/terminal/question.h"

#include <cstdio>

#include <termios.h>

namespace mailtap::terminal {

struct SilentTerminal::Inside {
  std::FILE* file = nullptr;
  termios before{};
  bool usable = false;
};

SilentTerminal::SilentTerminal() : inside_(std::make_unique<Inside>()) {
  inside_->file = std::fopen("/dev/tty", "r+e");
  if (inside_->file == nullptr || ::tcgetattr(::fileno(inside_->file), &inside_->before) != 0) return;
  auto silent = inside_->before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  inside_->usable = ::tcsetattr(::fileno(inside_->file), TCSAFLUSH, &silent) == 0;
}

SilentTerminal::~SilentTerminal() {
  if (inside_->usable) ::tcsetattr(::fileno(inside_->file), TCSAFLUSH, &inside_->before);
  if (inside_->file != nullptr) std::fclose(inside_->file);
}

bool SilentTerminal::usable() const {
  return inside_->usable;
}

std::string SilentTerminal::ask(const std::string& prompt) {
  auto* file = inside_->file;
  std::fputs(prompt.c_str(), file);
  std::fflush(file);
  std::string line;
  for (int c = std::fgetc(file); c != EOF && c != '\n'; c = std::fgetc(file)) line += static_cast<char>(c);
  std::fputs("\n", file);
  std::fflush(file);
  return line;
}

}  // namespace mailtap::terminal
