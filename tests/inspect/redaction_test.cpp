// Whatever a secret stands in, and however it is cut, nothing of it is in what is written.
#include <catch2/catch_test_macros.hpp>
#include <functional>

#include "config/base/text.h"
#include "tests/inspect/http2/frames.h"
#include "tests/inspect/ntlm_messages.h"
#include "tests/inspect/tap_support.h"

using namespace mailtap;
using namespace mailtap::inspect;
using namespace mailtap::inspect::test;
using config::NameDisplay;
using config::Protocol;

namespace {

/// Each stands in another place, so that a failure says which.
std::string secret(int number) {
  return "Sekrit" + std::to_string(number) + "Marked";
}
constexpr int secrets = 24;

std::string with_length(const std::string& head, const std::string& body) {
  return head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// AUTHENTICATE_MESSAGE of [MS-NLMP] 4.2.4.3 with a marked session key at its end.
std::string marked_ntlm(int number) {
  auto message = authenticate_message();
  const auto mark = secret(number);
  message.insert(message.end(), mark.begin(), mark.end());
  return to_base64(message);
}

Conversation http_with_secrets() {
  const auto s = secret;
  const auto envelope = [&](const std::string& inside) {
    return "<s:Envelope><s:Header><t:Password>" + s(1) + "</t:Password></s:Header><s:Body>" + inside +
           "</s:Body></s:Envelope>";
  };
  return {
      client(with_length("POST /EWS/Exchange.asmx?key=" + s(2) + "&Cmd=" + s(3) +
                             " HTTP/1.1\r\nHost: mail\r\nCookie: cadata=" + s(4) +
                             "\r\nAuthorization: Basic " + to_base64(as_bytes("user:" + s(5))) + "\r\nX-" +
                             s(6) + ": " + s(7) + "\r\n",
                         envelope("<m:CreateItem><t:Subject>" + s(8) + "</t:Subject><t:Body>" + s(9) +
                                  "</t:Body></m:CreateItem>"))),
      server(with_length("HTTP/1.1 200 " + s(10) + "\r\nSet-Cookie: cadata=" + s(11) +
                             "\r\nWWW-Authenticate: Bearer " + s(12) + "\r\n",
                         envelope("<m:CreateItemResponse><t:Subject>" + s(13) +
                                  "</t:Subject><m:ResponseCode>ErrorX <!-- -->" + s(14) +
                                  "</m:ResponseCode></m:CreateItemResponse>"))),
      client("GET /exchange/mailbox/Inbox/" + s(15) + ".EML HTTP/1.1\r\nAuthorization: Bearer " + s(16) +
             "\r\n\r\n"),
      server("HTTP/1.1 302 Found\r\nLocation: /owa/?token=" + s(17) + "\r\nContent-Length: 0\r\n\r\n"),
      client("POST /Microsoft-Server-ActiveSync?User=u&DeviceId=" + s(18) + "&DeviceType=" + s(19) +
             "%20&Cmd=" + s(20) + " HTTP/1.1\r\nX-RequestType: " + s(21) + "-\r\nAuthorization: NTLM " +
             marked_ntlm(22) + "\r\nContent-Length: 0\r\n\r\n"),
      server("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest nonce=\"" + s(23) +
             "\"\r\nContent-Length: 0\r\n\r\n"),
  };
}

/// The same over HTTP/2, where fields are compressed.
Conversation http2_with_secrets() {
  const auto s = secret;
  Speaker asking, answering;
  const auto envelope = [&](const std::string& inside) {
    return "<s:Envelope><s:Header><t:Password>" + s(1) + "</t:Password></s:Header><s:Body>" + inside +
           "</s:Body></s:Envelope>";
  };
  return {
      client(client_preface()),
      server(settings() + settings_ack()),
      client(asking.post(1, "/EWS/Exchange.asmx?key=" + s(2) + "&Cmd=" + s(3),
                         {{"cookie", "cadata=" + s(4)},
                          {"authorization", "Basic " + to_base64(as_bytes("user:" + s(5)))},
                          {"x-" + s(6), s(7)}}) +
             data(1,
                  envelope("<m:CreateItem><t:Subject>" + s(8) + "</t:Subject><t:Body>" + s(9) +
                           "</t:Body></m:CreateItem>"),
                  false) +
             asking.headers(1, {{"x-trailer", s(10)}}, true)),
      server(answering.status(1, 200,
                              {{"set-cookie", "cadata=" + s(11)}, {"www-authenticate", "Bearer " + s(12)}}) +
             data(1, envelope("<m:CreateItemResponse><t:Subject>" + s(13) +
                              "</t:Subject><m:ResponseCode>ErrorX <!-- -->" + s(14) +
                              "</m:ResponseCode></m:CreateItemResponse>"))),
      client(
          asking.get(3, "/exchange/mailbox/Inbox/" + s(15) + ".EML", {{"authorization", "Bearer " + s(16)}})),
      server(answering.status(3, 302, {{"location", "/owa/?token=" + s(17)}}, true)),
      client(asking.get(5,
                        "/Microsoft-Server-ActiveSync?User=u&DeviceId=" + s(18) + "&DeviceType=" + s(19) +
                            "%20&Cmd=" + s(20),
                        {{"x-requesttype", s(21) + "-"}, {"authorization", "NTLM " + marked_ntlm(22)}})),
      server(answering.status(5, 401, {{"www-authenticate", "Digest nonce=\"" + s(23) + "\""}}, true) +
             goaway(5, 0, s(0))),
  };
}

Told shown_as_http2(const Conversation& conversation, Cut cut = Cut::whole, unsigned seed = 1) {
  Surroundings surroundings;
  surroundings.context.http2 = true;
  return show(Protocol::http, surroundings, conversation, cut, seed);
}

/// No mark is there, as it is, in base64 (of any alignment), in hex or in UTF-16.
void has_no_secret(const std::string& output) {
  for (int number = 0; number < secrets; ++number) {
    const auto mark = secret(number);
    INFO(mark << " in:\n" << output);
    REQUIRE(output.find(mark) == std::string::npos);
    REQUIRE(output.find(to_hex(as_bytes(mark))) == std::string::npos);
  }
  REQUIRE(output.find("Sekrit") == std::string::npos);
  for (std::size_t alignment = 0; alignment < 3; ++alignment) {
    const auto base64 = to_base64(as_bytes(std::string(alignment, ' ') + "Sekrit"));
    REQUIRE(output.find(base64.substr(alignment == 0 ? 0 : alignment + 1, 6)) == std::string::npos);
  }
}

}  // namespace

TEST_CASE("no secret of an HTTP conversation is written, however it is cut") {
  for (unsigned seed = 0; seed < 60; ++seed) {
    Surroundings surroundings;  // names are shown plainly: they are no secrets here
    const auto cut = seed == 0 ? Cut::whole : seed == 1 ? Cut::each_byte : Cut::random;
    const auto told = show(Protocol::http, surroundings, http_with_secrets(), cut, seed);
    REQUIRE(told.exchanges.size() == 3);
    has_no_secret(written(told));
  }
}

TEST_CASE("no secret of an HTTP/2 conversation is written, however it is cut and wherever it breaks off") {
  const auto whole = http2_with_secrets();
  for (unsigned seed = 0; seed < 60; ++seed) {
    const auto cut = seed == 0 ? Cut::whole : seed == 1 ? Cut::each_byte : Cut::random;
    const auto told = shown_as_http2(whole, cut, seed);
    REQUIRE(told.stopped.empty());
    REQUIRE(told.exchanges.size() == 3);
    has_no_secret(written(told));
  }
  for (std::size_t turn = 0; turn < whole.size(); ++turn) {
    for (std::size_t size = 0; size < whole[turn].bytes.size(); size += 3) {
      Conversation broken(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(turn));
      broken.push_back({whole[turn].flow, whole[turn].bytes.substr(0, size)});
      has_no_secret(written(shown_as_http2(broken)));
    }
  }
}

TEST_CASE("no secret is written of a conversation that breaks off anywhere") {
  const auto whole = http_with_secrets();
  for (std::size_t turn = 0; turn < whole.size(); ++turn) {
    for (std::size_t size = 0; size < whole[turn].bytes.size(); size += 3) {
      Conversation broken(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(turn));
      broken.push_back({whole[turn].flow, whole[turn].bytes.substr(0, size)});
      Surroundings surroundings;
      has_no_secret(written(show(Protocol::http, surroundings, broken)));
    }
  }
}

TEST_CASE(
    "no secret is written of a conversation that loses its beginning, so that anything may stand anywhere") {
  const auto whole = http_with_secrets();
  for (std::size_t turn = 0; turn < whole.size(); ++turn) {
    for (std::size_t from = 0; from < whole[turn].bytes.size(); from += 3) {
      Conversation broken(whole.begin() + static_cast<std::ptrdiff_t>(turn), whole.end());
      broken.front().bytes.erase(0, from);
      Surroundings surroundings;
      has_no_secret(written(show(Protocol::http, surroundings, broken)));
    }
  }
}

TEST_CASE("names are hidden wherever they stand") {
  const Conversation conversation{
      client("PROPFIND /exchange/annamark/Inbox HTTP/1.1\r\nAuthorization: NTLM " +
             to_base64(authenticate_message()) + "\r\n\r\n"),
      server("HTTP/1.1 207 Multi-Status\r\nContent-Length: 0\r\n\r\n"),
      client("GET /owa/annamark@contoso.com/ HTTP/1.1\r\n\r\n"),
      server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
      client(
          "POST /Microsoft-Server-ActiveSync?User=annamark&Cmd=Sync HTTP/1.1\r\nContent-Length: 0\r\n\r\n"),
      server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
      client("POST /mapi/emsmdb/?MailboxId=annamark@contoso.com HTTP/1.1\r\nContent-Length: 0\r\n\r\n"),
      server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")};
  for (const auto display : {NameDisplay::hash, NameDisplay::cut}) {
    Surroundings surroundings;
    surroundings.pseudonyms = Pseudonyms::make(display).value();
    const auto told = show(Protocol::http, surroundings, conversation);
    CHECK(told.exchanges.size() == 4);
    const auto output = written(told);
    CHECK(output.find("annamark") == std::string::npos);
    CHECK(output.find("\"user\":\"User\"") == std::string::npos);
  }
}
