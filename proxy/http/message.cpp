#include "proxy/http/message.h"

#include <algorithm>
#include <utility>

#include "config/base/text.h"

namespace mailtap::http {

const std::string* Head::find(std::string_view name) const {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const Field& field) { return equal_ignoring_case(field.name, name); });
  return found != fields.end() ? &found->value : nullptr;
}

std::size_t Head::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(fields.begin(), fields.end(), [&](const Field& field) {
    return equal_ignoring_case(field.name, name);
  }));
}

/// llhttp's callbacks, each with the reader that it belongs to.
struct MessageReader::Callbacks {
  static MessageReader& of(llhttp_t* http) { return *static_cast<MessageReader*>(http->data); }

  static int on_message_begin(llhttp_t* http) {
    of(http).begin_head();
    return HPE_OK;
  }
  static int on_url(llhttp_t* http, const char* at, std::size_t size) {
    of(http).head_.target.append(at, size);
    return HPE_OK;
  }
  static int on_header_field(llhttp_t* http, const char* at, std::size_t size) {
    if (!of(http).head_read_) of(http).name_.append(at, size);
    return HPE_OK;
  }
  static int on_header_value(llhttp_t* http, const char* at, std::size_t size) {
    if (!of(http).head_read_) of(http).value_.append(at, size);
    return HPE_OK;
  }
  static int on_header_value_complete(llhttp_t* http) {
    auto& self = of(http);
    if (self.head_read_) return HPE_OK;
    auto& value = self.value_;
    while (value.ends_with(' ') || value.ends_with('\t')) value.pop_back();  // RFC 9112 section 5.1
    self.head_.fields.push_back({std::exchange(self.name_, {}), std::exchange(value, {})});
    return HPE_OK;
  }
  static int on_headers_complete(llhttp_t* http) {
    auto& self = of(http);
    auto& head = self.head_;
    const auto method = llhttp_get_method(http);
    if (self.kind_ == Kind::request)
      head.method = llhttp_method_name(static_cast<llhttp_method_t>(method));
    else
      head.status = static_cast<unsigned>(llhttp_get_status_code(http));
    head.version_major = llhttp_get_http_major(http);
    head.version_minor = llhttp_get_http_minor(http);
    head.announces_body = (http->flags & F_TRANSFER_ENCODING) != 0 || http->content_length > 0;
    self.head_read_ = true;
    if (self.until_ == Until::end) return HPE_OK;
    self.complete_ = true;
    // After the head of a CONNECT llhttp pauses by itself.
    return self.kind_ == Kind::request && method == HTTP_CONNECT ? HPE_OK : HPE_PAUSED;
  }
  static int on_body(llhttp_t* http, const char* at, std::size_t size) {
    auto& self = of(http);
    const auto room = self.limits_.body - self.body_.size();
    self.body_.append(at, std::min(size, room));
    self.body_too_large_ = size > room;
    return self.body_too_large_ ? HPE_USER : HPE_OK;
  }
  static int on_message_complete(llhttp_t* http) {
    auto& self = of(http);
    if (self.kind_ == Kind::response && self.head_.status / 100 == 1) {
      self.head_read_ = false;  // the limit is of all heads together
      return HPE_OK;
    }
    self.complete_ = true;
    return HPE_PAUSED;
  }

  static const llhttp_settings_t* settings() {
    static const auto all = [] {
      llhttp_settings_t made;
      llhttp_settings_init(&made);
      made.on_message_begin = on_message_begin;
      made.on_url = on_url;
      made.on_header_field = on_header_field;
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

MessageReader::MessageReader(Kind kind, Until until, Limits limits)
    : kind_(kind), until_(until), limits_(limits) {
  llhttp_init(&http_, kind == Kind::request ? HTTP_REQUEST : HTTP_RESPONSE, Callbacks::settings());
  http_.data = this;
}

MessageReader::State MessageReader::feed(Bytes bytes) {
  while (state_ == State::need_more && !bytes.empty()) {
    auto text = as_text(bytes);
    if (!head_read_) text = text.substr(0, limits_.head - std::min(size_, limits_.head));
    const auto error = llhttp_execute(&http_, text.data(), text.size());
    const char* stopped_at = error == HPE_OK ? nullptr : llhttp_get_error_pos(&http_);
    const auto used =
        stopped_at == nullptr ? text.size() : static_cast<std::size_t>(stopped_at - text.data());
    size_ += used;
    bytes = bytes.subspan(used);
    if (complete_)
      state_ = State::complete;
    else if (body_too_large_)
      state_ = State::body_too_large;
    else if (error != HPE_OK)
      state_ = State::malformed;
    else if (!head_read_ && size_ >= limits_.head)
      state_ = State::head_too_large;
  }
  return state_;
}

MessageReader::State MessageReader::end() {
  if (state_ != State::need_more) return state_;
  llhttp_finish(&http_);
  return state_ = complete_ ? State::complete : State::malformed;
}

void MessageReader::next() {
  llhttp_reset(&http_);
  begin_head();
  state_ = State::need_more;
  size_ = 0;
  complete_ = false;
  body_too_large_ = false;
  body_.clear();
}

void MessageReader::begin_head() {
  head_ = {};
  head_read_ = false;
  name_.clear();
  value_.clear();
}

}  // namespace mailtap::http
