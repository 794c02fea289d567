#include "inspect/http2/http2_tap.h"

#include <algorithm>
#include <charconv>

#include <nghttp2/nghttp2.h>

#include "inspect/http/message_reader.h"

namespace mailtap::inspect::http2 {

namespace {

constexpr std::size_t max_method = 32;
constexpr std::size_t max_spare_bodies = 2;  // as many as HttpTap has

/// RFC 9113 section 8.3.2: three digits; 0: it isn't.
unsigned parse_status(std::string_view text) {
  unsigned status = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), status);
  return problem == std::errc() && end == text.data() + text.size() && status >= 100 && status <= 999 ? status
                                                                                                      : 0;
}

}  // namespace

Http2Tap::Http2Tap(const TapContext& context, ExchangeSink& sink) : context_(context), sink_(sink) {}

void Http2Tap::on_bytes(Flow flow, Bytes bytes, Instant now) {
  if (stopped_) return;
  now_ = now;
  auto& direction = flow == Flow::to_upstream ? from_client_ : from_server_;
  if (const auto error = direction.feed(bytes); !error.empty()) stop(error);
}

void Http2Tap::on_closed(Instant now) {
  if (stopped_) return;
  for (auto& [number, stream] : streams_) {
    stream.open.last = now;
    if (stream.has_request_head) tell(stream);
  }
  streams_.clear();
}

// --- streams ----------------------------------------------------------------------------------------------

/// Null: it isn't open.
Http2Tap::Stream* Http2Tap::find(std::uint32_t stream) {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? nullptr : &found->second;
}

/// Null: there are too many.
Http2Tap::Stream* Http2Tap::begin(std::uint32_t stream) {
  if (streams_.size() >= max_streams) return nullptr;
  auto& made = streams_.try_emplace(stream, now_).first->second;
  made.open.part().http2 = Http2Stream{.number = stream};
  return &made;
}

/// Nobody has opened it (RFC 9113 section 5.1.1).
bool Http2Tap::is_idle(std::uint32_t stream) const {
  return stream > (stream % 2 == 1 ? last_asked_ : last_promised_);
}

/// Null: as many as may be are being read.
Http2Tap::Body Http2Tap::begin_body(http::SoapReader::Kind kind, http::Coding coding) {
  Body body;
  if (!spare_bodies_.empty()) {
    body = std::move(spare_bodies_.back());
    spare_bodies_.pop_back();
  } else if (bodies_ < max_bodies) {
    body = std::make_unique<http::BodyReader>();
    ++bodies_;
  }
  if (body) body->begin(kind, coding);
  return body;
}

void Http2Tap::end_body(Body& body) {
  if (!body) return;
  if (spare_bodies_.size() < max_spare_bodies) {
    spare_bodies_.push_back(std::move(body));
  } else {
    body.reset();
    --bodies_;
  }
}

void Http2Tap::request_said(Stream& stream) {
  if (stream.request) stream.open.request_said(stream.request->finish());
  end_body(stream.request);
}

void Http2Tap::response_said(Stream& stream) {
  if (stream.response) stream.open.response_said(stream.response->finish());
  end_body(stream.response);
}

/// One side wants no more of it.
void Http2Tap::given_up(std::uint32_t number, std::string_view by, std::uint32_t error) {
  auto* stream = find(number);
  if (stream == nullptr) return;
  auto& http2 = *stream->open.part().http2;
  http2.ended_by = by;
  http2.error = nghttp2_http2_strerror(error);
  stream->open.last = now_;
  if (stream->has_request_head) tell(*stream);
  streams_.erase(number);
}

void Http2Tap::tell(Stream& stream) {
  request_said(stream);
  response_said(stream);
  sink_.on_exchange(stream.open.finish(context_));
}

void Http2Tap::stop(std::string_view why) {
  stopped_ = true;
  for (auto& [number, stream] : streams_)
    if (stream.has_request_head) tell(stream);
  streams_.clear();
  sink_.on_stopped(why);
}

// --- frames -----------------------------------------------------------------------------------------------

Http2Tap::Direction::Direction(Http2Tap& tap, Flow flow)
    : tap_(tap),
      flow_(flow),
      frames_(flow == Flow::to_upstream ? FrameReader::Sender::client : FrameReader::Sender::server, *this),
      decoder_(*this) {}

Http2Tap::Direction& Http2Tap::Direction::other() const {
  return is_from_client() ? tap_.from_server_ : tap_.from_client_;
}

void Http2Tap::Direction::on_frame(FrameType type, std::uint32_t number) {
  if (type == FrameType::data && tap_.is_idle(number)) return frames_.fail(malformed);
  if (type != FrameType::headers) return;
  auto* stream = tap_.find(number);
  if (!is_from_client()) {
    if (tap_.is_idle(number)) return frames_.fail("a response without a request");
    const bool is_head = stream != nullptr && !stream->has_response_head;
    if (is_head) stream->open.response_begins(tap_.now_);
    return begin_block(is_head ? Block::response : Block::other, number);
  }
  if (!tap_.is_idle(number)) return begin_block(Block::other, number);  // trailers, or after a reset
  if (number % 2 == 0) return frames_.fail(malformed);
  tap_.last_asked_ = number;
  if (tap_.begin(number) == nullptr) return frames_.fail("too many streams at once");
  begin_block(Block::request, number);
}

void Http2Tap::Direction::on_message_bytes(std::uint32_t number, std::size_t size) {
  auto* stream = tap_.find(number);
  if (stream == nullptr) return;
  auto& exchange = stream->open.exchange;
  (is_from_client() ? exchange.request_bytes : exchange.response_bytes) += size;
  stream->open.last = tap_.now_;
}

/// The server begins a stream by itself, and says what it takes the client to ask for (RFC 9113 section 8.4).
void Http2Tap::Direction::on_promise(std::uint32_t promised) {
  if (is_from_client() || promised % 2 == 1 || !tap_.is_idle(promised) || promised == 0)
    return frames_.fail(malformed);
  tap_.last_promised_ = promised;
  auto* stream = tap_.begin(promised);
  if (stream == nullptr) return frames_.fail("too many streams at once");
  stream->open.request_complete = true;
  begin_block(Block::request, promised);
}

void Http2Tap::Direction::on_data(std::uint32_t number, Bytes data) {
  auto* stream = tap_.find(number);
  if (stream == nullptr) return;
  using Kind = http::SoapReader::Kind;
  auto& body = is_from_client() ? stream->request : stream->response;
  auto& coding = is_from_client() ? stream->request_coding : stream->response_coding;
  if (coding) body = tap_.begin_body(is_from_client() ? Kind::request : Kind::response, *coding);
  coding.reset();
  if (!body) return;
  body->feed(data);
  if (body->has_enough()) is_from_client() ? tap_.request_said(*stream) : tap_.response_said(*stream);
}

void Http2Tap::Direction::on_stream_end(std::uint32_t number) {
  auto* stream = tap_.find(number);
  if (stream == nullptr) return;
  (is_from_client() ? stream->open.request_complete : stream->open.response_complete) = true;
  is_from_client() ? tap_.request_said(*stream) : tap_.response_said(*stream);
  if (!stream->open.is_over()) return;
  if (stream->has_request_head) tap_.tell(*stream);
  tap_.streams_.erase(number);
}

/// A server that has answered may want no more of the request, which is no fault (RFC 9113 section 8.1).
void Http2Tap::Direction::on_reset(std::uint32_t stream, std::uint32_t error) {
  if (auto* answered = tap_.find(stream); !is_from_client() && error == 0 && answered != nullptr)
    answered->open.request_complete |= answered->open.response_complete;
  tap_.given_up(stream, "RST_STREAM", error);
}

/// Newer streams of the other side than the last won't be answered (RFC 9113 section 6.8).
void Http2Tap::Direction::on_goaway(std::uint32_t last_stream, std::uint32_t error) {
  const unsigned parity = is_from_client() ? 0 : 1;
  std::vector<std::uint32_t> unanswered;
  for (auto it = tap_.streams_.upper_bound(last_stream); it != tap_.streams_.end(); ++it)
    if (it->first % 2 == parity) unanswered.push_back(it->first);
  for (const auto stream : unanswered) tap_.given_up(stream, "GOAWAY", error);
}

void Http2Tap::Direction::on_setting(Setting setting, std::uint32_t value) {
  if (setting == Setting::max_frame_size) other().frames_.allow_length(value);
  if (setting == Setting::header_table_size) other().decoder_.note_allowed(value);
}

// --- heads ------------------------------------------------------------------------------------------------

void Http2Tap::Direction::begin_block(Block kind, std::uint32_t stream) {
  block_ = kind;
  block_stream_ = stream;
  block_size_ = 0;
  method_.clear();
  path_.clear();
  status_.clear();
  request_.begin();
  response_.begin();
}

void Http2Tap::Direction::on_block(Bytes fragment) {
  block_size_ += fragment.size();
  if (const auto problem = decoder_.feed(fragment); !problem.empty()) frames_.fail(problem);
}

void Http2Tap::Direction::on_field(std::string_view name, std::string_view value) {
  using http::MessageReader;
  if (block_ == Block::other) return;
  if (name == ":method") method_ = value.substr(0, max_method + 1);
  if (name == ":path") path_ = value.substr(0, MessageReader::max_target);
  if (name == ":status") status_ = value.substr(0, 4);
  const bool is_request = block_ == Block::request;
  if (!(is_request ? http::RequestHead::wants(name) : http::ResponseHead::wants(name))) return;
  auto* stream = tap_.find(block_stream_);
  if (stream == nullptr) return;  // reset by the other side meanwhile
  value = value.substr(0, std::min(MessageReader::max_value, std::max(allowance_, always_understood)));
  allowance_ -= std::min(allowance_, value.size());
  is_request ? request_.on_field(name, value, stream->open) : response_.on_field(name, value, stream->open);
}

void Http2Tap::Direction::on_block_end() {
  if (const auto problem = decoder_.end_block(); !problem.empty()) return frames_.fail(problem);
  allowance_ = std::min(max_understood, allowance_ + understood_per_byte * block_size_);
  auto* stream = tap_.find(block_stream_);
  if (stream == nullptr) return;
  if (block_ == Block::request) request_head_complete(*stream);
  if (block_ == Block::response) response_head_complete(*stream);
}

void Http2Tap::Direction::request_head_complete(Stream& stream) {
  if (method_.empty()) return frames_.fail(malformed);
  stream.has_request_head = true;
  stream.open.set_request_line(method_, path_, tap_.context_.pseudonyms);
  if (const auto coding = request_.end(stream.open); is_from_client()) stream.request_coding = coding;
}

void Http2Tap::Direction::response_head_complete(Stream& stream) {
  const auto status = parse_status(status_);
  if (status == 0) return frames_.fail(malformed);
  if (status / 100 == 1) return stream.open.forget_response();
  stream.open.status = status;
  stream.has_response_head = true;
  if (stream.open.is_connect && status / 100 == 2)
    stream.open.part().upgraded = true;  // RFC 9113 section 8.5
  stream.response_coding = response_.end(stream.open);
}

}  // namespace mailtap::inspect::http2
