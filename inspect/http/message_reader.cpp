#include "inspect/http/message_reader.h"

#include <algorithm>
#include <charconv>

#include "config/base/text.h"

namespace mailtap::inspect::http {

namespace {

constexpr std::size_t max_method = 32;
constexpr std::size_t max_name = 64;  // no field of interest has a longer name

/// A token's characters (RFC 9110 section 5.6.2).
bool is_token(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

void append_bounded(std::string& to, const char* text, std::size_t size, std::size_t longest) {
  to.append(text, std::min(size, longest - std::min(longest, to.size())));
}

std::string percent_encoded(std::uint8_t byte) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  return {'%', digits[byte >> 4], digits[byte & 0xF]};
}

/// An observer gains nothing by insisting where client and server understand each other.
void be_lenient(llhttp_t& parser) {
  llhttp_set_lenient_headers(&parser, 1);
  llhttp_set_lenient_chunked_length(&parser, 1);
  llhttp_set_lenient_transfer_encoding(&parser, 1);
  llhttp_set_lenient_version(&parser, 1);
  llhttp_set_lenient_optional_lf_after_cr(&parser, 1);
  llhttp_set_lenient_optional_cr_before_lf(&parser, 1);
  llhttp_set_lenient_optional_crlf_after_chunk(&parser, 1);
  llhttp_set_lenient_spaces_after_chunk_size(&parser, 1);
}

}  // namespace

/// llhttp's callbacks, each with the reader that it belongs to.
struct MessageReader::Callbacks {
  static MessageReader& of(llhttp_t* parser) { return *static_cast<MessageReader*>(parser->data); }

  static int on_header_field(llhttp_t* parser, const char* at, std::size_t size) {
    append_bounded(of(parser).name_, at, size, max_name);
    return HPE_OK;
  }
  static int on_header_field_complete(llhttp_t* parser) {
    auto& self = of(parser);
    // For llhttp it is a field like any other; in a trailer it is one.
    self.is_length_ = equal_ignoring_case(self.name_, "Content-Length");
    if (self.is_length_) parser->header_state = 0;
    if ((parser->flags & F_TRAILING) != 0) self.is_length_ = false;
    self.collecting_ = self.is_length_ || self.events_.wants(self.name_);
    if (!self.collecting_) self.name_.clear();
    return HPE_OK;
  }
  static int on_header_value(llhttp_t* parser, const char* at, std::size_t size) {
    auto& self = of(parser);
    if (self.collecting_) append_bounded(self.value_, at, size, max_value);
    return HPE_OK;
  }
  static int on_header_value_complete(llhttp_t* parser) {
    auto& self = of(parser);
    if (!self.collecting_) return HPE_OK;
    if (self.is_length_ && !self.note_length(self.value_)) return HPE_USER;
    if (!self.is_length_) self.events_.on_field(self.name_, self.value_);
    self.name_.clear();
    self.value_.clear();
    self.collecting_ = false;
    return HPE_OK;
  }
  static int on_headers_complete(llhttp_t* parser) {
    if (const auto& length = of(parser).length_) {
      parser->flags |= F_CONTENT_LENGTH;
      parser->content_length = *length;
    }
    auto& events = of(parser).events_;
    if (of(parser).kind_ == Kind::response)
      events.on_status(static_cast<unsigned>(llhttp_get_status_code(parser)));
    switch (events.on_head()) {
      case Body::as_framed: of(parser).awaits_body_ = true; return 0;
      case Body::none: return 1;
      case Body::other_protocol: return 2;
    }
    return 0;
  }
  static int on_body(llhttp_t* parser, const char* at, std::size_t size) {
    of(parser).awaits_body_ = false;
    of(parser).events_.on_body({reinterpret_cast<const std::uint8_t*>(at), size});
    return HPE_OK;
  }
  /// Paused, so that the next message begins in read_method or with its own size.
  static int on_message_complete(llhttp_t* parser) {
    of(parser).completed_ = true;
    return HPE_PAUSED;
  }

  static const llhttp_settings_t* settings() {
    static const auto all = [] {
      llhttp_settings_t made;
      llhttp_settings_init(&made);
      made.on_header_field = on_header_field;
      made.on_header_field_complete = on_header_field_complete;
      made.on_header_value = on_header_value;
      made.on_header_value_complete = on_header_value_complete;
      made.on_headers_complete = on_headers_complete;
      made.on_body = on_body;
      made.on_message_complete = on_message_complete;
      return made;
    }();
    return &all;
  }
};

MessageReader::MessageReader(Kind kind, Events& events) : kind_(kind), events_(events) {
  llhttp_init(&parser_, kind == Kind::request ? HTTP_REQUEST : HTTP_RESPONSE, Callbacks::settings());
  parser_.data = this;
  be_lenient(parser_);
}

std::string_view MessageReader::feed(Bytes bytes) {
  while (!bytes.empty() && !halted_ && error_.empty()) {
    if (state_ == State::between) {
      // Empty lines before a message are no part of it (RFC 9112 section 2.2).
      if (bytes.front() == '\r' || bytes.front() == '\n') {
        bytes = bytes.subspan(1);
        continue;
      }
      begin();
      if (halted_) break;
    }
    switch (state_) {
      case State::method: bytes = read_method(bytes); break;
      case State::target: bytes = read_target(bytes); break;
      default: bytes = read_message(bytes);
    }
  }
  return error_;
}

std::string_view MessageReader::finish() {
  if (state_ != State::message || halted_ || !error_.empty()) return error_;
  llhttp_finish(&parser_);  // a request cut short stays incomplete, which is for the caller to say
  if (completed_) complete();
  return error_;
}

void MessageReader::begin() {
  state_ = kind_ == Kind::request ? State::method : State::message;
  size_ = 0;
  method_.clear();
  target_.clear();
  name_.clear();
  value_.clear();
  collecting_ = false;
  length_.reset();
  llhttp_reset(&parser_);
  events_.on_begin();
}

/// "42", and "42, 42" where a list or several fields say the same (RFC 9110 section 8.6). False: it is no
/// length, or two.
bool MessageReader::note_length(std::string_view value) {
  do {
    auto one = value.substr(0, value.find(','));
    value.remove_prefix(std::min(one.size() + 1, value.size()));
    const auto begin = std::min(one.find_first_not_of(" \t"), one.size());
    one = one.substr(begin, one.find_last_not_of(" \t") + 1 - begin);
    std::uint64_t length = 0;
    const auto [end, problem] = std::from_chars(one.data(), one.data() + one.size(), length);
    if (problem != std::errc() || end != one.data() + one.size())
      return error_ = "not HTTP, or a malformed message", false;
    if (length_ && *length_ != length) return error_ = "two different lengths of one message", false;
    length_ = length;
  } while (!value.empty());
  return true;
}

/// What is left of `bytes` after the method.
Bytes MessageReader::read_method(Bytes bytes) {
  const auto text = as_text(bytes);
  const auto end =
      static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_token) - text.begin());
  method_.append(text.substr(0, end));
  if (method_.size() > max_method) return error_ = "a method of no known length", Bytes();
  size_ += end;
  if (end == text.size()) return {};
  if (text[end] != ' ' || method_.empty()) return error_ = "not HTTP", Bytes();
  if (method_ == "PRI") return error_ = "HTTP/2", Bytes();
  state_ = State::target;
  return bytes.subspan(end);
}

/// What is left of `bytes` after the target, of which what comes in pieces is kept.
Bytes MessageReader::read_target(Bytes bytes) {
  const auto is_end = [](std::uint8_t c) { return c == ' ' || c == '\r' || c == '\n'; };
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto c = bytes[i];
    if (c == ' ' && target_.empty()) continue;
    if (!is_end(c) && (c < ' ' || c == 0x7F)) return error_ = "not HTTP, or a malformed message", Bytes();
    if (!is_end(c)) {
      const auto shown = c < 0x80 ? std::string(1, static_cast<char>(c)) : percent_encoded(c);
      append_bounded(target_, shown.data(), shown.size(), max_target);
      continue;
    }
    size_ += i;
    const std::string_view shown = method_ == "CONNECT" ? "CONNECT host:1" : "POST /";
    llhttp_execute(&parser_, shown.data(), shown.size());
    state_ = State::message;
    events_.on_request_line(method_, target_);
    return bytes.subspan(i);
  }
  size_ += bytes.size();
  return {};
}

/// What is left of `bytes` after the message.
Bytes MessageReader::read_message(Bytes bytes) {
  const auto* begin = reinterpret_cast<const char*>(bytes.data());
  const auto result = llhttp_execute(&parser_, begin, bytes.size());
  if (!completed_) {
    size_ += bytes.size();
    if (result != HPE_OK && error_.empty()) error_ = "not HTTP, or a malformed message";
    return {};
  }
  const auto used = static_cast<std::size_t>(llhttp_get_error_pos(&parser_) - begin);
  size_ += used;
  complete();
  return bytes.subspan(used);
}

void MessageReader::leave_body_out() {
  complete();
}

void MessageReader::complete() {
  completed_ = awaits_body_ = false;
  state_ = State::between;
  events_.on_complete(size_);
}

}  // namespace mailtap::inspect::http
