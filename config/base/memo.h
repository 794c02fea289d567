// A text that is made once of the object that it is a member of, by whoever asks for it first.
#pragma once

#include <mutex>
#include <optional>
#include <string>

namespace mailtap {

/// For objects that no longer change: several threads may ask at once. A copy of the object, which may be
/// changed, makes its own.
class TextMemo {
 public:
  TextMemo() = default;
  ~TextMemo() = default;
  TextMemo(const TextMemo& /*other*/) {}
  TextMemo& operator=(const TextMemo& /*other*/) {
    text_.reset();
    return *this;
  }

  /// Valid as long as the object lives.
  template <class Make>
  const std::string& of(Make make) const {
    const std::lock_guard lock(mutex_);
    if (!text_) text_ = make();
    return *text_;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::optional<std::string> text_;
};

}  // namespace mailtap
