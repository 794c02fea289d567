#include "inspect/observer.h"

#include <catch2/catch_test_macros.hpp>

#include "inspect/protocol_guess.h"

using namespace mailtap;
using namespace mailtap::inspect;
using config::NameDisplay;
using config::Protocol;

TEST_CASE("the protocol is told by a request line or a greeting, whoever is heard first") {
  const auto guess = [](std::string_view client, std::string_view server = "") {
    return guess_protocol(as_bytes(client), as_bytes(server));
  };
  CHECK(guess("POST /EWS/Exchange.asmx HTTP/1.1\r\n") == Protocol::http);
  CHECK(guess("\r\nOPTIONS * HTTP/1.1\r\n") == Protocol::http);
  CHECK(guess("X-MS-ENUMATTS /public/ HTTP/1.1\r\n") == Protocol::http);
  CHECK(guess("RPC_IN_DATA /rpc/rpcproxy.dll?mail:6001 HTTP/1.1\r\n") == Protocol::http);
  CHECK(guess("CONNECT mail:443 HTTP/1.1\r\n") == Protocol::http);
  CHECK(guess("", "220 mail ESMTP\r\n") == Protocol::smtp);
  CHECK(guess("", "220-mail ESMTP\r\n") == Protocol::smtp);
  CHECK(guess("", "+OK ready\r\n") == Protocol::pop3);
  CHECK(guess("", "* OK [CAPABILITY IMAP4rev1] ready\r\n") == Protocol::imap);
  CHECK(guess("", "HTTP/1.1 408 Request Timeout\r\n") == Protocol::http);
  CHECK(guess("", "\"IMPLEMENTATION\" \"sieve\"\r\n") == Protocol::raw);
}

TEST_CASE("a protocol isn't guessed before it can be") {
  CHECK_FALSE(guess_protocol(as_bytes("PO"), {}));
  CHECK_FALSE(guess_protocol(as_bytes("POST "), {}));
  CHECK_FALSE(guess_protocol({}, as_bytes("22")));
  // A mail client that speaks before the greeting.
  CHECK_FALSE(guess_protocol(as_bytes("a1 CAPABILITY\r\n"), {}));
  CHECK(guess_protocol(as_bytes("a1 CAPABILITY\r\n"), as_bytes("* OK ready\r\n")) == Protocol::imap);
  CHECK(guess_protocol(Buffer(5000, 0), {}) == Protocol::raw);
}

TEST_CASE("a name has one pseudonym, whatever its case, and none is like another's") {
  const auto hashed = Pseudonyms::make(NameDisplay::hash).value();
  const auto one = hashed.of("anna@contoso.com");
  CHECK(one.size() == 11);
  CHECK(one.front() == '~');
  CHECK(hashed.of("Anna@Contoso.COM") == one);
  CHECK(hashed.of("bert@contoso.com") != one);
  CHECK(hashed.of("").empty());
  // Over a reload it stays, in another process it is another.
  CHECK(Pseudonyms::make(NameDisplay::hash, &hashed)->of("anna@contoso.com") == one);
  CHECK(Pseudonyms::make(NameDisplay::hash)->of("anna@contoso.com") != one);
  CHECK(Pseudonyms::make(NameDisplay::cut)->of("anna@contoso.com") == "*");
  CHECK(Pseudonyms::make(NameDisplay::plain)->of("anna@contoso.com") == "anna@contoso.com");
}

TEST_CASE("a status is met by itself, by its class, and by being a failure") {
  Exchange e;
  e.status = "503";
  e.failed = true;
  CHECK(matches_status(e, "503"));
  CHECK(matches_status(e, "5xx"));
  CHECK(matches_status(e, "failed"));
  CHECK_FALSE(matches_status(e, "4xx"));
  CHECK_FALSE(matches_status(e, "50"));
  e.status = "NO";
  CHECK(matches_status(e, "no"));
  CHECK_FALSE(matches_status(e, "5xx"));
}
