// One direction of an HTTP/2 connection, frame by frame (RFC 9113 section 4). Of a frame nothing is kept but
// its fixed fields; bodies and header blocks are passed on as they come.
//
// An observer is as lenient as it can afford: what would make it lose its place, or mistake one frame for
// another, ends the reading; what is only forbidden is for the two ends to refuse.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "config/base/bytes.h"

namespace mailtap::inspect::http2 {

/// RFC 9113 section 6.
enum class FrameType : std::uint8_t {
  data,
  headers,
  priority,
  rst_stream,
  settings,
  push_promise,
  ping,
  goaway,
  window_update,
  continuation,
};

/// RFC 9113 section 6.5.2.
enum class Setting : std::uint16_t { header_table_size = 1, max_frame_size = 5 };

/// Why reading ended, where neither side should have said what it has.
inline constexpr std::string_view malformed = "malformed HTTP/2";

class FrameReader {
 public:
  enum class Sender { client, server };

  /// What stands in frames. Spans live for the call.
  class Events {
   public:
    virtual ~Events() = default;
    /// A frame's head has come. The type may be one that isn't known.
    virtual void on_frame(FrameType type, std::uint32_t stream) = 0;
    /// So many bytes of a frame of HEADERS, CONTINUATION or DATA, its head and padding included.
    virtual void on_message_bytes(std::uint32_t stream, std::size_t size) = 0;
    /// Between the frame and its header block: which stream it is for.
    virtual void on_promise(std::uint32_t promised) = 0;
    /// A part of the header block, of HEADERS or PUSH_PROMISE and what continues them.
    virtual void on_block(Bytes fragment) = 0;
    virtual void on_block_end() = 0;
    virtual void on_data(std::uint32_t stream, Bytes data) = 0;
    /// Its sender has said all on it, after the block or the data that say so.
    virtual void on_stream_end(std::uint32_t stream) = 0;
    virtual void on_reset(std::uint32_t stream, std::uint32_t error) = 0;
    virtual void on_setting(Setting setting, std::uint32_t value) = 0;
    virtual void on_goaway(std::uint32_t last_stream, std::uint32_t error) = 0;
  };

  FrameReader(Sender sender, Events& events);
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;

  /// Empty: go on. Else why this can't be followed; nothing more is taken then.
  std::string_view feed(Bytes bytes);
  /// From within an event: the same.
  void fail(std::string_view why) {
    if (error_.empty()) error_ = why;
  }
  /// The receiver takes frames of this length; less than it has said before counts for nothing.
  void allow_length(std::uint32_t length);

  static constexpr std::string_view preface{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"};  ///< RFC 9113 section 3.4

 private:
  enum class State { preface, head, fields, content };

  static constexpr std::size_t head_size = 9;

  std::size_t read_preface(Bytes bytes);
  std::size_t gather(Bytes bytes, std::size_t size);
  std::size_t read_content(Bytes bytes);
  void begin_frame();
  void begin_content();
  void end_frame();
  void read_fields();
  std::string_view problem() const;
  std::size_t size_of_fields() const;
  bool has(std::uint8_t flag) const { return (flags_ & flag) != 0; }
  void count_data(std::size_t size);

  Events& events_;
  State state_;
  bool has_begun_ = false;  // the first frame has come
  std::size_t preface_read_ = 0;
  std::uint32_t max_length_ = std::uint32_t{16} * 1024;  // SETTINGS_MAX_FRAME_SIZE's initial value

  // Of the frame that is read.
  FrameType type_ = FrameType::data;
  std::uint8_t flags_ = 0;
  std::uint32_t stream_ = 0;
  std::size_t left_ = 0;  // of its payload
  std::size_t padding_ = 0;
  std::array<std::uint8_t, head_size> gathered_{};
  std::size_t gathered_size_ = 0;

  // Of the header block that is read, until END_HEADERS.
  bool in_block_ = false;
  bool ends_stream_ = false;
  std::uint32_t block_stream_ = 0;

  std::string_view error_;
};

}  // namespace mailtap::inspect::http2
