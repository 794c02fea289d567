// HPACK (RFC 7541) of one direction, by nghttp2's decoder.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "config/base/bytes.h"

struct nghttp2_hd_inflater;

namespace mailtap::inspect::http2 {

class HeaderDecoder {
 public:
  /// What a sender's table may hold. How much of what the receiver allows it makes use of, the sender says
  /// within its blocks (section 6.3), which is all that an observer needs. Browsers allow as much as this.
  static constexpr std::uint32_t max_table = std::uint32_t{64} * 1024;
  /// Of one block, decoded, each field with 32 bytes more, as in SETTINGS_MAX_HEADER_LIST_SIZE: a byte of a
  /// block may stand for thousands.
  static constexpr std::size_t max_block = std::size_t{256} * 1024;

  class Fields {
   public:
    virtual ~Fields() = default;
    /// In lower case; `name` of a pseudo-header field begins with ":". The views live for the call.
    virtual void on_field(std::string_view name, std::string_view value) = 0;
  };

  explicit HeaderDecoder(Fields& fields);
  ~HeaderDecoder();
  HeaderDecoder(const HeaderDecoder&) = delete;
  HeaderDecoder& operator=(const HeaderDecoder&) = delete;

  /// What the receiver allows (SETTINGS_HEADER_TABLE_SIZE), to tell a sender that uses more than max_table
  /// from a broken one.
  void note_allowed(std::uint32_t size) { may_exceed_ = may_exceed_ || size > max_table; }
  /// A part of a block. Empty, or why no more can be followed.
  std::string_view feed(Bytes fragment) { return decode(fragment, false); }
  std::string_view end_block() { return decode({}, true); }

 private:
  struct Delete {
    void operator()(nghttp2_hd_inflater* inflater) const;
  };

  std::string_view decode(Bytes bytes, bool is_last);
  std::string_view why(std::ptrdiff_t problem) const;

  Fields& fields_;
  std::unique_ptr<nghttp2_hd_inflater, Delete> inflater_;
  std::size_t block_size_ = 0;  // decoded
  bool may_exceed_ = false;     // its table max_table
};

}  // namespace mailtap::inspect::http2
