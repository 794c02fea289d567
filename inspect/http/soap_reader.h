// What a SOAP body says of itself: which operation it asks for, and which response code it answers with. The
// beginning of a body is read and nothing kept of it but these two words.
//
// Streaming, on expat. A document type ends the reading (SOAP 1.1 section 3 forbids one), so no entity is
// ever expanded.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "config/base/bytes.h"

namespace mailtap::inspect::http {

class SoapReader {
 public:
  enum class Kind { request, response };

  SoapReader();
  ~SoapReader();
  SoapReader(const SoapReader&) = delete;
  SoapReader& operator=(const SoapReader&) = delete;

  /// A new body begins.
  void begin(Kind kind);
  /// False: enough is known, or nothing can be; the rest of the body needn't be fed. Never fails otherwise.
  bool feed(Bytes bytes);

  /// "GetFolder": the local name of the Body's first child ([MS-OXWSGNI] and its like), without "Response" in
  /// a response. Empty: not known.
  const std::string& operation() const;
  /// "NoError", or the first that is none ([MS-OXWSCDATA] 2.2.5.24); of Autodiscover its ErrorCode. Empty:
  /// none was read.
  const std::string& response_code() const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace mailtap::inspect::http
