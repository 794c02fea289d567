#include "inspect/http/inflater.h"

#include <zlib.h>

#include "config/base/text.h"

namespace mailtap::inspect::http {

std::optional<Coding> coding_of(std::string_view field) {
  if (field.empty() || equal_ignoring_case(field, "identity")) return Coding::identity;
  if (equal_ignoring_case(field, "gzip") || equal_ignoring_case(field, "x-gzip")) return Coding::gzip;
  if (equal_ignoring_case(field, "deflate")) return Coding::deflate;
  return std::nullopt;
}

struct Inflater::Stream {
  z_stream zlib{};
  bool ready = false;  // inflateInit2 has been called
  bool over = true;    // nothing more comes out of this body
  bool form_open = false;

  void begin(int window_bits) {
    over = (ready ? inflateReset2(&zlib, window_bits) : inflateInit2(&zlib, window_bits)) != Z_OK;
    ready = ready || !over;
  }
};

Inflater::Inflater() : stream_(std::make_unique<Stream>()) {}

Inflater::~Inflater() {
  if (stream_->ready) inflateEnd(&stream_->zlib);
}

void Inflater::begin(Coding coding) {
  constexpr int gzip = 15 + 16, zlib = 15;
  stream_->begin(coding == Coding::gzip ? gzip : zlib);
  stream_->form_open = coding == Coding::deflate;
}

Bytes Inflater::inflate(Bytes& bytes, MutableBytes out) {
  constexpr int raw = -15;
  auto& [zlib, ready, over, form_open] = *stream_;
  // "deflate" is zlib's form, yet some servers leave out its head (RFC 9110 section 8.4.1.2), whose first
  // byte says method 8 with a window of at most 7 (RFC 1950 section 2.2).
  if (form_open && !bytes.empty()) {
    form_open = false;
    if ((bytes[0] & 0x0f) != 8 || bytes[0] >> 4 > 7) stream_->begin(raw);
  }
  if (over) return {};
  zlib.next_in = const_cast<Bytef*>(bytes.data());
  zlib.avail_in = static_cast<uInt>(bytes.size());
  zlib.next_out = out.data();
  zlib.avail_out = static_cast<uInt>(out.size());
  const int status = ::inflate(&zlib, Z_NO_FLUSH);
  over = status != Z_OK && status != Z_BUF_ERROR;
  bytes = bytes.last(zlib.avail_in);
  return out.first(out.size() - zlib.avail_out);
}

}  // namespace mailtap::inspect::http
