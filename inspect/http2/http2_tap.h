// Reads HTTP/2 (RFC 9113) in both directions and tells each request with its response, as HttpTap does
// HTTP/1.
//
//   to upstream   --> FrameReader --> HeaderDecoder --> RequestHead ---+
//                                 --> data -----------> BodyReader ----+--> streams, each an OpenExchange -->
//                                 sink
//   to downstream --> FrameReader --> HeaderDecoder --> ResponseHead --+
//                                 --> data -----------> BodyReader ----+
//
// A stream is told once both sides have said all, or one has given it up. What can't be followed (no HTTP/2,
// or more of it than the bounds allow) ends the tap with a word why.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/http/body_reader.h"
#include "inspect/http/open_exchange.h"
#include "inspect/http2/frame_reader.h"
#include "inspect/http2/header_decoder.h"
#include "inspect/tap.h"

namespace mailtap::inspect::http2 {

class Http2Tap final : public Tap {
 public:
  Http2Tap(const TapContext& context, ExchangeSink& sink);

  void on_bytes(Flow flow, Bytes bytes, Instant now) override;
  void on_end(Flow, Instant) override {}  // whatever is said of a stream's end is said in frames
  void on_closed(Instant now) override;
  bool is_between_messages() const override { return !stopped_ && streams_.empty(); }

  /// Servers allow 100 to 256 at once.
  static constexpr std::size_t max_streams = 256;
  /// Bodies that are read at once; of one that comes meanwhile the operation or the response code isn't
  /// known. A body is read for as long as its beginning takes.
  static constexpr std::size_t max_bodies = 16;

 private:
  using Body = std::unique_ptr<http::BodyReader>;

  struct Stream {
    explicit Stream(Instant now) : open(now) {}

    http::OpenExchange open;
    bool has_request_head = false;
    bool has_response_head = false;                // the final one
    std::optional<http::Coding> request_coding{};  // of a body that is to be read and hasn't begun
    std::optional<http::Coding> response_coding{};
    Body request{};  // while it is read
    Body response{};
  };

  /// What one side says, while it is read.
  class Direction final : public FrameReader::Events, private HeaderDecoder::Fields {
   public:
    Direction(Http2Tap& tap, Flow flow);

    std::string_view feed(Bytes bytes) { return frames_.feed(bytes); }

    void on_frame(FrameType type, std::uint32_t stream) override;
    void on_message_bytes(std::uint32_t stream, std::size_t size) override;
    void on_promise(std::uint32_t promised) override;
    void on_block(Bytes fragment) override;
    void on_block_end() override;
    void on_data(std::uint32_t stream, Bytes data) override;
    void on_stream_end(std::uint32_t stream) override;
    void on_reset(std::uint32_t stream, std::uint32_t error) override;
    void on_setting(Setting setting, std::uint32_t value) override;
    void on_goaway(std::uint32_t last_stream, std::uint32_t error) override;

   private:
    /// A few bytes can say a long field again and again. So of those that are understood not more is than
    /// this, which comes back with what is sent; then of each its beginning alone. Credentials that are long
    /// are said once.
    static constexpr std::size_t max_understood = std::size_t{64} * 1024;
    static constexpr std::size_t understood_per_byte = 16;
    static constexpr std::size_t always_understood = 64;

    /// What the header block is that is read: other is one that says nothing of interest, such as trailers.
    enum class Block { request, response, other };

    void on_field(std::string_view name, std::string_view value) override;
    void begin_block(Block kind, std::uint32_t stream);
    void request_head_complete(Stream& stream);
    void response_head_complete(Stream& stream);
    bool is_from_client() const { return flow_ == Flow::to_upstream; }
    Direction& other() const;

    Http2Tap& tap_;
    const Flow flow_;
    FrameReader frames_;
    HeaderDecoder decoder_;
    Block block_ = Block::other;
    std::uint32_t block_stream_ = 0;
    std::size_t block_size_ = 0;              // as sent
    std::size_t allowance_ = max_understood;  // of fields to be understood
    http::RequestHead request_;
    http::ResponseHead response_;
    std::string method_, path_, status_;  // of the block
  };

  Stream* find(std::uint32_t stream);
  Stream* begin(std::uint32_t stream);
  bool is_idle(std::uint32_t stream) const;
  Body begin_body(http::SoapReader::Kind kind, http::Coding coding);
  void end_body(Body& body);
  void request_said(Stream& stream);
  void response_said(Stream& stream);
  void given_up(std::uint32_t stream, std::string_view by, std::uint32_t error);
  void tell(Stream& stream);
  void stop(std::string_view why);

  const TapContext& context_;
  ExchangeSink& sink_;
  Instant now_{};
  bool stopped_ = false;
  std::map<std::uint32_t, Stream> streams_;  // those that are open
  std::uint32_t last_asked_ = 0;             // the newest of the client's
  std::uint32_t last_promised_ = 0;
  std::vector<Body> spare_bodies_;
  std::size_t bodies_ = 0;  // in use or spare
  Direction from_client_{*this, Flow::to_upstream};
  Direction from_server_{*this, Flow::to_downstream};
};

}  // namespace mailtap::inspect::http2
