// Asking for what nobody else shall see.
#pragma once

#include <memory>
#include <string>

namespace mailtap::terminal {

/// The terminal that the user sits at, whatever standard input is, with its echo off for as long as this
/// lives.
class SilentTerminal {
 public:
  SilentTerminal();
  ~SilentTerminal();
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

  /// False: there is none.
  bool usable() const;
  /// A line, without its end.
  std::string ask(const std::string& prompt);

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace mailtap::terminal
