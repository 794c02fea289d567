#include "proxy/top/screen.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

using namespace mailtap;

namespace {

const top::Told told{
    .state = R"({"version":"1.0","open":3})",
    .counts =
        R"({"step_seconds":5,"connections":[0,60,60],"totals":{"connections":120,"failed":2},"last_hour":{"refused":4}})",
    .upstreams = R"({"upstreams":[
      {"route":"good","upstream":"ex1:443","name":"mail.test","health":"well","connections":100,"failed":0,"handshake_us":2400,
       "verdict":{"faults":[],"name":"match","days_left":60}},
      {"route":"bad","upstream":"ex2:443","name":"evil\u001b[2Jname","health":"faulty","connections":20,"failed":2,"handshake_us":900,
       "verdict":{"faults":["expired"],"name":"mismatch","days_left":-35}},
      {"route":"off","upstream":"ex3:443","name":null,"health":"down","connections":0,"failed":7,"verdict":null}]})"};

}  // namespace

TEST_CASE("the screen has the servers worst first, with what is wrong with them") {
  const auto text = top::screen(told, {.width = 160}, 0);
  REQUIRE(text);
  CHECK(
      text->starts_with("2 of 3 servers have faults; the client refused 4 certificates in the last hour\n"));
  CHECK(text->find("3 open, 2/s in the last minute, 120 so far, 2 failed") != std::string::npos);
  const auto off = text->find("ex3:443");
  const auto bad = text->find("expired, name mismatch");
  const auto good = text->find("mail.test");
  CHECK(off < bad);
  CHECK(bad < good);
  CHECK(good != std::string::npos);
  CHECK(text->find("-35") != std::string::npos);
}

TEST_CASE("what a peer chose moves no cursor of the screen") {
  const auto text = top::screen(told, {.width = 160}, 0);
  REQUIRE(text);
  CHECK(text->find('\x1b') == std::string::npos);
}

TEST_CASE("a low terminal is given as many lines as it has") {
  const auto text = top::screen(told, {.width = 160}, 3);
  REQUIRE(text);
  CHECK(std::count(text->begin(), text->end(), '\n') == 3);
}

TEST_CASE("an answer of something else is an error, and one with other members an empty screen") {
  CHECK_FALSE(top::screen({"<html>", "{}", "{}"}, {}, 0));
  CHECK_FALSE(top::screen({"{}", "[]", "{}"}, {}, 0));
  const auto empty =
      top::screen({"{}", R"({"step_seconds":"x","connections":{}})", R"({"upstreams":[7,null,{}]})"}, {}, 0);
  REQUIRE(empty);
  CHECK(empty->starts_with("0 of 3 servers"));
}

TEST_CASE("the screen is in the language that was asked for, but for names and faults") {
  const auto text = top::screen(told, {.width = 160}, 0, Language::vietnamese);
  REQUIRE(text);
  CHECK(text->starts_with("2 trong 3 máy chủ có lỗi; máy khách từ chối 4 chứng chỉ trong giờ qua\n"));
  CHECK(text->find("expired, tên không khớp") != std::string::npos);
  CHECK(text->find("chưa thấy chứng chỉ") != std::string::npos);
  CHECK(text->find("faulty") == std::string::npos);
}
