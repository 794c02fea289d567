#include "bench/tool/exchange.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "bench/tool/material.h"

namespace mailtap::bench {

namespace {

const std::string the_ews_request = ews_request();
const std::string the_ews_response = ews_response();

std::string response_header(std::uint64_t size) {
  std::array<char, response_header_size + 1> text{};
  // Leading zeros keep its length the same.
  std::snprintf(text.data(), text.size(), "HTTP/1.1 200 OK\r\nContent-Length: %020llu\r\n\r\n",
                static_cast<unsigned long long>(size));
  return text.data();
}

}  // namespace

std::string request_header(std::uint64_t download, std::uint64_t upload) {
  return "GET /" + std::to_string(download) + "/" + std::to_string(upload) +
         " HTTP/1.1\r\nHost: " + server_name + "\r\nUser-Agent: mailtap-bench\r\n\r\n";
}

std::string_view block_of_body() {
  static const std::string block(std::size_t{256} * 1024, 'x');
  return block;
}

bool RequestReader::read(std::string_view bytes) {
  std::uint64_t body = bytes.size();
  if (!in_body_) {
    request_.append(bytes);
    const auto end = request_.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    body = request_.size() - end - 4;
    ews_ = request_.starts_with("POST ");
    if (ews_) {
      upload_left_ = the_ews_request.size() - end - 4;
    } else {
      const char* const last = request_.data() + end;
      const auto first =
          std::from_chars(request_.data() + std::string_view("GET /").size(), last, download_left_);
      std::from_chars(first.ptr + 1, last, upload_left_);
    }
    in_body_ = true;
    answering_ = false;
    request_.clear();
  }
  upload_left_ -= std::min(upload_left_, body);
  return upload_left_ == 0;
}

std::string RequestReader::begin_response() {
  in_body_ = false;
  answering_ = true;
  if (ews_) return the_ews_response;
  constexpr std::uint64_t small = 8192;
  const auto with = std::min(download_left_, small);
  auto response = response_header(download_left_) + std::string(with, 'x');
  download_left_ -= with;
  return response;
}

}  // namespace mailtap::bench
