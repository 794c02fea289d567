// A body's content coding undone, piece by piece, up to a bound.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "config/base/bytes.h"

namespace mailtap::inspect::http {

enum class Coding { identity, gzip, deflate };
/// Of a Content-Encoding field's value (RFC 9110 section 8.4); none: one that nobody here can undo.
std::optional<Coding> coding_of(std::string_view field);

class Inflater {
 public:
  Inflater();
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// A new body begins, in gzip or deflate.
  void begin(Coding coding);
  /// What `bytes` inflate to, as far as there is room in `out`; call again with none until it gives nothing.
  /// The view is of `out`. Broken input, or the body's end, gives nothing any more.
  Bytes inflate(Bytes& bytes, MutableBytes out);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace mailtap::inspect::http
