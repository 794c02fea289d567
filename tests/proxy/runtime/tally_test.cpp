#include "proxy/runtime/tally.h"

#include <catch2/catch_test_macros.hpp>

#include "inspect/record.h"

using namespace mailtap;

namespace {

inspect::ConnectionRecord refused(Language language) {
  inspect::ConnectionRecord record;
  record.route = "exchange";
  record.language = language;
  record.upstream_configured = "ex1:443";
  record.ending = {inspect::Reason::downstream_handshake_failed, inspect::Side::downstream, {}};
  record.reaction = {inspect::ReactionKind::rejected, 48,
                     "The router rejected the presented certificate (unknown_ca): the certificate is valid "
                     "now, so set the clock of the router's machine right."};
  return record;
}

}  // namespace

TEST_CASE("the sum of a run has each server with its trouble and what to do") {
  proxy::Tally tally(nullptr);
  CHECK(tally.text({.width = 200}).empty());
  tally.ended(refused(Language::english));
  const auto text = tally.text({.width = 200});
  CHECK(text.starts_with("1 connection in "));
  CHECK(text.find(" s: 0 ended well, 1 failed; the client refused 1 certificate "
                  "that it was shown\n") != std::string::npos);
  CHECK(text.find("no certificate seen") != std::string::npos);
  CHECK(text.find("set the clock of the router's machine right.") != std::string::npos);
  CHECK(text.find("failed: downstream-handshake-failed 1") != std::string::npos);
}

TEST_CASE("the sum of a run is in the language of the route") {
  proxy::Tally tally(nullptr);
  tally.ended(refused(Language::vietnamese));
  const auto text = tally.text({.width = 200});
  CHECK(text.starts_with("1 kết nối trong "));
  CHECK(text.find(" giây: 0 kết thúc tốt, 1 thất bại; máy khách từ chối 1 chứng "
                  "chỉ được đưa\n") != std::string::npos);
  CHECK(text.find("chưa thấy chứng chỉ") != std::string::npos);
  CHECK(text.find("Bộ định tuyến từ chối chứng chỉ được đưa (unknown_ca): chứng chỉ hiện có hiệu lực") !=
        std::string::npos);
  CHECK(text.find("thất bại: downstream-handshake-failed 1") != std::string::npos);
}
