// HTTP/2 as two sides say it, for tests: frames by hand, header blocks by nghttp2's encoder.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "inspect/http2/frame_reader.h"

namespace mailtap::inspect::test {

using http2::FrameType;
using Fields = std::vector<std::pair<std::string, std::string>>;

namespace flag {
inline constexpr unsigned ack = 1, end_stream = 1, end_headers = 4, padded = 8, priority = 0x20;
}

inline std::string big_endian(std::size_t value, int size) {
  std::string bytes;
  for (int i = size - 1; i >= 0; --i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
  return bytes;
}

inline std::string frame(FrameType type, unsigned flags, std::uint32_t stream, std::string_view payload) {
  return big_endian(payload.size(), 3) + static_cast<char>(type) + static_cast<char>(flags) +
         big_endian(stream, 4) + std::string(payload);
}

inline std::string settings(const std::vector<std::pair<unsigned, std::uint32_t>>& values = {}) {
  std::string payload;
  for (const auto& [setting, value] : values) payload += big_endian(setting, 2) + big_endian(value, 4);
  return frame(FrameType::settings, 0, 0, payload);
}
inline std::string settings_ack() {
  return frame(FrameType::settings, flag::ack, 0, {});
}
inline std::string client_preface() {
  return std::string(http2::FrameReader::preface) + settings({{2, 0}, {4, 65535}});
}

inline std::string data(std::uint32_t stream, std::string_view bytes, bool ends = true) {
  return frame(FrameType::data, ends ? flag::end_stream : 0, stream, bytes);
}
inline std::string reset(std::uint32_t stream, std::uint32_t error) {
  return frame(FrameType::rst_stream, 0, stream, big_endian(error, 4));
}
inline std::string goaway(std::uint32_t last, std::uint32_t error, std::string_view debug = {}) {
  return frame(FrameType::goaway, 0, 0, big_endian(last, 4) + big_endian(error, 4) + std::string(debug));
}

/// One side, with its header compression.
class Speaker {
 public:
  explicit Speaker(std::size_t table = 4096) {
    nghttp2_hd_deflater* made = nullptr;
    nghttp2_hd_deflate_new(&made, table);
    deflater_.reset(made);
  }

  void set_table(std::size_t size) { nghttp2_hd_deflate_change_table_size(deflater_.get(), size); }

  std::string block(const Fields& fields) {
    std::vector<nghttp2_nv> all;
    for (const auto& [name, value] : fields)
      all.push_back({reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                     reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(),
                     value.size(), NGHTTP2_NV_FLAG_NONE});
    std::string out(nghttp2_hd_deflate_bound(deflater_.get(), all.data(), all.size()), '\0');
    const auto size = nghttp2_hd_deflate_hd(deflater_.get(), reinterpret_cast<std::uint8_t*>(out.data()),
                                            out.size(), all.data(), all.size());
    out.resize(static_cast<std::size_t>(std::max<decltype(size)>(size, 0)));
    return out;
  }

  std::string headers(std::uint32_t stream, const Fields& fields, bool ends = false) {
    return frame(FrameType::headers, flag::end_headers | (ends ? flag::end_stream : 0), stream,
                 block(fields));
  }

  std::string get(std::uint32_t stream, const std::string& path, const Fields& more = {}) {
    return headers(stream, with({{":method", "GET"}, {":scheme", "https"}, {":path", path}}, more), true);
  }
  std::string post(std::uint32_t stream, const std::string& path, const Fields& more = {}) {
    return headers(stream, with({{":method", "POST"}, {":scheme", "https"}, {":path", path}}, more));
  }
  std::string status(std::uint32_t stream, int status, const Fields& more = {}, bool ends = false) {
    return headers(stream, with({{":status", std::to_string(status)}}, more), ends);
  }

 private:
  struct Delete {
    void operator()(nghttp2_hd_deflater* deflater) const { nghttp2_hd_deflate_del(deflater); }
  };
  static Fields with(Fields fields, const Fields& more) {
    fields.insert(fields.end(), more.begin(), more.end());
    return fields;
  }

  std::unique_ptr<nghttp2_hd_deflater, Delete> deflater_;
};

}  // namespace mailtap::inspect::test
