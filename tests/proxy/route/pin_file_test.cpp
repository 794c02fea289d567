#include "proxy/route/pin_file.h"

#include <array>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <thread>

#include "config/base/file.h"
#include "tests/certs/issue/presentation_support.h"

using namespace mailtap;
using namespace mailtap::proxy;
using namespace mailtap::test;

namespace {

const std::string key_a = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const std::string key_b = "sha256//AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

using PinList = std::vector<std::string>;

}  // namespace

TEST_CASE("a pin file has a name and a pin a line, and comments") {
  const auto pins = parse_pins("# servers\n\nMail.Contoso.example " + key_a + "\r\n\tmail.contoso.example  " +
                               key_b + " # the new one\n192.0.2.1 " + key_a);
  REQUIRE(pins);
  CHECK(pins->size() == 2);
  CHECK(pins->at("mail.contoso.example") == PinList{key_a, key_b});
  CHECK(pins->at("192.0.2.1") == PinList{key_a});
}

TEST_CASE("a line that is no pin is named by its number") {
  for (const auto* line :
       {"mail.example", "mail.example sha256//short", "a/b sha256//x", "mail.example pin pin"}) {
    const auto pins = parse_pins("# one\n" + std::string(line) + "\n");
    REQUIRE_FALSE(pins);
    CHECK(pins.error().message.find("2: ") == 0);
  }
  CHECK(parse_pins("mail.example " + key_a + " more").error().message ==
        "1: has more than a name and a pin; write one of each a line");
}

TEST_CASE("the first key is remembered, and found again by another reader of the file") {
  const TemporaryFolder folder;
  const inspect::Messages messages(-1);
  const auto file = folder.file("pins");
  {
    const auto pins = PinFile::open(file, messages).value();
    CHECK(pins->pins_of("mail.example").empty());
    CHECK(pins->remember("Mail.Example", key_a).value() == PinList{key_a});
    CHECK(pins->remember("mail.example", key_b).value() == PinList{key_a});
    CHECK(pins->pins_of("MAIL.example") == PinList{key_a});
  }
  CHECK(std::filesystem::status(file).permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  const auto again = PinFile::open(file, messages).value();
  CHECK(again->pins_of("mail.example") == PinList{key_a});
  CHECK(read_file(file).value().find("# The key of each mail server") == 0);
}

TEST_CASE("of many that are first at once one wins, and the file has its key alone") {
  const TemporaryFolder folder;
  const inspect::Messages messages(-1);
  const auto file = folder.file("pins");
  std::array<PinList, 8> held;
  {
    const auto pins = PinFile::open(file, messages).value();
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < held.size(); ++i)
      threads.emplace_back(
          [&, i] { held[i] = pins->remember("mail.example", i % 2 == 0 ? key_a : key_b).value(); });
    for (auto& thread : threads) thread.join();
  }
  for (const auto& each : held) CHECK(each == held[0]);
  CHECK(parse_pins(read_file(file).value()).value().at("mail.example") == held[0]);
}

TEST_CASE("what a person wrote meanwhile stays, and holds once the file is read again") {
  const TemporaryFolder folder;
  const inspect::Messages messages(-1);
  const auto file = folder.file("pins", "old.example " + key_a + "\n");
  PinFiles files(messages);
  const auto pins = files.get(file).value();
  folder.file("pins", "new.example " + key_b);
  CHECK(pins->pins_of("old.example") == PinList{key_a});
  REQUIRE(pins->remember("third.example", key_a));
  CHECK(files.get(file).value() == pins);
  CHECK(pins->pins_of("old.example") == PinList{key_a});
  REQUIRE(pins->remember("meanwhile.example", key_b));
  files.adopt();
  CHECK(pins->pins_of("old.example").empty());
  CHECK(pins->pins_of("meanwhile.example") == PinList{key_b});
  CHECK(pins->pins_of("new.example") == PinList{key_b});
  CHECK(pins->pins_of("third.example") == PinList{key_a});
}

TEST_CASE("what was read again and isn't wanted leaves what held before") {
  const TemporaryFolder folder;
  const inspect::Messages messages(-1);
  const auto file = folder.file("pins", "old.example " + key_a + "\n");
  PinFiles files(messages);
  const auto pins = files.get(file).value();
  folder.file("pins", "new.example " + key_b);
  REQUIRE(files.get(file));
  files.discard();
  files.adopt();
  CHECK(pins->pins_of("old.example") == PinList{key_a});
  CHECK(pins->pins_of("new.example").empty());
}

TEST_CASE("a file that is no pin file is refused, and leaves what was read before") {
  const TemporaryFolder folder;
  const inspect::Messages messages(-1);
  const auto file = folder.file("pins", "mail.example " + key_a + "\n");
  PinFiles files(messages);
  const auto pins = files.get(file).value();
  folder.file("pins", "what is this\n");
  CHECK(files.get(file).error().message.find(file + ":1: ") == 0);
  CHECK(pins->pins_of("mail.example") == PinList{key_a});
}

TEST_CASE("a pin file that can't be read or made is named, and why") {
  const TemporaryFolder folder;
  const inspect::Messages messages(-1);
  for (const auto& file : {folder.file("none/pins"), folder.file("")}) {
    const auto pins = PinFile::open(file, messages);
    REQUIRE_FALSE(pins);
    CHECK(pins.error().message.find(file) != std::string::npos);
  }
}

TEST_CASE("no stranger's SNI fills the file without end or writes into its lines") {
  const TemporaryFolder folder;
  const inspect::Messages messages(-1);
  std::string full;
  for (std::size_t i = 0; i < PinFile::max_names; ++i)
    full += "n" + std::to_string(i) + ".example " + key_a + "\n";
  const auto pins = PinFile::open(folder.file("pins", full), messages).value();
  CHECK_FALSE(pins->remember("one-more.example", key_a));
  CHECK(pins->remember("n7.example", key_b).value() == PinList{key_a});
  const auto empty = PinFile::open(folder.file("empty", ""), messages).value();
  for (const auto* name : {"a b", "a\nb.example", "", "#x"}) CHECK_FALSE(empty->remember(name, key_a));
}

TEST_CASE("two that share a pin file keep what the other has written, and whoever was first is right") {
  const TemporaryFolder folder;
  const inspect::Messages messages(-1);
  const auto file = folder.file("pins");
  auto one = PinFile::open(file, messages).value();
  auto other = PinFile::open(file, messages).value();
  std::vector<std::thread> threads;
  for (const auto& [pins, name] : {std::pair(one, "one"), std::pair(other, "other")})
    threads.emplace_back([pins = pins, name = std::string(name)] {
      for (int i = 0; i < 50; ++i) CHECK(pins->remember(name + std::to_string(i) + ".example", key_a));
    });
  for (auto& thread : threads) thread.join();
  REQUIRE(one->reread());
  one->adopt();
  REQUIRE(other->reread());
  other->adopt();
  const auto read = parse_pins(mailtap::read_file(file).value());
  REQUIRE(read);
  CHECK(read->size() == 100);

  CHECK(one->remember("both.example", key_a).value() == PinList{key_a});
  REQUIRE(one->reread());                                                   // it is written
  CHECK(other->remember("both.example", key_b).value() == PinList{key_b});  // which it can't know better yet
  REQUIRE(other->reread());
  other->adopt();
  CHECK(other->pins_of("both.example") == PinList{key_a});
  one.reset();
  other.reset();
  CHECK(parse_pins(mailtap::read_file(file).value())->at("both.example") == PinList{key_a});
}
