#include "tls/survey/flight.h"

#include <catch2/catch_test_macros.hpp>

#include "server.h"

using namespace mailtap;
using namespace mailtap::tls::survey;
using namespace mailtap::test;
using State = FlightReader::State;

namespace {

State fed(FlightReader& reader, const Buffer& bytes, std::size_t segment = 4096) {
  auto state = State::waiting;
  for (std::size_t at = 0; at < bytes.size() && state == State::waiting; at += segment)
    state = reader.feed(Bytes(bytes).subspan(at, std::min(segment, bytes.size() - at)));
  return state;
}

}  // namespace

TEST_CASE("a flight of TLS 1.2 is read in any segmentation: suite, group, signature, certificate") {
  const auto bytes = server_hello(0x0303, 0xC02F, extension(0xFF01, {0}) + extension(0x0017, {})) +
                     certificate() + ecdhe(29, 0x0804) + hello_done();
  for (const std::size_t segment : {std::size_t{1}, std::size_t{7}, std::size_t{4096}}) {
    FlightReader reader;
    CHECK(fed(reader, bytes, segment) == State::whole);
    const auto& flight = reader.flight();
    CHECK(flight.version == 0x0303);
    CHECK(flight.suite == 0xC02F);
    CHECK(flight.group == 29);
    CHECK(flight.signature_algorithm == 0x0804);
    CHECK(flight.chain == std::vector<Buffer>{{0xAB, 0xCD}});
    CHECK(flight.has_extension(0xFF01));
    CHECK(flight.has_extension(0x0017));
    CHECK_FALSE(flight.has_extension(0x0023));
  }
}

TEST_CASE("a DHE key exchange tells the size of its prime, leading zeros left out") {
  FlightReader reader;
  Buffer prime(129, 0xFF);
  prime[0] = 0;
  CHECK(fed(reader, server_hello(0x0303, 0x0033) + certificate() + dhe(prime, 0x0401) + hello_done()) ==
        State::whole);
  CHECK(reader.flight().dh_bits == 1024);
  CHECK(reader.flight().dh_prime.size() == 128);
  CHECK(reader.flight().signature_algorithm == 0x0401);
}

TEST_CASE("a hello of TLS 1.3 is the whole flight, as what follows is encrypted") {
  FlightReader reader;
  CHECK(fed(reader,
            server_hello(0x0303, 0x1301, extension(0x002B, {3, 4}) + extension(0x0033, {0, 29, 0, 1, 9}))) ==
        State::whole);
  CHECK(reader.flight().version == 0x0304);
  CHECK(reader.flight().group == 29);
}

TEST_CASE("compression, a stapled response and a request for a certificate are seen") {
  FlightReader reader;
  CHECK(fed(reader, server_hello(0x0303, 0x002F, {}, 1) + certificate() +
                        handshake(tls::wire::certificate_status, {1, 0, 0, 1, 5}) +
                        handshake(tls::wire::certificate_request, {1, 1, 0, 0, 0, 0}) + hello_done()) ==
        State::whole);
  CHECK(reader.flight().compression == 1);
  CHECK(reader.flight().has_staple);
  CHECK(reader.flight().asks_for_certificate);
}

TEST_CASE("an alert is a refusal, a warning before the hello is none") {
  FlightReader refused;
  CHECK(fed(refused, alert(70)) == State::alert);
  CHECK(refused.flight().alert == 70);
  FlightReader warned;
  CHECK(fed(warned, alert(112, 1) + server_hello(0x0303, 0x002F) + certificate() + hello_done()) ==
        State::whole);
}

TEST_CASE("what is no TLS is told apart from TLS that can't be read") {
  FlightReader smtp;
  CHECK(smtp.feed(as_bytes("220 mail.contoso.com ESMTP\r\n")) == State::not_tls);
  FlightReader broken;
  CHECK(fed(broken, handshake(2, {3})) == State::broken);
}

TEST_CASE("SSL 2.0's hello is told from a TLS alert, and from one without a cipher") {
  const Buffer with_cipher{0x80, 0x0E, 4, 0, 1, 0, 2, 0, 0, 0, 3, 0, 0, 1, 0, 0x80};
  CHECK(is_sslv2_server_hello(with_cipher) == true);
  auto without_cipher = with_cipher;
  without_cipher[10] = 0;
  CHECK(is_sslv2_server_hello(without_cipher) == false);
  CHECK(is_sslv2_server_hello(alert(70)) == false);
  CHECK(is_sslv2_server_hello(Bytes(with_cipher).first(8)) == std::nullopt);
}
