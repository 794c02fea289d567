#include "proxy/connection/old_peers.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tls/alert.h"

using namespace mailtap;
using namespace mailtap::proxy;
using Sign = OldServerSign;

namespace {

tls::ClientHello hello_of(std::uint16_t version) {
  tls::ClientHello hello;
  hello.legacy_version = version;
  hello.cipher_suites = {0x002F};
  return hello;
}

constexpr config::LegacyTls none{}, both{true, true, false}, with_ssl3{true, true, true},
    upstream{true, false, false};

}  // namespace

TEST_CASE("which clients the old engine takes") {
  struct Row {
    config::LegacyTls allowed;
    std::uint16_t version;
    bool takes;
  };
  const auto row =
      GENERATE(Row{none, 0x0301, false}, Row{upstream, 0x0301, false}, Row{both, 0x0301, true},
               Row{both, 0x0302, true}, Row{both, 0x0303, false}, Row{both, 0x0300, false},
               Row{with_ssl3, 0x0300, true}, Row{with_ssl3, 0x0301, true}, Row{with_ssl3, 0x0002, false});
  CHECK(takes_old_client(row.allowed, hello_of(row.version)) == row.takes);

  auto in_sslv2_format = hello_of(0x0303);
  in_sslv2_format.in_sslv2_format = true;
  CHECK(takes_old_client(both, in_sslv2_format));
  auto fallback = hello_of(0x0301);
  fallback.cipher_suites.push_back(0x5600);
  CHECK(takes_old_client(both, fallback));  // its server says whether it was right to fall back
}

TEST_CASE("a refused client is told of by its version and the option that allows it") {
  CHECK(refusal_of_old_client(hello_of(0x0301)) ==
        "the client speaks TLS 1.0 only: allow it with legacy-tls = true (--legacy-tls)");
  CHECK(refusal_of_old_client(hello_of(0x0302)) ==
        "the client speaks TLS 1.1 only: allow it with legacy-tls = true (--legacy-tls)");
  CHECK(refusal_of_old_client(hello_of(0x0300)) ==
        "the client speaks SSL 3.0 only: allow it with legacy-tls = true and legacy-ssl3 = true "
        "(--legacy-tls --legacy-ssl3)");
  CHECK(refusal_of_old_client(hello_of(0x0002)) == "the client speaks SSL 2.0 only, which mailtap doesn't");
  auto in_sslv2_format = hello_of(0x0303);
  in_sslv2_format.in_sslv2_format = true;
  CHECK(refusal_of_old_client(in_sslv2_format).find("SSLv2's format") != std::string::npos);
}

TEST_CASE("what an upstream handshake's end says of the server's age") {
  const auto sign = [](tls::Version version, std::optional<int> alert, bool from_peer) {
    tls::Agreed agreed;
    agreed.version = version;
    tls::Failure failure;
    failure.alert = alert;
    failure.alert_from_peer = from_peer;
    return sign_of_old_server(agreed, failure);
  };
  CHECK(sign(tls::Version::tls10, tls::alert::protocol_version, false) == Sign::answered);
  CHECK(sign(tls::Version::ssl30, tls::alert::protocol_version, false) == Sign::answered);
  CHECK(sign(tls::Version::tls12, tls::alert::handshake_failure, true) == Sign::none);
  CHECK(sign(tls::Version::tls13, std::nullopt, false) == Sign::none);
  CHECK(sign(tls::Version::none, tls::alert::protocol_version, true) == Sign::refused);
  CHECK(sign(tls::Version::none, tls::alert::handshake_failure, true) == Sign::hung_up);
  CHECK(sign(tls::Version::none, std::nullopt, false) == Sign::hung_up);
  CHECK(sign(tls::Version::none, tls::alert::unrecognized_name, true) == Sign::none);
  CHECK(sign(tls::Version::none, tls::alert::unexpected_message, false) ==
        Sign::none);  // ours: what it sent is no TLS
}

TEST_CASE("the advice never speaks of the certificate") {
  const tls::Failure hung_up{0, {}, false, "it hung up"};
  const tls::Failure refused{0, tls::alert::protocol_version, true, "it hung up"};
  const tls::Failure else_refused{0, tls::alert::unrecognized_name, true, "it hung up"};
  tls::Agreed tls10, nothing;
  tls10.version = tls::Version::tls10;
  CHECK(with_advice(tls10, hung_up) ==
        "the server speaks TLS 1.0 only: allow it with legacy-tls = true (--legacy-tls)");
  for (const auto& text :
       {with_advice(nothing, hung_up), with_advice(nothing, refused), with_advice(tls10, refused)}) {
    CHECK(text.find("legacy-tls = true (--legacy-tls)") != std::string::npos);
    CHECK(text.find("certificate") == std::string::npos);
  }
  CHECK(with_advice(nothing, else_refused) == "it hung up");
}

TEST_CASE("a server that refuses in a record of TLS 1.2 isn't taken for one that has but TLS 1.0") {
  tls::Failure failure{0, tls::alert::handshake_failure, true, "nothing in common", 0x0303};
  CHECK(with_advice({}, failure) == "nothing in common");
  failure.alert_record_version = 0x0301;
  CHECK(with_advice({}, failure).find("--legacy-tls") != std::string::npos);
}

TEST_CASE("an old server is remembered for an hour, however often it is met") {
  OldServers servers;
  const OldServers::Time start{};
  CHECK_FALSE(servers.knows("mail:443", start));
  servers.remember("mail:443", start);
  CHECK(servers.knows("mail:443", start + std::chrono::minutes(59)));
  CHECK_FALSE(servers.knows("other:443", start));
  servers.remember("mail:443", start + std::chrono::minutes(59));
  CHECK_FALSE(servers.knows("mail:443", start + std::chrono::minutes(61)));
  servers.remember("mail:443", start + std::chrono::minutes(61));
  CHECK(servers.knows("mail:443", start + std::chrono::minutes(62)));
  servers.forget("mail:443");
  CHECK_FALSE(servers.knows("mail:443", start + std::chrono::minutes(62)));
}
