// HTTP/1 messages that are meant for mailtap itself, as a server or as a client (RFC 9112), by llhttp: strict
// and bounded. (What passes through mailtap between others is read by inspect/http/message_reader.h, which is
// lenient.)
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <llhttp.h>

#include "config/base/bytes.h"

namespace mailtap::http {

struct Field {
  std::string name;   ///< as sent
  std::string value;  ///< without white space around it
};

/// What precedes a message's body.
struct Head {
  std::string method;   ///< of a request
  std::string target;   ///< of a request, as sent
  unsigned status = 0;  ///< of a response
  unsigned version_major = 0;
  unsigned version_minor = 0;
  std::vector<Field> fields;    ///< as sent; trailers aren't among them
  bool announces_body = false;  ///< by a length or a transfer coding

  /// The first of that name, in any case; null: there is none.
  const std::string* find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
};

/// Reads one message after another of one direction. Bytes in, in any segmentation; no I/O.
class MessageReader {
 public:
  enum class Kind { request, response };
  enum class Until {
    head,  ///< it is complete with the empty line, whatever follows
    end,   ///< it is complete with its body
  };
  struct Limits {
    std::size_t head = std::size_t{8} * 1024;
    std::size_t body = 0;
  };
  enum class State {
    need_more,
    complete,  ///< head() is there, and body(). Of a response, the final one (RFC 9110 section 15.2)
    malformed,
    head_too_large,
    body_too_large,
  };

  MessageReader(Kind kind, Until until, Limits limits);
  MessageReader(const MessageReader&) = delete;
  MessageReader& operator=(const MessageReader&) = delete;

  /// Once it isn't need_more, the answer stays, and no more is taken until next().
  State feed(Bytes bytes);
  /// The stream has ended, which completes a response without a length (RFC 9112 section 6.3).
  State end();
  State state() const { return state_; }

  const Head& head() const { return head_; }
  std::string& body() { return body_; }
  /// Of all the bytes that were fed since the message began, those that belong to it.
  std::size_t size() const { return size_; }

  /// The next message begins.
  void next();

 private:
  struct Callbacks;
  void begin_head();

  const Kind kind_;
  const Until until_;
  const Limits limits_;
  llhttp_t http_;
  State state_ = State::need_more;
  std::size_t size_ = 0;
  bool head_read_ = false;
  bool complete_ = false;
  bool body_too_large_ = false;
  std::string name_;  // of the field that is being read
  std::string value_;
  Head head_;
  std::string body_;
};

}  // namespace mailtap::http
