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
  static constexpr std::size_t max_read = std::size_t{16} * 1024;

  void begin(SoapReader::Kind kind, Coding coding);
  /// Of a body that isn't to be read.
  void ignore() {
    left_ = 0;
    soap_.reset();
  }
  void feed(Bytes bytes);
  /// What the rest of the body says counts for nothing.
  bool has_enough() const { return left_ == 0; }
  /// The body has ended. What it said; null: it wasn't read.
  const SoapReader* finish();

 private:
  void read(Bytes plain);
  void skip() { left_ = 0; }

  std::size_t left_ = 0;  // of max_read
  Coding coding_ = Coding::identity;
  std::optional<SoapReader> soap_;
  std::optional<Inflater> inflater_;
};

}  // namespace mailtap::inspect::http
