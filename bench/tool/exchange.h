// The exchange that each connection has: as little HTTP as the load needs. Knows no sockets and no TLS.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/ews_exchange.h"

namespace mailtap::bench {

/// A request's first line is "GET /DOWN/UP HTTP/1.1"; after its header UP bytes follow, and the answer is a
/// header of `response_header_size` bytes and DOWN bytes more. A POST is ews_exchange.h's request, and
/// answered so.
std::string request_header(std::uint64_t download, std::uint64_t upload);
inline constexpr std::size_t response_header_size = 57;

/// What bodies are made of.
std::string_view block_of_body();

/// The server's side of one exchange after the other.
class RequestReader {
 public:
  /// Plaintext from the client; true when a request is whole, and has to be answered before more is read.
  bool read(std::string_view bytes);
  /// The answer's header and beginning, which goes in one record if it is small.
  std::string begin_response();
  std::uint64_t body_left() const { return download_left_; }  ///< of the answer, after begin_response()
  bool answering() const { return answering_; }  ///< between begin_response() and the next request
  void took(std::uint64_t size) { download_left_ -= size; }

 private:
  std::string request_;  // its header, as far as it came
  bool in_body_ = false;
  bool ews_ = false;
  bool answering_ = false;
  std::uint64_t upload_left_ = 0;
  std::uint64_t download_left_ = 0;
};

}  // namespace mailtap::bench
