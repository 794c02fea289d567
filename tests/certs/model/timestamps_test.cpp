#include "certs/model/timestamps.h"

#include <catch2/catch_test_macros.hpp>

using namespace mailtap;

namespace {

Buffer timestamp(std::uint8_t version, std::uint64_t milliseconds) {
  Buffer one{version};
  one.insert(one.end(), 32, 0xab);
  for (int shift = 56; shift >= 0; shift -= 8)
    one.push_back(static_cast<std::uint8_t>(milliseconds >> shift));
  return one;
}

Buffer list(const std::vector<Buffer>& items) {
  Buffer content;
  for (const auto& item : items) {
    content.push_back(0);
    content.push_back(static_cast<std::uint8_t>(item.size()));
    content.insert(content.end(), item.begin(), item.end());
  }
  Buffer whole{static_cast<std::uint8_t>(content.size() >> 8), static_cast<std::uint8_t>(content.size())};
  whole.insert(whole.end(), content.begin(), content.end());
  return whole;
}

}  // namespace

TEST_CASE("each timestamp has its log and its time") {
  const auto read = certs::parse_timestamps(list({timestamp(0, 1'750'000'000'123), timestamp(7, 0)}));
  REQUIRE(read);
  REQUIRE(read->size() == 2);
  CHECK((*read)[0].log == "abababababababababababababababababababababababababababababababab");
  CHECK((*read)[0].time == Time{std::chrono::seconds(1'750'000'000)});
  CHECK((*read)[1].log.empty());
}

TEST_CASE("a list of timestamps that isn't whole can't be read") {
  const auto whole = list({timestamp(0, 1)});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO(size);
    CHECK_FALSE(certs::parse_timestamps(Bytes(whole).first(size)));
  }
  CHECK_FALSE(certs::parse_timestamps(list({})));
  CHECK_FALSE(certs::parse_timestamps(list({Buffer{}})));
  CHECK_FALSE(certs::parse_timestamps(list({timestamp(0, ~std::uint64_t{0})})));
}
