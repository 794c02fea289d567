// Texts that are made once of the object that they are a member of, by whoever asks for them first.
#pragma once

#include <map>
#include <mutex>
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
    texts_.clear();
    return *this;
  }

  /// `form`: which of the object's texts, of which there are few. Valid as long as the object lives.
  template <class Make>
  const std::string& of(unsigned form, Make make) const {
    const std::lock_guard lock(mutex_);
    const auto found = texts_.find(form);
    return found != texts_.end() ? found->second : texts_.emplace(form, make()).first->second;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::map<unsigned, std::string> texts_;
};

}  // namespace mailtap
