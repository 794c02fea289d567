#include "bench/tool/exchange.h"

#include <catch2/catch_test_macros.hpp>

using namespace mailtap::bench;

TEST_CASE("a request is whole once its header and its body are there, in whatever pieces they come") {
  RequestReader reader;
  const auto header = request_header(300, 10);
  for (const char c : header) CHECK_FALSE(reader.read({&c, 1}));
  CHECK_FALSE(reader.read("123456789"));
  CHECK(reader.read("0"));
  CHECK_FALSE(reader.answering());
  CHECK(reader.begin_response().size() == response_header_size + 300);
  CHECK(reader.body_left() == 0);
}

TEST_CASE("a request without a body is whole with its header, and the next begins after it") {
  RequestReader reader;
  CHECK(reader.read(request_header(1, 0)));
  CHECK(reader.begin_response().size() == response_header_size + 1);
  CHECK(reader.read(request_header(2, 0)));
  CHECK(reader.begin_response().size() == response_header_size + 2);
}

TEST_CASE("of a large answer the header comes with a beginning, and the rest is counted down") {
  RequestReader reader;
  CHECK(reader.read(request_header(100000, 0)));
  const auto begun = reader.begin_response().size() - response_header_size;
  CHECK(reader.answering());
  CHECK(reader.body_left() == 100000 - begun);
  reader.took(reader.body_left());
  CHECK(reader.body_left() == 0);
}

TEST_CASE("an EWS request is answered by an EWS answer") {
  RequestReader reader;
  const auto request = ews_request();
  CHECK_FALSE(reader.read(std::string_view(request).substr(0, request.size() - 1)));
  CHECK(reader.read(std::string_view(request).substr(request.size() - 1)));
  CHECK(reader.begin_response() == ews_response());
}
