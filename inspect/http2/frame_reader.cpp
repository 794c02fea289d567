#include "inspect/http2/frame_reader.h"

#include <algorithm>

namespace mailtap::inspect::http2 {

namespace {

constexpr std::uint8_t end_stream = 0x01;
constexpr std::uint8_t acknowledges = 0x01;
constexpr std::uint8_t end_headers = 0x04;
constexpr std::uint8_t padded = 0x08;
constexpr std::uint8_t with_priority = 0x20;

constexpr std::size_t setting_size = 6;
constexpr std::uint32_t stream_mask = 0x7fffffff;

std::uint32_t number(const std::uint8_t* at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | at[i];
  return value;
}

}  // namespace

FrameReader::FrameReader(Sender sender, Events& events)
    : events_(events), state_(sender == Sender::client ? State::preface : State::head) {}

std::string_view FrameReader::feed(Bytes bytes) {
  while (!bytes.empty() && error_.empty()) {
    std::size_t taken = 0;
    switch (state_) {
      case State::preface: taken = read_preface(bytes); break;
      case State::head:
        taken = gather(bytes, head_size);
        if (gathered_size_ == head_size) begin_frame();
        break;
      case State::fields:
        taken = gather(bytes, size_of_fields());
        if (gathered_size_ == size_of_fields()) read_fields();
        break;
      case State::content: taken = read_content(bytes); break;
    }
    bytes = bytes.subspan(taken);
  }
  return error_;
}

void FrameReader::allow_length(std::uint32_t length) {
  max_length_ = std::max(max_length_, length);
}

std::size_t FrameReader::read_preface(Bytes bytes) {
  const auto expected = preface.substr(preface_read_, bytes.size());
  if (as_text(bytes.first(expected.size())) != expected) fail("not HTTP/2");
  preface_read_ += expected.size();
  if (preface_read_ == preface.size()) state_ = State::head;
  return expected.size();
}

/// Until `size` bytes stand together; how many of `bytes` it took.
std::size_t FrameReader::gather(Bytes bytes, std::size_t size) {
  const auto taken = std::min(size - gathered_size_, bytes.size());
  std::copy_n(bytes.begin(), taken, gathered_.begin() + static_cast<std::ptrdiff_t>(gathered_size_));
  gathered_size_ += taken;
  return taken;
}

void FrameReader::begin_frame() {
  left_ = number(gathered_.data(), 3);
  type_ = static_cast<FrameType>(gathered_[3]);
  flags_ = gathered_[4];
  stream_ = number(&gathered_[5], 4) & stream_mask;
  gathered_size_ = 0;
  padding_ = 0;
  if (const auto why = problem(); !why.empty()) return fail(why);
  has_begun_ = true;
  events_.on_frame(type_, stream_);
  if (type_ == FrameType::headers || type_ == FrameType::continuation)
    events_.on_message_bytes(stream_, head_size + left_);
  count_data(head_size);
  if (!error_.empty()) return;
  if (size_of_fields() > 0)
    state_ = State::fields;
  else
    begin_content();
}

/// Why a frame with this head can't be followed; empty: it can.
std::string_view FrameReader::problem() const {
  using enum FrameType;
  // Either side's first frame is its settings (RFC 9113 section 3.4).
  if (!has_begun_ && (type_ != settings || has(acknowledges))) return "not HTTP/2";
  if (left_ > max_length_) return "a frame longer than the receiver takes";
  if (in_block_ != (type_ == continuation)) return malformed;
  if (in_block_ && stream_ != block_stream_) return malformed;
  switch (type_) {
    case data:
    case headers:
    case push_promise:
    case continuation:
    case rst_stream:
      if (stream_ == 0) return malformed;
      break;
    case settings:
      if (stream_ != 0 || left_ % setting_size != 0 || (has(acknowledges) && left_ > 0)) return malformed;
      break;
    case goaway:
      if (stream_ != 0) return malformed;
      break;
    default: break;
  }
  return left_ < size_of_fields() ? malformed : std::string_view();
}

/// Of what stands before a frame's content: pad length, priority, promised stream, and all of small frames.
/// Of settings one at a time.
std::size_t FrameReader::size_of_fields() const {
  using enum FrameType;
  const std::size_t pad_length = has(padded) ? 1 : 0;
  switch (type_) {
    case data: return pad_length;
    case headers: return pad_length + (has(with_priority) ? 5 : 0);
    case push_promise: return pad_length + 4;
    case rst_stream: return 4;
    case settings: return left_ > 0 ? setting_size : 0;
    case goaway: return 8;
    default: return 0;
  }
}

void FrameReader::read_fields() {
  using enum FrameType;
  const auto size = gathered_size_;
  gathered_size_ = 0;
  left_ -= size;
  count_data(size);
  const auto* fields = gathered_.data();
  switch (type_) {
    case data:
    case headers:
    case push_promise:
      if (has(padded)) padding_ = *fields++;
      if (padding_ > left_) return fail(malformed);
      if (type_ == push_promise) events_.on_promise(number(fields, 4) & stream_mask);
      break;
    case rst_stream: events_.on_reset(stream_, number(fields, 4)); break;
    case goaway: events_.on_goaway(number(fields, 4) & stream_mask, number(fields + 4, 4)); break;
    case settings:
      events_.on_setting(static_cast<Setting>(number(fields, 2)), number(fields + 2, 4));
      if (left_ > 0) return;  // the next one
      break;
    default: break;
  }
  if (error_.empty()) begin_content();
}

void FrameReader::begin_content() {
  if (type_ == FrameType::headers || type_ == FrameType::push_promise) {
    in_block_ = true;
    block_stream_ = stream_;
    ends_stream_ = type_ == FrameType::headers && has(end_stream);
  }
  state_ = State::content;
  if (left_ == 0) end_frame();
}

/// Some of what is left of the payload, its padding last.
std::size_t FrameReader::read_content(Bytes bytes) {
  const auto content = left_ - padding_;
  const auto taken = std::min(content > 0 ? content : left_, bytes.size());
  if (content > 0) {
    if (type_ == FrameType::data) events_.on_data(stream_, bytes.first(taken));
    if (in_block_) events_.on_block(bytes.first(taken));
  }
  left_ -= taken;
  count_data(taken);
  padding_ = std::min(padding_, left_);
  if (left_ == 0 && error_.empty()) end_frame();
  return taken;
}

void FrameReader::end_frame() {
  using enum FrameType;
  state_ = State::head;
  if (type_ == data && has(end_stream)) return events_.on_stream_end(stream_);
  if (!in_block_ || !has(end_headers)) return;
  in_block_ = false;
  events_.on_block_end();
  if (ends_stream_ && error_.empty()) events_.on_stream_end(block_stream_);
}

/// Data are counted as they come, frames of fields at once.
void FrameReader::count_data(std::size_t size) {
  if (type_ == FrameType::data) events_.on_message_bytes(stream_, size);
}

}  // namespace mailtap::inspect::http2
