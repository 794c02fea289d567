#include "inspect/http2/header_decoder.h"

#include <new>

#include <nghttp2/nghttp2.h>

namespace mailtap::inspect::http2 {

HeaderDecoder::HeaderDecoder(Fields& fields) : fields_(fields) {
  nghttp2_hd_inflater* made = nullptr;
  if (nghttp2_hd_inflate_new(&made) != 0) throw std::bad_alloc();
  inflater_.reset(made);
  nghttp2_hd_inflate_change_table_size(made, max_table);  // what is allowed: the table begins with 4,096
}

HeaderDecoder::~HeaderDecoder() = default;

void HeaderDecoder::Delete::operator()(nghttp2_hd_inflater* inflater) const {
  nghttp2_hd_inflate_del(inflater);
}

std::string_view HeaderDecoder::decode(Bytes bytes, bool is_last) {
  constexpr std::size_t field_overhead = 32;
  static constexpr std::uint8_t nothing = 0;
  const auto* at = bytes.empty() ? &nothing : bytes.data();
  auto left = bytes.size();
  while (true) {
    nghttp2_nv field{};
    int flags = 0;
    const auto used = nghttp2_hd_inflate_hd2(inflater_.get(), &field, &flags, at, left, is_last ? 1 : 0);
    if (used < 0) return why(used);
    at += used;
    left -= static_cast<std::size_t>(used);
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
      block_size_ += field.namelen + field.valuelen + field_overhead;
      if (block_size_ > max_block) return "header fields of more than 256 KiB";
      fields_.on_field({reinterpret_cast<const char*>(field.name), field.namelen},
                       {reinterpret_cast<const char*>(field.value), field.valuelen});
    }
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) {
      nghttp2_hd_inflate_end_headers(inflater_.get());
      block_size_ = 0;
      return {};
    }
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0 && left == 0) return {};
  }
}

std::string_view HeaderDecoder::why(std::ptrdiff_t problem) const {
  if (problem == NGHTTP2_ERR_NOMEM) throw std::bad_alloc();
  return may_exceed_ ? "header compression with a table of more than 64 KiB" : "malformed header compression";
}

}  // namespace mailtap::inspect::http2
