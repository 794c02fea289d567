// A message's body on its way to the SOAP reader: its content coding undone, its beginning alone read.
#pragma once

#include <optional>

#include "inspect/http/inflater.h"
#include "inspect/http/soap_reader.h"

namespace mailtap::inspect::http {

class BodyReader {
 public:
  /// Of a body this much is read, after its coding is undone: what is asked for and the first answers stand
  /// at its beginning, and reading costs more than relaying.
  static constexpr std::size_t most_read = std::size_t{16} * 1024;

  void begin(SoapReader::Kind kind, Coding coding);
  /// Nothing is read until the next begin().
  void skip() { left_ = 0; }
  void feed(Bytes bytes);

  const SoapReader* soap() const { return soap_ ? &*soap_ : nullptr; }

 private:
  void read(Bytes plain);

  std::size_t left_ = 0;  // of most_read
  Coding coding_ = Coding::identity;
  std::optional<SoapReader> soap_;
  std::optional<Inflater> inflater_;
};

}  // namespace mailtap::inspect::http
