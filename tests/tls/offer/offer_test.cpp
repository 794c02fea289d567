#include "tls/offer/offer.h"

#include <catch2/catch_test_macros.hpp>

#include "hellos.h"

using namespace mailtap;
using namespace mailtap::test;
using namespace mailtap::tls::offer;

namespace {

const Buffer random_sevens(random_size, 7);

/// SSLv2's form with one suite of TLS, and a challenge of 16 bytes.
Buffer sslv2_hello() {
  Buffer hello{0x80, 28, 1, 3, 1, 0, 3, 0, 0, 0, 16, 0, 0, 0x2F};
  hello.resize(hello.size() + 16, 0x11);
  return hello;
}

}  // namespace

TEST_CASE(
    "a hello is played with another random, without what offers to resume, and with all else as it was") {
  const auto stream = resuming_hello();
  const auto offer = read_offer(stream);
  REQUIRE(offer);
  const auto played = parsed(play(*offer, random_sevens));
  const auto original = parsed(stream);
  CHECK(played.random == Buffer(32, 7));
  CHECK(played.cipher_suites == original.cipher_suites);
  CHECK(played.groups == original.groups);
  CHECK(played.supported_versions == original.supported_versions);
  CHECK(played.key_share_groups == original.key_share_groups);
  CHECK(played.sni == "mail.test");
  CHECK(original.offers_ticket);
  CHECK_FALSE(played.offers_ticket);
  CHECK(has(played.extensions, tls::extension::session_ticket));
  CHECK_FALSE(has(played.extensions, tls::extension::pre_shared_key));
  CHECK_FALSE(has(played.extensions, tls::extension::early_data));
}

TEST_CASE("a session identifier is renewed, and stays as long as it was") {
  auto stream = resuming_hello();
  // One of four bytes is put into the message, whose lengths grow.
  const std::size_t at = 5 + 4 + 2 + 32;
  stream[at] = 4;
  stream.insert(stream.begin() + at + 1, {9, 9, 9, 9});
  stream[4] = static_cast<std::uint8_t>(stream[4] + 4);
  stream[8] = static_cast<std::uint8_t>(stream[8] + 4);
  REQUIRE(parsed(stream).session_id == Buffer(4, 9));
  CHECK(parsed(play(*read_offer(stream), random_sevens)).session_id == Buffer(4, 7));
}

TEST_CASE("a hello in SSLv2's format is played with another challenge") {
  const auto stream = sslv2_hello();
  const auto offer = read_offer(stream);
  REQUIRE(offer);
  const auto played = play(*offer, random_sevens);
  CHECK(played.size() == stream.size());
  CHECK(parsed(played).in_sslv2_format);
  CHECK(parsed(played).cipher_suites == parsed(stream).cipher_suites);
  CHECK(Buffer(played.end() - 16, played.end()) == Buffer(16, 7));
}

TEST_CASE("a hello without extensions is played without any") {
  const auto stream = tests::client_hello({0x002F, 0x0005}, std::nullopt);
  const auto offer = read_offer(stream);
  REQUIRE(offer);
  const auto played = play(*offer, random_sevens);
  CHECK(played.size() == stream.size());
  CHECK(parsed(played).extensions.empty());
}

TEST_CASE("a hello in several records, and larger than one, is played whole") {
  auto extensions = resuming_extensions();
  extensions.push_back({0x7777, Buffer(20'000, 1)});
  const auto stream = tests::client_hello({0x1301}, extensions);
  const auto offer = read_offer(stream);
  // Records above 2^14 bytes aren't TLS's: the helper cuts them larger.
  if (offer) CHECK(parsed(play(*offer, random_sevens)).extensions.size() == extensions.size() - 2);
  Buffer cut;
  const auto message = tests::messages_of(resuming_hello());
  for (std::size_t i = 0; i < message.size(); i += 50) {
    const auto size = std::min<std::size_t>(50, message.size() - i);
    cut.insert(cut.end(), {22, 3, 1, 0, static_cast<std::uint8_t>(size)});
    cut.insert(cut.end(), message.begin() + static_cast<std::ptrdiff_t>(i),
               message.begin() + static_cast<std::ptrdiff_t>(i + size));
  }
  CHECK(read_offer(cut)->message == read_offer(resuming_hello())->message);
}

TEST_CASE("what isn't a whole hello is an error with a sentence") {
  const auto stream = resuming_hello();
  CHECK(read_offer(Bytes(stream).first(20)).error().message.find("isn't whole") != std::string::npos);
  CHECK(read_offer(as_bytes("GET / HTTP/1.1\r\n\r\n")).error().message.find("no TLS client hello") !=
        std::string::npos);
}

TEST_CASE("the same offer has the same key, whatever belongs to one connection") {
  using namespace tls::extension;
  const auto key = [](const Buffer& stream) { return key_of(parsed(stream)); };
  const auto first = key(resuming_hello());

  auto fresh = resuming_extensions();
  std::erase_if(fresh,
                [](const auto& each) { return each.type == pre_shared_key || each.type == early_data; });
  for (auto& each : fresh)
    if (each.type == session_ticket) each.data = {};
  CHECK(key(tests::client_hello({0x0A0A, 0x1301, 0xC02F}, fresh)) == first);

  // Browsers shuffle extensions, and choose GREASE anew.
  auto shuffled = fresh;
  std::swap(shuffled[0], shuffled[3]);
  shuffled[2].data = tests::numbers16({0x0403, 0x0804});
  shuffled.push_back({padding, Buffer(100, 0)});
  CHECK(key(tests::client_hello({0x4A4A, 0x1301, 0xC02F}, shuffled)) == first);

  auto elsewhere = fresh;
  elsewhere[0].data = sni("other.test");
  CHECK(key(tests::client_hello({0x0A0A, 0x1301, 0xC02F}, elsewhere)) == first);
}

TEST_CASE("another order of suites or groups, or one more, is another offer") {
  const auto key = [](const std::vector<std::uint16_t>& suites, const std::vector<std::uint16_t>& groups) {
    return key_of(parsed(
        tests::client_hello(suites, {{{tls::extension::supported_groups, tests::numbers16(groups)}}})));
  };
  const auto first = key({0xC02F, 0xC030}, {29, 23});
  CHECK(key({0xC02F, 0xC030}, {29, 23}) == first);
  CHECK(key({0xC030, 0xC02F}, {29, 23}) != first);
  CHECK(key({0xC02F, 0xC030}, {23, 29}) != first);
  CHECK(key({0xC02F, 0xC030, 0x002F}, {29, 23}) != first);
  CHECK(key({0xC02F}, {0xC030, 29, 23}) != first);
}

TEST_CASE("a name is put into the SNI of who sends one, or taken out, and nobody else gets one") {
  const auto offer = *read_offer(resuming_hello());
  const auto named = with_name(offer, "exchange.contoso.local");
  CHECK(parsed(play(named, random_sevens)).sni == "exchange.contoso.local");
  CHECK(named.hello.sni == "exchange.contoso.local");
  const auto unnamed = parsed(play(with_name(offer, ""), random_sevens));
  CHECK_FALSE(has(unnamed.extensions, tls::extension::server_name));
  const auto old = *read_offer(tests::client_hello({0x002F}, std::nullopt));
  CHECK(parsed(play(with_name(old, "mail.test"), random_sevens)).sni.empty());
}
