// What mailtap says of itself, on standard error: a line each, written at once, so that lines of several
// threads don't mix.
#pragma once

#include <string_view>

#include "config/base/language.h"

namespace mailtap::inspect {

/// Thread-safe. Peer-controlled text in a message is made harmless (printable.h).
class Messages {
 public:
  /// `with_priorities`: each line begins with its priority, as the journal reads it (sd-daemon(3)).
  explicit Messages(int descriptor = 2, bool with_priorities = false, Language language = Language::english)
      : descriptor_(descriptor), with_priorities_(with_priorities), language_(language) {}

  /// The same, whose sentences are in that language. Lines that programs wait for ("listening ...", "admin at
  /// ...") are the same in each.
  Messages in(Language language) const { return Messages(descriptor_, with_priorities_, language); }
  Language language() const { return language_; }

  /// The line as it is: "listening 127.0.0.1:8443".
  void say(std::string_view text) const { write("<6>", "", text); }
  /// "mailtap: warning: ..."; each line of `text` becomes one.
  void warn(std::string_view text) const { write("<4>", "warning", text); }
  /// "mailtap: error: ..."
  void error(std::string_view text) const { write("<3>", "error", text); }

 private:
  void write(std::string_view priority, std::string_view kind, std::string_view text) const;

  int descriptor_;
  bool with_priorities_;
  Language language_;
};

}  // namespace mailtap::inspect
