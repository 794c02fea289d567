#include "proxy/admin/access.h"

#include <catch2/catch_test_macros.hpp>

using namespace mailtap;
using namespace mailtap::admin;
using enum Access::Refusal;
using Answer = std::optional<Access::Refusal>;

namespace {

http::Request asked(const std::string& host, const std::string& origin = "", const std::string& site = "") {
  http::Request request;
  request.path = "/api/state";
  request.host = host;
  request.origin = origin;
  request.fetch_site = site;
  return request;
}

}  // namespace

TEST_CASE("only addresses, localhost and names that were given are answered") {
  const Access access{{"mailtap.contoso.local"}, ""};
  for (const auto* host : {"127.0.0.1:8025", "127.0.0.1", "[::1]:8025", "10.0.0.9:1", "localhost:8025",
                           "LocalHost", "mailtap.contoso.local:8025", "MAILTAP.contoso.local"})
    CHECK_FALSE(access.refusal(asked(host), false));
  for (const auto* host : {"", "evil.example", "evil.example:8025", "127.0.0.1.evil.example",
                           "localhost.evil.example", "mailtap.contoso.local.evil.example", "[::1", "["})
    CHECK(access.refusal(asked(host), true) == Answer(wrong_host));
}

TEST_CASE("another site's page may not ask, and our own may") {
  const Access access{{}, ""};
  CHECK_FALSE(access.refusal(asked("127.0.0.1:8025", "http://127.0.0.1:8025", "same-origin"), false));
  CHECK_FALSE(access.refusal(asked("127.0.0.1:8025", "https://127.0.0.1:8025"), false));
  CHECK_FALSE(access.refusal(asked("127.0.0.1:8025", "", "none"), false));
  for (const auto* origin :
       {"http://evil.example", "null", "http://127.0.0.1:9", "http://127.0.0.1:8025.evil.example"})
    CHECK(access.refusal(asked("127.0.0.1:8025", origin), false) == Answer(wrong_origin));
  CHECK(access.refusal(asked("127.0.0.1:8025", "", "cross-site"), false) == Answer(wrong_origin));
  CHECK(access.refusal(asked("localhost:8025", "", "same-site"), false) == Answer(wrong_origin));
  auto link = asked("127.0.0.1:8025", "", "cross-site");
  link.path = "/";
  CHECK_FALSE(access.refusal(link, true));
}

TEST_CASE("where there is a token it must be shown, but for what is open") {
  const Access access{{}, "0123456789abcdef"};
  auto request = asked("10.0.0.9:8025");
  const auto shown = [&](const std::string& field) {
    request.authorization = field;
    return !access.refusal(request, false);
  };
  CHECK(shown("Bearer 0123456789abcdef"));
  CHECK(shown("bearer 0123456789abcdef"));
  for (const auto* field : {"", "Bearer ", "Bearer", "Bearer 0123456789abcdeX", "Bearer 0123456789abcde",
                            "Bearer 0123456789abcdef0", "Basic 0123456789abcdef", "0123456789abcdef"})
    CHECK_FALSE(shown(field));
  CHECK(access.refusal(request, false) == Answer(no_token));
  CHECK_FALSE(access.refusal(request, true));
}
