// What mailtap says of itself, on standard error: a line each, written at once, so that lines of several
// threads don't mix.
#pragma once

#include <string_view>

namespace mailtap::inspect {

/// Thread-safe. Peer-controlled text in a message is made harmless (printable.h).
class Messages {
 public:
  explicit Messages(int descriptor = 2) : descriptor_(descriptor) {}

  /// The line as it is: "listening 127.0.0.1:8443".
  void say(std::string_view text) const { write("", text); }
  /// "mailtap: warning: ..."; each line of `text` becomes one.
  void warn(std::string_view text) const { write("mailtap: warning: ", text); }
  /// "mailtap: error: ..."
  void error(std::string_view text) const { write("mailtap: error: ", text); }

 private:
  void write(std::string_view prefix, std::string_view text) const;

  int descriptor_;
};

}  // namespace mailtap::inspect
