// Trust on first use: what a connection has to do with the route's pin file.
#include <catch2/catch_test_macros.hpp>

#include "config/base/file.h"
#include "lab.h"
#include "tests/certs/issue/presentation_support.h"

using namespace mailtap;
using namespace mailtap::proxy;
using namespace mailtap::proxy::test;
using inspect::Side;
using mailtap::test::TemporaryFolder;

namespace {

const inspect::Messages silent(-1);
const std::string key_a = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const std::string key_b = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// Outlives the lab, whose routes share a pin file that writes in the background.
struct Folder {
  TemporaryFolder folder;
  PinFiles files{silent};
};

/// Each server has a key that nobody vouches for.
struct PinningLab : Folder, Lab {
  explicit PinningLab(const std::string& content = {}) {
    route.pin_file = content.empty() ? folder.file("pins") : folder.file("pins", content);
    change = [this](RunningRoute& running) {
      running.pin_file = files.get(route.pin_file).value();
      files.adopt();
      pins = running.pin_file;
    };
    verdict.findings.push_back({certs::Fault::self_signed, 0, {}});
    verdict.spki_sha256 = key_a;
  }
  void close_in_order() {
    Lab::close_in_order();
    REQUIRE(is_over);
    CHECK(reason() == "closed");
  }

  std::shared_ptr<PinFile> pins;
};

}  // namespace

TEST_CASE("a server's first key is remembered, the same one passes, and another is refused") {
  PinningLab lab;
  lab.begin();
  REQUIRE_FALSE(lab.is_over);
  lab.close_in_order();
  CHECK(lab.record.decided_by == inspect::Basis::first_use);
  CHECK(lab.record.unprotected);  // nobody vouches for the first key
  CHECK(lab.pins->pins_of("mail.example") == std::vector{"sha256//" + key_a});

  lab.begin_again();
  REQUIRE_FALSE(lab.is_over);
  lab.close_in_order();
  CHECK(lab.record.decided_by == inspect::Basis::pin_file);
  CHECK_FALSE(lab.record.unprotected);

  lab.verdict.spki_sha256 = key_b;
  lab.verdict.findings.clear();  // trusted and matching, and yet another
  lab.begin_again();
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "refused-untrusted");
  CHECK(lab.side() == Side::mailtap);
  CHECK(lab.detail().find("sha256//" + key_b) != std::string::npos);
  CHECK_FALSE(lab.record.decided_by);
  CHECK(lab.pins->pins_of("mail.example") == std::vector{"sha256//" + key_a});
  CHECK(lab.server.heard.empty());
}

TEST_CASE("what was remembered by an earlier run holds") {
  for (const bool is_same : {true, false}) {
    PinningLab lab("mail.example sha256//" + (is_same ? key_a : key_b) + "\n");
    lab.begin();
    CHECK(lab.is_over == !is_same);
    if (is_same) lab.close_in_order();
    CHECK(lab.record.decided_by == (is_same ? std::optional(inspect::Basis::pin_file) : std::nullopt));
  }
}

TEST_CASE("each name has its key, that of the route before what the client asks for") {
  PinningLab lab;
  lab.begin();
  lab.close_in_order();
  lab.verdict.spki_sha256 = key_b;
  lab.client_tls.sni = "other.example";
  lab.begin_again();
  REQUIRE_FALSE(lab.is_over);
  lab.close_in_order();
  CHECK(lab.pins->pins_of("other.example") == std::vector{"sha256//" + key_b});
  lab.route.name = "mail.example";
  lab.begin();
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "refused-untrusted");
}

TEST_CASE("where certificates must be trusted, no other key is remembered") {
  PinningLab lab;
  lab.route.require_trusted = true;
  lab.begin();
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "refused-untrusted");
  CHECK(lab.pins->pins_of("mail.example").empty());
  lab.verdict.findings.clear();
  lab.begin_again();
  REQUIRE_FALSE(lab.is_over);
  lab.close_in_order();
  CHECK(lab.record.decided_by == inspect::Basis::first_use);
}

TEST_CASE("a key that can't be remembered is refused, with the reason") {
  PinningLab lab;
  lab.route.name = "no name";
  lab.begin();
  REQUIRE(lab.is_over);
  CHECK(lab.reason() == "refused-untrusted");
  CHECK(lab.detail().find("no name") != std::string::npos);
}

TEST_CASE("what was remembered is in the file") {
  TemporaryFolder folder;
  const auto file = folder.file("pins");
  {
    PinningLab lab;
    lab.route.pin_file = file;
    lab.begin();
    lab.close_in_order();
  }
  CHECK(read_file(file).value().ends_with("\nmail.example sha256//" + key_a + "\n"));
}
