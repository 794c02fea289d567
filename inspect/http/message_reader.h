// One direction of an HTTP/1 connection, message by message (RFC 9112), on llhttp.
//
// llhttp knows a fixed list of methods, without Exchange's (BPROPFIND, POLL, RPC_IN_DATA, X-MS-ENUMATTS), and
// no target with bytes beyond ASCII, as clients of Exchange and IIS send them (RFC 3986 section 2 wants them
// encoded). So method and target are read here, and llhttp is shown others instead: where a request's body
// ends doesn't depend on them (RFC 9112 section 6.3), CONNECT's apart. Content-Length is read here too:
// llhttp refuses a second one even where it says the same, which section 8.6 of RFC 9110 lets a recipient
// take for one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <llhttp.h>

#include "config/base/bytes.h"

namespace mailtap::inspect::http {

class MessageReader {
 public:
  enum class Kind { request, response };
  enum class Body { as_framed, none, other_protocol };

  /// What stands in a message. Views live for the call.
  class Events {
   public:
    virtual ~Events() = default;
    virtual void on_begin() = 0;
    /// Request. `target`: bytes beyond ASCII percent-encoded.
    virtual void on_request_line(std::string_view method, std::string_view target) = 0;
    /// Whether this field's value is of interest, up to `max_value` bytes; `name` as sent.
    virtual bool wants(std::string_view name) = 0;
    virtual void on_field(std::string_view name, std::string_view value) = 0;
    virtual void on_status(unsigned status) = 0;  ///< response, after its fields
    /// Whether a body follows: other_protocol when no HTTP comes after this head.
    virtual Body on_head() = 0;
    virtual void on_body(Bytes bytes) = 0;
    virtual void on_complete(std::uint64_t size) = 0;  ///< of the whole message
  };
  static constexpr std::size_t max_value = std::size_t{16} * 1024;
  static constexpr std::size_t max_target = std::size_t{2} * 1024;  ///< of what on_request_line is given

  MessageReader(Kind kind, Events& events);
  MessageReader(const MessageReader&) = delete;
  MessageReader& operator=(const MessageReader&) = delete;

  /// Empty: go on. Else why this is no HTTP that can be followed; nothing more is taken then. Events may call
  /// for a halt too (see halt).
  std::string_view feed(Bytes bytes);
  /// The stream has ended, which ends a response without a length (RFC 9112 section 6.3).
  std::string_view finish();

  /// From within an event: take nothing more after it.
  void halt() { halted_ = true; }
  /// Bytes of the message that is being read.
  std::uint64_t size() const { return size_; }
  bool in_message() const { return state_ != State::between; }
  /// The head is read, and nothing of the body that it announces has come.
  bool awaits_body() const { return state_ == State::message && awaits_body_; }
  /// That one won't come: what comes next begins a message.
  void leave_body_out();

 private:
  enum class State { between, method, target, message };
  struct Callbacks;

  bool note_length(std::string_view value);
  Bytes read_method(Bytes bytes);
  Bytes read_target(Bytes bytes);
  Bytes read_message(Bytes bytes);
  void begin();
  void complete();

  const Kind kind_;
  Events& events_;
  llhttp_t parser_;
  State state_ = State::between;
  bool halted_ = false;
  bool completed_ = false;
  bool awaits_body_ = false;
  bool collecting_ = false;
  bool is_length_ = false;  // the field that is read is Content-Length
  std::optional<std::uint64_t> length_;
  std::uint64_t size_ = 0;
  std::string method_;
  std::string target_;
  std::string name_;
  std::string value_;
  std::string_view error_;
};

}  // namespace mailtap::inspect::http
