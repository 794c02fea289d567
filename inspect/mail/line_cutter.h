// Cuts one direction of a mail protocol into lines, whatever its segmentation, and passes over blocks of a
// known size (literals, BDAT chunks). Of a line at most `longest` bytes are shown, and held only while it is
// incomplete.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "config/base/bytes.h"
#include "inspect/tap.h"

namespace mailtap::inspect {

class LineCutter {
 public:
  struct Line {
    std::string_view text;  ///< without its end; lives until the next call
    std::uint64_t size;     ///< with its end
    Instant began;          ///< when its first byte came
    bool cut;               ///< it is longer than `text`
    bool crlf;              ///< it ends with CRLF, not with LF alone
  };

  explicit LineCutter(std::size_t longest) : longest_(longest) {}

  /// The next line; what it took is gone from `bytes`. Nothing: all were taken.
  std::optional<Line> next(Bytes& bytes, Instant now) {
    const auto passed = static_cast<std::size_t>(std::min<std::uint64_t>(block_, bytes.size()));
    block_ -= passed;
    bytes = bytes.subspan(passed);
    if (bytes.empty()) return std::nullopt;

    if (given_) begin();
    if (size_ == 0) began_ = now;
    const auto* end = static_cast<const std::uint8_t*>(std::memchr(bytes.data(), '\n', bytes.size()));
    const auto part = end == nullptr ? bytes : bytes.first(static_cast<std::size_t>(end - bytes.data()) + 1);
    bytes = bytes.subspan(part.size());
    const auto before_last = part.size() > 1 ? part[part.size() - 2] : last_;
    crlf_ = end != nullptr && before_last == '\r';
    last_ = part.back();
    const bool whole = size_ == 0;
    size_ += part.size();
    if (end != nullptr && whole) return line(as_text(part));
    held_ += as_text(part).substr(0, longest_ + 2 - std::min(longest_ + 2, held_.size()));
    if (end == nullptr) return std::nullopt;
    return line(held_);
  }

  /// The next `size` bytes are no lines.
  void pass_over(std::uint64_t size) { block_ += size; }

 private:
  void begin() {
    given_ = false;
    size_ = 0;
    last_ = 0;
    held_ = {};
  }

  Line line(std::string_view text) {
    given_ = true;
    if (text.size() == size_) {  // all of it is there, its end too
      text.remove_suffix(1);
      if (text.ends_with('\r')) text.remove_suffix(1);
    }
    return {text.substr(0, longest_), size_, began_, text.size() > longest_, crlf_};
  }

  const std::size_t longest_;
  std::uint64_t block_ = 0;
  std::string held_;        // of a line that came in parts
  std::uint64_t size_ = 0;  // of the line so far
  std::uint8_t last_ = 0;   // its last byte so far
  bool crlf_ = false;
  bool given_ = false;  // the line has been shown, another begins
  Instant began_{};
};

}  // namespace mailtap::inspect
