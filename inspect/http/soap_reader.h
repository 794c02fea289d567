// What a SOAP body says of itself: which operation it asks for, and which response code it answers with. The
// beginning of a body is read and nothing kept of it but these two words.
//
// Streaming, on expat; but a parser's work is most of what an exchange would cost, so a beginning that is
// plain is read at a glance first (SoapReader::glance). A document type ends the reading (SOAP 1.1 section 3
// forbids one), so no entity is ever expanded.
#pragma once

#include <memory>
#include <optional>
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
  /// The body has ended, or no more of it will be fed.
  void finish();

  /// "GetFolder": the local name of the Body's first child ([MS-OXWSGNI] and its like), without "Response" in
  /// a response. Empty: not known.
  const std::string& operation() const { return meaning_.operation; }
  /// "NoError", or the first that is none ([MS-OXWSCDATA] 2.2.5.24); of Autodiscover its ErrorCode. Empty:
  /// none was read.
  const std::string& response_code() const { return meaning_.code; }

  /// For its test: what a document means, gathered tag by tag.
  struct Meaning {
    void begin(Kind which);
    // True: enough is known.
    bool started(std::string_view local);
    bool ended();
    void said(std::string_view part);  ///< within a code

    Kind kind = Kind::request;
    int depth = 0;
    bool in_body = false;
    bool in_code = false;
    std::string text{};
    std::string operation{};
    std::string code{};
  };
  struct Glance {
    /// irregular: a comment, an entity in a code, a document type, or no XML; it takes a parser.
    enum class Outcome { known, irregular, unfinished };
    Outcome outcome;
    std::size_t position;  ///< when it is known: after which
  };
  static Glance glance(std::string_view xml, Meaning& meaning);

 private:
  enum class State { glancing, parsing, scanning, done };
  class Parser;
  struct Scan;

  void look(Bytes bytes);
  bool glance_at(Bytes bytes);
  void gather(Bytes bytes);
  void parse(Bytes bytes);
  void understood(Bytes rest);
  void scan(std::string_view text);

  Meaning meaning_;
  State state_ = State::done;
  Buffer held_;                     // the document so far, while it isn't understood
  std::size_t again_at_ = 0;        // so much of it; 0 when nothing is held
  Buffer gathered_;                 // for the parser, until it is enough
  std::size_t parsed_ = 0;          // bytes that it has had
  std::unique_ptr<Parser> parser_;  // from the first document that takes one
  std::unique_ptr<Scan> scan_;
};

}  // namespace mailtap::inspect::http
