#include "tls/wire.h"

#include <catch2/catch_test_macros.hpp>

#include "tls/handshake_observer.h"

using namespace mailtap;
using namespace mailtap::tls;

TEST_CASE("records come out whole from any segmentation") {
  const Buffer stream{22, 3, 1, 0, 2, 'a', 'b', 23, 3, 3, 0, 0, 21, 3, 3, 0, 1, 'c'};
  wire::RecordReader reader;
  std::string seen;
  for (const auto byte : stream) {
    reader.append({&byte, 1});
    for (;;) {
      const auto record = reader.next().value();
      if (!record) break;
      seen += std::to_string(record->type) + "=" + std::string(as_text(record->fragment)) + " ";
    }
  }
  CHECK(seen == "22=ab 23= 21=c ");
}

TEST_CASE("what can't be a record is an error as soon as that is clear") {
  const auto next = [](const Buffer& bytes) {
    wire::RecordReader reader;
    reader.append(bytes);
    return reader.next();
  };
  CHECK_FALSE(next({'G'}));
  CHECK_FALSE(next({22, 2, 0, 0, 1}));
  CHECK_FALSE(next({22, 3, 3, 0xFF, 0xFF}));
  CHECK(next({22, 3, 3, 0x48, 0x00}));
  CHECK_FALSE(next({22, 3, 3, 0x48, 0x00}).value());
}

TEST_CASE("handshake messages span fragments and share them") {
  wire::HandshakeReader reader(10);
  const Buffer first{1, 0, 0, 3, 'a', 'b'}, second{'c', 14, 0, 0, 0, 2, 0, 0, 1};
  reader.append(first);
  CHECK_FALSE(reader.next().value());
  reader.append(second);
  const auto hello = reader.next().value();
  REQUIRE(hello);
  CHECK(as_text(hello->body) == "abc");
  CHECK(reader.next().value()->type == wire::server_hello_done);
  CHECK_FALSE(reader.next().value());
  reader.append(Buffer{'x', 11, 0, 0, 11});
  CHECK(reader.next().value());
  CHECK_FALSE(reader.next());
}

TEST_CASE("a ServerHello's selected version, suite, group and resumption are read") {
  Buffer body{3, 3};
  body.resize(34, 1);
  body.insert(body.end(), {1, 0xAA, 0x13, 0x01, 0, 0, 20});
  body.insert(body.end(), {0, 43, 0, 2, 3, 4});
  body.insert(body.end(), {0, 51, 0, 4, 0, 29, 0, 0});
  body.insert(body.end(), {0, 41, 0, 2, 0, 0});
  const auto hello = wire::parse_server_hello(body).value();
  CHECK(hello.version == 0x0304);
  CHECK(hello.session_id == Buffer{0xAA});
  CHECK(hello.cipher_suite == 0x1301);
  CHECK(hello.group == 29);
  CHECK(hello.has_psk);
  CHECK_FALSE(hello.hello_retry_request);
  CHECK(hello.extensions == std::vector<std::uint16_t>{43, 51, 41});
  for (std::size_t size = 0; size < body.size(); ++size)
    if (size != 39)
      CHECK_FALSE(wire::parse_server_hello(Bytes(body).first(size)));  // 39: no extensions at all
}

TEST_CASE("a TLS 1.2 Certificate message gives its certificates in order") {
  const Buffer body{0, 0, 9, 0, 0, 2, 'a', 'b', 0, 0, 1, 'c'};
  CHECK(wire::parse_tls12_certificate(body).value() == std::vector<Buffer>{{'a', 'b'}, {'c'}});
  CHECK_FALSE(wire::parse_tls12_certificate(Bytes(body).first(11)));
}

TEST_CASE("the observer keeps silent about bytes that are no TLS") {
  HandshakeObserver observer({});
  observer.see(Sender::server, as_bytes("220 mail.example ESMTP\r\n"));
  observer.see(Sender::server, as_bytes("250 ok\r\n"));
  CHECK(observer.version() == 0);
  CHECK_FALSE(observer.group());
  CHECK_FALSE(observer.alert_of(Sender::server));
}
