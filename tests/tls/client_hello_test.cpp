#include "tls/client_hello.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "tests/thorough.h"
#include "tls/alert.h"
#include "tls/ja4.h"
#include "tls/names.h"
#include "tls/session.h"

using namespace mailtap;
using tls::parse_client_hello;

namespace {

void put16(Buffer& out, std::size_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}

Buffer extension(std::uint16_t type, const Buffer& data) {
  Buffer out;
  put16(out, type);
  put16(out, data.size());
  out.insert(out.end(), data.begin(), data.end());
  return out;
}

/// A vector of 16-bit numbers behind a 16-bit length.
Buffer list16(const std::vector<std::uint16_t>& values) {
  Buffer out;
  put16(out, values.size() * 2);
  for (const auto value : values) put16(out, value);
  return out;
}

struct HelloParts {
  std::vector<std::uint16_t> suites;
  std::vector<Buffer> extensions;
};

/// The handshake message.
Buffer hello_message(const HelloParts& parts) {
  Buffer body{3, 3};
  body.insert(body.end(), 32, 0x5A);
  body.push_back(0);
  const auto suites = list16(parts.suites);
  body.insert(body.end(), suites.begin(), suites.end());
  body.insert(body.end(), {1, 0});
  Buffer extensions;
  for (const auto& part : parts.extensions) extensions.insert(extensions.end(), part.begin(), part.end());
  put16(body, extensions.size());
  body.insert(body.end(), extensions.begin(), extensions.end());
  Buffer message{1, static_cast<std::uint8_t>(body.size() >> 16)};
  put16(message, body.size() & 0xFFFF);
  message.insert(message.end(), body.begin(), body.end());
  return message;
}

Buffer in_records(const Buffer& message, std::size_t fragment) {
  Buffer stream;
  for (std::size_t at = 0; at < message.size(); at += fragment) {
    const auto size = std::min(fragment, message.size() - at);
    stream.insert(stream.end(), {22, 3, 1});
    put16(stream, size);
    stream.insert(stream.end(), message.begin() + static_cast<std::ptrdiff_t>(at),
                  message.begin() + static_cast<std::ptrdiff_t>(at + size));
  }
  return stream;
}

Buffer server_name(const std::string& name) {
  Buffer data;
  put16(data, name.size() + 3);
  data.push_back(0);
  put16(data, name.size());
  data.insert(data.end(), name.begin(), name.end());
  return extension(0, data);
}

Buffer alpn(const std::vector<std::string>& protocols) {
  Buffer names;
  for (const auto& protocol : protocols) {
    names.push_back(static_cast<std::uint8_t>(protocol.size()));
    names.insert(names.end(), protocol.begin(), protocol.end());
  }
  Buffer data;
  put16(data, names.size());
  data.insert(data.end(), names.begin(), names.end());
  return extension(16, data);
}

Buffer supported_versions(const std::vector<std::uint16_t>& versions) {
  auto data = list16(versions);
  data.erase(data.begin());
  return extension(43, data);
}

/// The Chrome hello that FoxIO's specification takes as its example; its list of extensions is
/// 0x1b,0x00,0x33,0x10,0x4469,0x17,0x2d,0x0d,0x05,0x23,0x12,0x2b,0xff01,0x0b,0x0a,0x15, and GREASE.
HelloParts chrome(const std::vector<std::string>& protocols = {"h2", "http/1.1"}) {
  return {.suites = {0x5A5A, 0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013,
                     0xC014, 0x009C, 0x009D, 0x002F, 0x0035},
          .extensions = {
              extension(0x1A1A, {}), extension(0x001B, {2, 0, 2}), server_name("mail.example"),
              extension(0x0033, {0, 5, 0x2A, 0x2A, 0, 1, 0}), alpn(protocols), extension(0x4469, {}),
              extension(0x0017, {}), extension(0x002D, {1, 1}),
              extension(0x000D, list16({0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601})),
              extension(0x0005, {1, 0, 0, 0, 0}), extension(0x0023, {}), extension(0x0012, {}),
              supported_versions({0x9A9A, 0x0304, 0x0303}), extension(0xFF01, {0}), extension(0x000B, {1, 0}),
              extension(0x000A, list16({0xCACA, 0x001D, 0x0017})), extension(0x0015, Buffer(8))}};
}

std::string error_of(std::string_view bytes) {
  const auto parsed = parse_client_hello(as_bytes(bytes));
  return parsed ? "" : parsed.error().message;
}

}  // namespace

TEST_CASE("a client hello is read alike from one record and from many, and never before its last byte") {
  const auto message = hello_message(chrome());
  for (const std::size_t fragment : {std::size_t{16384}, std::size_t{100}, std::size_t{1}}) {
    auto stream = in_records(message, fragment);
    for (std::size_t size = 0; size < stream.size(); ++size) {
      const auto parsed = parse_client_hello(Bytes(stream).first(size));
      REQUIRE(parsed);
      REQUIRE_FALSE(*parsed);
    }
    const auto size = stream.size();
    stream.insert(stream.end(), {23, 3, 3});  // what follows isn't its own
    const auto hello = parse_client_hello(stream).value().value();
    CHECK(hello.size == size);
    CHECK(hello.sni == "mail.example");
    CHECK(hello.alpn == std::vector<std::string>{"h2", "http/1.1"});
    CHECK(hello.legacy_version == 0x0303);
    CHECK(hello.highest_version() == 0x0304);
    CHECK(hello.cipher_suites.front() == 0x5A5A);
    CHECK(hello.extensions.size() == 17);
    CHECK(hello.groups == std::vector<std::uint16_t>{0xCACA, 0x001D, 0x0017});
    CHECK(hello.key_share_groups == std::vector<std::uint16_t>{0x2A2A});
    CHECK(hello.signature_algorithms.size() == 8);
    CHECK_FALSE(hello.offers_ticket);
  }
}

TEST_CASE("a hello that comes byte by byte is parsed once, and what is none as soon as that shows") {
  const auto message = hello_message(chrome());
  for (const std::size_t fragment : {std::size_t{16384}, std::size_t{100}, std::size_t{1}}) {
    const auto stream = in_records(message, fragment);
    tls::HelloProgress progress;
    for (std::size_t size = 0; size < stream.size(); ++size)
      REQUIRE_FALSE(progress.is_worth_parsing(Bytes(stream).first(size)));
    CHECK(progress.is_worth_parsing(stream));

    for (std::size_t changed = 0; changed < 60; changed += tests::one_in(7)) {
      auto other = stream;
      other[changed] ^= 0xFF;
      tls::HelloProgress of_other;
      for (std::size_t size = 0; size <= other.size(); ++size) {
        const auto parsed = parse_client_hello(Bytes(other).first(size));
        const bool is_answer = !parsed || *parsed;
        const bool is_worth_it = of_other.is_worth_parsing(Bytes(other).first(size));
        if (is_answer) REQUIRE(is_worth_it);
        if (is_answer) break;
      }
    }
  }
}

TEST_CASE("the longest hello that can be is read, also from records of a few bytes") {
  HelloParts parts;
  parts.suites.assign(32767, 0x1301);
  parts.extensions = {extension(21, Buffer(65531))};
  auto message = hello_message(parts);
  CHECK(message.size() > 131'000);
  CHECK(parse_client_hello(in_records(message, 16384)).value()->cipher_suites.size() == 32767);
  CHECK(parse_client_hello(in_records(message, 6)).value());
  // Too many headers.
  const auto in_bytes = in_records(message, 1);
  const auto most = Bytes(in_bytes).first(6 * (tls::max_client_hello_stream / 6 + 1));
  CHECK(error_of(as_text(most)).find("without its end") != std::string::npos);
  message[1] = 3;
  CHECK(error_of(as_text(in_records(message, 16384))).find("it would be") != std::string::npos);
}

TEST_CASE("a hello without extensions is one of an old client") {
  auto message = hello_message({.suites = {0x0005, 0x000A}, .extensions = {}});
  message.erase(message.end() - 2, message.end());
  message[3] = static_cast<std::uint8_t>(message.size() - 4);
  message[5] = 1;
  const auto hello = parse_client_hello(in_records(message, 16384)).value().value();
  CHECK(hello.highest_version() == 0x0301);
  CHECK(hello.sni.empty());
  CHECK(tls::ja4(hello).substr(0, 11) == "t10i020000_");
}

TEST_CASE("a post-quantum key share that needs two TCP segments is read") {
  Buffer share;
  put16(share, 4 + 1216);
  put16(share, 0x11EC);
  put16(share, 1216);
  share.insert(share.end(), 1216, 7);
  auto parts = chrome();
  parts.extensions.push_back(extension(51, share));
  const auto stream = in_records(hello_message(parts), 16384);
  CHECK_FALSE(parse_client_hello(Bytes(stream).first(1448)).value());
  const auto hello = parse_client_hello(stream).value().value();
  CHECK(hello.key_share_groups == std::vector<std::uint16_t>{0x11EC});
}

TEST_CASE("a ticket and a pre-shared key are both offers of a ticket") {
  auto parts = chrome();
  parts.extensions.push_back(extension(41, {0}));
  CHECK(parse_client_hello(in_records(hello_message(parts), 999)).value()->offers_ticket);
  parts = chrome();
  parts.extensions.push_back(extension(35, {1, 2, 3}));
  CHECK(parse_client_hello(in_records(hello_message(parts), 999)).value()->offers_ticket);
}

TEST_CASE("what is no client hello is named") {
  CHECK(error_of("GET /owa HTTP/1.1\r\n") ==
        "no TLS client hello: this looks like an HTTP request in plain text");
  CHECK(error_of("CONNECT mail:443 HTTP/1.1\r\n").find("HTTP CONNECT request") != std::string::npos);
  CHECK(error_of("EHLO router\r\n").find("an SMTP client in plain text") != std::string::npos);
  CHECK(error_of("CAPA\r\n").find("a POP3 client in plain text") != std::string::npos);
  CHECK(error_of("a001 CAPABILITY\r\n").find("an IMAP client in plain text") != std::string::npos);
  CHECK(error_of("* OK Dovecot ready.\r\n").find("an IMAP greeting") != std::string::npos);
  CHECK(error_of({"\x80\x2e\x02\x03\x01\x00\x15", 7}).find("its first byte is 128") != std::string::npos);
  CHECK(error_of({"\x15\x03\x01\x00\x02\x02\x46", 7}).find("the TLS alert protocol_version (70)") !=
        std::string::npos);
  CHECK(error_of({"\r\n\r\n\0\r\nQUIT\n\x21", 13}).find("PROXY protocol") != std::string::npos);
  for (const auto* xmpp : {"<?xml version='1.0'?><stream:stream>", "<stream:stream to='contoso.com'>"})
    CHECK(error_of(xmpp).find("XMPP in plain text (mailtap knows no STARTTLS of it; mode observe") !=
          std::string::npos);
  CHECK(error_of("hello there").find("plain text") != std::string::npos);
  CHECK(error_of({"\0\1\2\3", 4}) ==
        "no TLS client hello: its first byte is 0, not a TLS handshake record's 22");
  CHECK(error_of({"\x16\x03\x01\x00\x04\x02\0\0\0", 9}).find("message of type 2") != std::string::npos);
  CHECK(error_of({"\x16\x03\x01\x00\x04\x01\xFF\0\0", 9}).find("bytes long") != std::string::npos);
  CHECK(error_of({"\x16\x03\x01\x00\x05\x01\0\0\1\3", 10}).find("its fields overrun it") !=
        std::string::npos);
  CHECK(error_of({"\x16\x05\x01\x00\x05", 5}).find("record header") != std::string::npos);
}

TEST_CASE("who speaks TLS and sends no hello is told by the RFC's alert, and nobody else") {
  const auto alert_for = [](std::string_view bytes) {
    return parse_client_hello(as_bytes(bytes)).error().alert;
  };
  CHECK_FALSE(alert_for("GET /owa HTTP/1.1\r\n"));
  CHECK_FALSE(alert_for("EHLO router\r\n"));
  CHECK_FALSE(alert_for({"\0\1\2\3", 4}));
  CHECK_FALSE(alert_for({"\x80\x2e\x02\x03\x01\x00\x15", 7}));
  CHECK_FALSE(alert_for({"\x16\x05\x01\x00\x05", 5}));
  CHECK(alert_for({"\x15\x03\x01\x00\x02\x02\x46", 7}) == tls::alert::unexpected_message);
  CHECK(alert_for({"\x17\x03\x03\x00\x05hello", 10}) == tls::alert::unexpected_message);
  CHECK(alert_for({"\x14\x03\x03\x00\x01\x01", 6}) == tls::alert::unexpected_message);
  CHECK(alert_for({"\x16\x03\x01\x00\x04\x02\0\0\0", 9}) == tls::alert::unexpected_message);
  CHECK(alert_for({"\x16\x03\x01\x00\x00", 5}) == tls::alert::unexpected_message);
  CHECK(alert_for({"\x16\x03\x01\x40\x01", 5}) == tls::alert::record_overflow);
  CHECK(alert_for({"\x16\x03\x01\x00\x04\x01\xFF\0\0", 9}) == tls::alert::decode_error);
  CHECK(alert_for({"\x16\x03\x01\x00\x05\x01\0\0\1\3", 10}) == tls::alert::decode_error);
}

TEST_CASE("a hello that another record interrupts says which, not that its first byte is wrong") {
  auto stream = in_records(hello_message(chrome()), 100);
  stream.resize(105);
  stream.insert(stream.end(), {0x14, 3, 3, 0, 1, 1});
  const auto error = parse_client_hello(stream).error();
  CHECK(error.message == "no TLS client hello: it is interrupted by a record of type 20");
  CHECK(error.alert == tls::alert::unexpected_message);
}

TEST_CASE("no change of one byte of a hello makes the parser fall over") {
  const auto stream = in_records(hello_message(chrome()), 100);
  for (std::size_t i = 0; i < stream.size(); ++i) {
    auto changed = stream;
    changed[i] ^= 0xFF;
    const auto parsed = parse_client_hello(changed);
    if (parsed && *parsed) CHECK((*parsed)->size <= changed.size());
  }
}

TEST_CASE("JA4 of the specification's example is the published one") {
  const auto ja4_of = [](const HelloParts& parts) {
    return tls::ja4(parse_client_hello(in_records(hello_message(parts), 16384)).value().value());
  };
  CHECK(ja4_of(chrome()) == "t13d1516h2_8daaf6152771_e5627efa2ab1");
  // The first protocol's ends alone count, as hex where they aren't letters or digits.
  CHECK(ja4_of(chrome({"http/1.1"})).substr(0, 11) == "t13d1516h1_");
  CHECK(ja4_of(chrome({"\xAB\xCD"})).substr(0, 11) == "t13d1516ad_");
  auto without_name = chrome();
  std::erase(without_name.extensions, server_name("mail.example"));
  CHECK(ja4_of(without_name) == "t13i1515h2_8daaf6152771_e5627efa2ab1");
  CHECK(ja4_of({.suites = {}, .extensions = {}}) == "t12i000000_000000000000_000000000000");
}

TEST_CASE("numbers have IANA's names, and unknown ones are written as hex") {
  CHECK(tls::version_name(0x0300) == "SSLv3");
  CHECK(tls::cipher_suite_name(0x1302) == "TLS_AES_256_GCM_SHA384");
  CHECK(tls::cipher_suite_name(0xC02F) == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
  CHECK(tls::cipher_suite_name(0x0005) == "TLS_RSA_WITH_RC4_128_SHA");
  CHECK(tls::cipher_suite_name(0xCCA8) == "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");
  CHECK(tls::group_name(0x11EC) == "X25519MLKEM768");
  CHECK(tls::signature_algorithm_name(0x0804) == "rsa_pss_rsae_sha256");
  CHECK(tls::group_name(0x7777) == "0x7777");
  CHECK(tls::is_grease(0x0A0A));
  CHECK(tls::is_grease(0xFAFA));
  CHECK_FALSE(tls::is_grease(0x0A1A));
  CHECK_FALSE(tls::is_grease(0x1301));
}

TEST_CASE("a hello in SSLv2's format is read, byte by byte too") {
  // RFC 5246 appendix E.2: length, CLIENT-HELLO, TLS 1.0, the sizes, five suites of which SSL 2 has two, a
  // challenge.
  Buffer stream{0x80, 9 + 15 + 16, 1, 3, 1, 0, 15, 0, 0, 0, 16};
  stream.insert(stream.end(), {0, 0, 0x2F, 0, 0, 5, 1, 0, 0x80, 7, 0, 0xC0, 0, 0, 0x0A});
  for (std::uint8_t i = 1; i <= 16; ++i) stream.push_back(i);
  for (std::size_t size = 0; size < stream.size(); ++size) {
    INFO(size << " bytes");
    const auto parsed = parse_client_hello(Bytes(stream).first(size));
    REQUIRE(parsed);
    CHECK_FALSE(*parsed);
  }
  const auto whole = stream.size();
  stream.push_back(22);  // what comes after isn't its own
  const auto hello = parse_client_hello(stream).value().value();
  CHECK(hello.in_sslv2_format);
  CHECK(hello.is_legacy());
  CHECK_FALSE(hello.is_fallback());
  CHECK(hello.size == whole);
  CHECK(hello.highest_version() == 0x0301);
  CHECK(hello.cipher_suites == std::vector<std::uint16_t>{0x002F, 0x0005, 0x000A});
  CHECK(hello.session_id.empty());
  REQUIRE(hello.random.size() == 32);
  CHECK(hello.random[15] == 0);
  CHECK(hello.random[16] == 1);
  CHECK(hello.random[31] == 16);
  CHECK(hello.sni.empty());
  CHECK(tls::ja4(hello).starts_with("t10i030000_"));
}

TEST_CASE("a hello in SSLv2's format whose sizes don't fit is an error") {
  const auto error = [](Buffer stream) {
    return parse_client_hello(stream).error().message.find("SSLv2's format") != std::string::npos;
  };
  Buffer stream{0x80, 9 + 3 + 8, 1, 3, 1, 0, 3, 0, 0, 0, 8, 0, 0, 0x2F, 1, 2, 3, 4, 5, 6, 7, 8};
  REQUIRE(parse_client_hello(stream).value());
  auto longer = stream;
  longer[6] = 6;  // suites
  CHECK(error(longer));
  auto uneven = stream;
  uneven[6] = 2;
  uneven[8] = 1;
  CHECK(error(uneven));
  auto rest = stream;
  rest[10] = 7;  // challenge
  CHECK(error(rest));
}

TEST_CASE("an old hello and a fallback are told from a modern one") {
  auto parts = chrome();
  CHECK_FALSE(parse_client_hello(in_records(hello_message(parts), 999)).value()->is_legacy());
  parts.extensions.clear();
  auto message = hello_message(parts);
  CHECK_FALSE(parse_client_hello(in_records(message, 999)).value()->is_legacy());  // TLS 1.2
  message[5] = 2;                                                                  // TLS 1.1
  CHECK(parse_client_hello(in_records(message, 999)).value()->is_legacy());
  CHECK_FALSE(parse_client_hello(in_records(message, 999)).value()->is_fallback());
  parts.suites.push_back(0x5600);
  CHECK(parse_client_hello(in_records(hello_message(parts), 999)).value()->is_fallback());
}
