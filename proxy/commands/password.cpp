#include "proxy/commands/password.h"

#include "config/base/file.h"
#include "config/base/phrases.h"
#include "proxy/terminal/question.h"

namespace mailtap::commands {

namespace {

constexpr std::size_t max_password_file = 4096;

Result<std::string> from_file(const std::string& file) {
  auto content = read_named_file(file, max_password_file);
  if (!content) return content;
  return content->substr(0, content->find_first_of("\r\n"));
}

tl::unexpected<Error> no_terminal(const std::string& what) {
  return fail("the password of " + what +
              " is needed, and there is no terminal to ask on: give --password-file");
}

}  // namespace

Result<std::string> read_password(const std::string& password_file, const std::string& what,
                                  Language language) {
  if (!password_file.empty()) return from_file(password_file);
  terminal::SilentTerminal terminal;
  if (!terminal.usable()) return no_terminal(what);
  return terminal.ask(said(language, "password of {file}", {what}) + ": ");
}

Result<std::string> read_new_password(const std::string& password_file, const std::string& what,
                                      Language language) {
  Result<std::string> password;
  if (!password_file.empty()) {
    password = from_file(password_file);
  } else {
    terminal::SilentTerminal terminal;
    if (!terminal.usable()) return no_terminal(what);
    password = terminal.ask(said(language, "new password of {file}", {what}) + ": ");
    if (terminal.ask(said(language, "again") + ": ") != *password)
      return fail("the two passwords differ; try again");
  }
  if (password && password->empty())
    return fail("an empty password can't protect " + what + "; give another");
  return password;
}

}  // namespace mailtap::commands
