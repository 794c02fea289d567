#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <zlib.h>

#include "inspect/http/soap_reader.h"
#include "tests/inspect/tap_support.h"

using namespace mailtap;
using namespace mailtap::inspect;
using namespace mailtap::inspect::test;
using config::Protocol;
using http::SoapReader;

namespace {

std::string gzip(std::string_view plain, int window_bits = 15 + 16) {
  z_stream zlib{};
  deflateInit2(&zlib, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string out(plain.size() + 1000, '\0');
  zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  zlib.avail_in = static_cast<uInt>(plain.size());
  zlib.next_out = reinterpret_cast<Bytef*>(out.data());
  zlib.avail_out = static_cast<uInt>(out.size());
  deflate(&zlib, Z_FINISH);
  out.resize(zlib.total_out);
  deflateEnd(&zlib);
  return out;
}

std::string with_length(std::string_view head, std::string_view body) {
  return std::string(head) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

std::string chunked(std::string_view head, std::string_view body, std::size_t size) {
  auto text = std::string(head) + "Transfer-Encoding: chunked\r\n\r\n";
  while (!body.empty()) {
    const auto piece = body.substr(0, size);
    char length[16];
    std::snprintf(length, sizeof length, "%zx\r\n", piece.size());
    text += length + std::string(piece) + "\r\n";
    body.remove_prefix(piece.size());
  }
  return text + "0\r\n\r\n";
}

// The examples of [MS-OXWSFOLD] 4.1 (GetFolder), shortened.
const std::string get_folder =
    R"(<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" )"
    R"(xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><soap:Body><GetFolder )"
    R"(xmlns="http://schemas.microsoft.com/exchange/services/2006/messages"><FolderShape><t:BaseShape>Default)"
    R"(</t:BaseShape></FolderShape><FolderIds><t:DistinguishedFolderId Id="inbox"/></FolderIds></GetFolder></soap:Body></soap:Envelope>)";
std::string get_folder_response(std::string_view code) {
  return R"(<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>)"
         R"(<h:ServerVersionInfo MajorVersion="14" MinorVersion="3" xmlns:h="http://schemas.microsoft.com/exchange/services/2006/types"/>)"
         R"(</s:Header><s:Body><m:GetFolderResponse xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">)"
         R"(<m:ResponseMessages><m:GetFolderResponseMessage ResponseClass="Success"><m:ResponseCode>)" +
         std::string(code) +
         R"(</m:ResponseCode></m:GetFolderResponseMessage></m:ResponseMessages></m:GetFolderResponse></s:Body></s:Envelope>)";
}

const std::string ews = "POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: mail\r\nContent-Type: text/xml\r\n";
const std::string ok = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n";

/// The one exchange of a conversation, which is the same in every segmentation.
Exchange only(const Conversation& conversation) {
  Surroundings surroundings;
  const auto told = show(Protocol::http, surroundings, conversation);
  CHECK(told.stopped.empty());
  REQUIRE(told.exchanges.size() == 1);
  for (unsigned seed = 0; seed < 20; ++seed) {
    Surroundings others;
    const auto cut =
        show(Protocol::http, others, conversation, seed == 0 ? Cut::each_byte : Cut::random, seed);
    REQUIRE(written(cut) == written(told));
  }
  return told.exchanges.front();
}

HttpPart http_of(const Exchange& exchange) {
  return std::get<HttpPart>(exchange.part);
}

}  // namespace

TEST_CASE("an EWS request says its operation and its response code") {
  const auto request = with_length(ews, get_folder),
             response = with_length(ok, get_folder_response("NoError"));
  const auto e = only({client(request), server(response)});
  CHECK(e.service == Service::ews);
  CHECK(http_of(e).method == "POST");
  CHECK(http_of(e).path == "/EWS/Exchange.asmx");
  CHECK(http_of(e).operation == "GetFolder");
  CHECK(http_of(e).response_code == "NoError");
  CHECK(e.status == "200");
  CHECK_FALSE(e.failed);
  CHECK(e.complete);
  CHECK(e.request_bytes == request.size());
  CHECK(e.response_bytes == response.size());
  CHECK(e.first_byte == Microseconds(1000));
  CHECK(e.total == Microseconds(1000));
}

TEST_CASE("an EWS error in a good HTTP response is a failure") {
  const auto e = only({client(with_length(ews, get_folder)),
                       server(with_length(ok, get_folder_response("ErrorAccessDenied")))});
  CHECK(http_of(e).response_code == "ErrorAccessDenied");
  CHECK(e.failed);
}

TEST_CASE("of a batch of answers the first error is told, and no text that looks like one") {
  const auto message = [](std::string_view code, std::string_view more) {
    return "<m:GetItemResponseMessage><m:ResponseCode>" + std::string(code) + "</m:ResponseCode>" +
           std::string(more) + "</m:GetItemResponseMessage>";
  };
  const auto batch = [&](std::string_view second, std::string_view text) {
    return "<s:Envelope><s:Body><m:GetItemResponse><m:ResponseMessages>" + message("NoError", text) +
           message(second, "") + message("ErrorLast", "") +
           "</m:ResponseMessages></m:GetItemResponse></s:Body></s:Envelope>";
  };
  const auto code_of = [&](std::string_view second, std::string_view text) {
    return http_of(only({client(with_length(ews, get_folder)), server(with_length(ok, batch(second, text)))}))
        .response_code;
  };
  CHECK(code_of("ErrorItemNotFound", "") == "ErrorItemNotFound");
  CHECK(code_of("NoError", "<t:Body>x:ResponseCode>ErrorFake&lt;m:ResponseCode>ErrorFake</t:Body>") ==
        "ErrorLast");
  CHECK(code_of("NoError", "<t:Body/><!-- </m:ResponseCode>ErrorFake< -->") == "ErrorLast");
  CHECK(code_of("Error but no code", "<RResponseCode a='b'>ErrorFake</RResponseCode>") == "ErrorLast");
}

TEST_CASE("bodies in chunks and in gzip are read too") {
  for (const int bits : {15 + 16, 15, -15}) {  // gzip, zlib, and deflate without its head
    const std::string coding =
        bits == 15 + 16 ? "Content-Encoding: gzip\r\n" : "Content-Encoding: deflate\r\n";
    const auto e =
        only({client(chunked(ews + coding, gzip(get_folder, bits), 7)),
              server(chunked(ok + coding, gzip(get_folder_response("ErrorItemNotFound"), bits), 50))});
    CHECK(http_of(e).operation == "GetFolder");
    CHECK(http_of(e).response_code == "ErrorItemNotFound");
  }
}

TEST_CASE("100 Continue announces the response and isn't one") {
  const auto body = with_length("Expect: 100-continue\r\n", get_folder);
  const auto split = body.find("<?xml");
  const auto e = only({client(ews + body.substr(0, split)), server("HTTP/1.1 100 Continue\r\n\r\n"),
                       client(body.substr(split)), server(with_length(ok, get_folder_response("NoError")))});
  CHECK(e.status == "200");
  CHECK(e.first_byte == Microseconds(3000));
  CHECK(http_of(e).response_code == "NoError");
}

TEST_CASE("pipelined requests wait for their responses in order") {
  Surroundings surroundings;
  const Conversation conversation{
      client("GET /owa/ HTTP/1.1\r\n\r\nHEAD /ecp/ HTTP/1.1\r\n\r\n" + with_length(ews, get_folder)),
      server(
          "HTTP/1.1 302 Found\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" +
          with_length(ok, get_folder_response("NoError")))};
  const auto told = show(Protocol::http, surroundings, conversation, Cut::random);
  REQUIRE(told.exchanges.size() == 3);
  CHECK(told.exchanges[0].service == Service::owa);
  CHECK(told.exchanges[0].status == "302");
  CHECK(http_of(told.exchanges[1]).method == "HEAD");
  CHECK(told.exchanges[1].service == Service::ecp);
  CHECK(http_of(told.exchanges[2]).operation == "GetFolder");
}

TEST_CASE("Exchange's methods that llhttp doesn't know are read like any other") {
  for (const std::string method :
       {"BPROPFIND", "BPROPPATCH", "BCOPY", "BMOVE", "BDELETE", "POLL", "SUBSCRIBE", "UNSUBSCRIBE",
        "X-MS-ENUMATTS", "NOTIFY", "SEARCH", "PROPFIND", "RPC_IN_DATA", "RPC_OUT_DATA"}) {
    Surroundings surroundings;
    const auto request =
        with_length(method + " /exchange/anna/Inbox HTTP/1.1\r\n", "<a:propfind xmlns:a='DAV:'/>");
    const auto told =
        show(Protocol::http, surroundings,
             {client(request + request), server(chunked("HTTP/1.1 207 Multi-Status\r\n", "<x/>", 2)),
              server("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")},
             Cut::random);
    INFO(method);
    CHECK(told.stopped.empty());
    REQUIRE(told.exchanges.size() == 2);
    CHECK(http_of(told.exchanges[0]).method == method);
    CHECK(told.exchanges[0].status == "207");
    CHECK(told.exchanges[0].request_bytes == request.size());
    CHECK(told.exchanges[1].status == "404");
    CHECK(told.exchanges[1].failed);
  }
}

TEST_CASE("a method that nobody knows is passed over and not written down") {
  const auto e =
      only({client("FROBNICATE / HTTP/1.1\r\n\r\n"), server("HTTP/1.1 501 No\r\nContent-Length: 0\r\n\r\n")});
  CHECK(http_of(e).method == "other");
  CHECK(e.status == "501");
}

TEST_CASE("after an upgrade the tap stops and says so") {
  Surroundings surroundings;
  const auto told =
      show(Protocol::http, surroundings,
           {client("GET /owa/socket HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
            server("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "
                   "websocket\r\n\r\n\x81\x05hello"),
            client("\x81\x85junk")});
  REQUIRE(told.exchanges.size() == 1);
  CHECK(told.exchanges[0].status == "101");
  CHECK(http_of(told.exchanges[0]).upgraded);
  CHECK(told.stopped == "what follows an upgrade is no HTTP");
  CHECK(told.times_stopped == 1);
}

TEST_CASE("an upgrade that the server doesn't want leaves the connection with HTTP") {
  Surroundings surroundings;
  const auto told = show(Protocol::http, surroundings,
                         {client("GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"),
                          server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
                          client("GET /ews/ HTTP/1.1\r\n\r\n"), server("HTTP/1.1 204 No Content\r\n\r\n")},
                         Cut::random);
  CHECK(told.stopped.empty());
  REQUIRE(told.exchanges.size() == 2);
  CHECK(told.exchanges[1].status == "204");
}

TEST_CASE("what is no HTTP stops the tap once, whoever says it") {
  for (const auto& said :
       {client("\x16\x03\x01 hello"), client("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        client("GET / FTP/9\r\n\r\n"), server("+OK POP3\r\n"), client(std::string(100, 'A'))}) {
    Surroundings surroundings;
    const auto told = show(Protocol::http, surroundings, {said, said, said});
    CHECK(told.times_stopped == 1);
    CHECK_FALSE(told.stopped.empty());
  }
}

TEST_CASE("lengths that are the same are one, and two lengths end the reading") {
  const std::string ending = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n";
  for (const auto* more : {"Content-Length: 5\r\n", "content-length:5 \r\nX: y\r\nCONTENT-LENGTH: 05\r\n",
                           "Content-Length: 5, 5\r\n"}) {
    const auto e = only({client("GET / HTTP/1.1\r\n" + std::string(more) + "\r\nhello"),
                         server(ending + more + "\r\nhello")});
    CHECK(e.complete);
    CHECK(e.status == "200");
  }
  for (const auto* more :
       {"Content-Length: 6\r\n", "Content-Length: 5, 6\r\n", "Content-Length: 5 6\r\n",
        "Content-Length: -5\r\n", "Content-Length: 99999999999999999999\r\n", "Content-Length:\r\n"}) {
    Surroundings surroundings;
    const auto told = show(
        Protocol::http, surroundings,
        {client("GET / HTTP/1.1\r\n\r\n"), server(ending + more + "\r\nhello"), server("HTTP/1.1 200 OK")});
    CHECK(told.times_stopped == 1);
  }
}

TEST_CASE("with chunks a length counts for nothing (RFC 9112 section 6.3)") {
  for (const auto* fields : {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                             "Transfer-Encoding: chunked\r\nContent-Length: 300\r\n"}) {
    const auto e =
        only({client("GET / HTTP/1.1\r\n\r\n"), server("HTTP/1.1 200 OK\r\n" + std::string(fields) +
                                                       "\r\n5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n")});
    CHECK(e.complete);
  }
}

TEST_CASE("a connection that ends in the middle leaves its exchange incomplete") {
  const auto request = with_length(ews, get_folder);
  SECTION("of the response") {
    const auto e = only({client(request), server("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")});
    CHECK(e.status == "200");
    CHECK_FALSE(e.complete);
    CHECK(e.response_bytes == 44);
  }
  SECTION("of the request") {
    const auto e = only({client(request.substr(0, request.size() - 10))});
    CHECK(e.status.empty());
    CHECK(e.failed);
    CHECK_FALSE(e.complete);
    CHECK(e.request_bytes == request.size() - 10);
  }
}

TEST_CASE("a response without a length ends with the stream") {
  Surroundings surroundings;
  Told told;
  const auto tap = make_tap(Protocol::http, surroundings.context, told);
  tap->on_bytes(Flow::to_upstream, as_bytes("GET /oab/ HTTP/1.0\r\n\r\n"), Instant{});
  tap->on_bytes(Flow::to_downstream, as_bytes("HTTP/1.0 200 OK\r\n\r\nto the end"), Instant{});
  CHECK(told.exchanges.empty());
  tap->on_end(Flow::to_downstream, Instant{});
  REQUIRE(told.exchanges.size() == 1);
  CHECK(told.exchanges[0].complete);
  CHECK(told.exchanges[0].response_bytes == 29);
}

TEST_CASE("a server's word to nobody is told without a request") {
  const auto e = only({server("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")});
  CHECK(e.status == "408");
  CHECK(http_of(e).method.empty());
}

TEST_CASE("a response without a request ends the reading, and fills no log") {
  const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  std::string flood;
  for (int i = 0; i < 1000; ++i) flood += ok;
  for (const auto& said : {Conversation{client("GET / HTTP/1.1\r\n\r\n"), server(ok + flood)},
                           Conversation{server(flood)}, Conversation{client("G"), server(flood)}}) {
    Surroundings surroundings;
    const auto told = show(Protocol::http, surroundings, said);
    CHECK(told.times_stopped == 1);
    CHECK(told.exchanges.size() <= 1);
  }
  Surroundings surroundings;
  const std::string timeout = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n";
  const auto told = show(Protocol::http, surroundings, {server(timeout + timeout + timeout)});
  CHECK(told.stopped == "a response without a request");
  CHECK(told.exchanges.size() == 1);
}

TEST_CASE("an early response waits for the rest of its request") {
  const auto request = with_length(ews, get_folder);
  const auto e =
      only({client(request.substr(0, 200)), server("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"),
            client(request.substr(200))});
  CHECK(e.status == "413");
  CHECK(e.complete);
  CHECK(e.request_bytes == request.size());
}

TEST_CASE(
    "a client that is refused before it has sent the body goes on with its next request, or with the body") {
  const std::string head = "POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: mail\r\nExpect: 100-continue\r\n";
  const auto expecting = with_length(head, get_folder);
  const auto announced = expecting.substr(0, expecting.size() - get_folder.size());
  const std::string refusal = "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n";
  const auto next =
      GENERATE_COPY(with_length(ews, get_folder), std::string("GET http://mail/owa HTTP/1.1\r\n\r\n"),
                    std::string("OPTIONS * HTTP/1.1\r\n\r\n"));
  const Conversation conversation{client(announced), server(refusal), client(next),
                                  server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")};
  for (const auto cut : {Cut::whole, Cut::each_byte}) {
    Surroundings surroundings;
    const auto told = show(Protocol::http, surroundings, conversation, cut);
    CHECK(told.stopped.empty());
    REQUIRE(told.exchanges.size() == 2);
    CHECK(told.exchanges.front().status == "417");
    CHECK(told.exchanges.front().complete);
    CHECK(told.exchanges.front().request_bytes == announced.size());
    CHECK(told.exchanges.back().status == "200");
    CHECK(told.exchanges.back().request_bytes == next.size());
  }

  // A body all the same, as most clients send it that have begun.
  const auto body =
      GENERATE_COPY(get_folder, std::string("POSTPONED the meeting, /all of it"), std::string("OK"));
  const auto whole = with_length(head, body);
  const auto e = only({client(whole.substr(0, whole.size() - body.size())), server(refusal), client(body)});
  CHECK(e.status == "417");
  CHECK(e.complete);
  CHECK(e.request_bytes == whole.size());
}

TEST_CASE("bytes beyond ASCII in a target are read on, and control characters not") {
  const auto e = only({client("GET  /public/Pr\xC3\xA4sentation.\xFF?q=\x80 HTTP/1.1\r\n\r\n"),
                       server("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")});
  CHECK(http_of(e).path == "/public/*");
  CHECK(e.status == "404");
  for (const std::string target : {"/a\x01", "/\x7F", "/\x1B[2J"}) {
    Surroundings surroundings;
    CHECK(show(Protocol::http, surroundings, {client("GET " + target + " HTTP/1.1\r\n\r\n")}).stopped ==
          "not HTTP, or a malformed message");
  }
}

TEST_CASE("more requests than anybody pipelines stop the tap") {
  Surroundings surroundings;
  std::string many;
  for (int i = 0; i < 65; ++i) many += "GET / HTTP/1.1\r\n\r\n";
  const auto told = show(Protocol::http, surroundings, {client(many)});
  CHECK(told.stopped == "too many requests without a response");
  CHECK(told.exchanges.size() == 64);  // told as far as they went
}

TEST_CASE("a gzip bomb costs no more than the bound") {
  const auto bomb = gzip("<a>" + std::string(std::size_t{50} << 20, ' '));
  const auto e = only({client(with_length(ews + "Content-Encoding: gzip\r\n", bomb)),
                       server(ok + "Content-Length: 0\r\n\r\n")});
  CHECK(http_of(e).operation.empty());
}

TEST_CASE("a document type ends the reading of a body, so no entity is expanded") {
  std::string laughs = "<!DOCTYPE x [<!ENTITY a \"ha\">";
  for (char c = 'b'; c < 'k'; ++c)
    laughs += "<!ENTITY " + std::string(1, c) + " \"" +
              std::string(10, '&').replace(1, 9, std::string(1, static_cast<char>(c - 1))) + ";\">";
  laughs += "]><s:Envelope><s:Body><GetFolder>&j;</GetFolder></s:Body></s:Envelope>";
  const auto e = only({client(with_length(ews, laughs)), server(ok + "Content-Length: 0\r\n\r\n")});
  CHECK(http_of(e).operation.empty());
}

TEST_CASE("a plain body is understood at a glance, and what takes a parser is left to one") {
  using Outcome = SoapReader::Glance::Outcome;
  const auto look = [](SoapReader::Kind kind, std::string_view xml) {
    SoapReader::Meaning meaning;
    meaning.begin(kind);
    const auto [outcome, position] = SoapReader::glance(xml, meaning);
    const std::string words = outcome == Outcome::known       ? "known"
                              : outcome == Outcome::irregular ? "irregular"
                                                              : "unfinished";
    return words + " " + meaning.operation + " " + meaning.code;
  };
  const auto request = [&](std::string_view xml) { return look(SoapReader::Kind::request, xml); };
  const auto response = [&](std::string_view xml) { return look(SoapReader::Kind::response, xml); };
  CHECK(request("\xEF\xBB\xBF<?xml version='1.0'?>\n<s:E a='>' b=\"/\"><s:Body><m:GetFolder x='y'>") ==
        "known GetFolder ");
  CHECK(request("<E><Header><Body/></Header><Body><GetFolder/></Body></E>") == "known GetFolder ");
  CHECK(request("<E><Body><GetFol") == "unfinished  ");
  CHECK(request("<?xm") == "unfinished  ");
  CHECK(request("<E><!-- x --><Body>") == "irregular  ");
  CHECK(request("<!DOCTYPE x [<!ENTITY a 'b'>]><E>") == "irregular  ");
  CHECK(request(std::string_view("<\0E\0>\0a\0", 8)) == "irregular  ");
  CHECK(request("</E><E><Body>") == "irregular  ");
  CHECK(response("<E><Body><GetItemResponse><ResponseCode>NoError</ResponseCode>") ==
        "known GetItem NoError");
  CHECK(response("<E><Body><GetItemResponse><ResponseCode>No&#69;rror</ResponseCode>") ==
        "irregular GetItem ");
  CHECK(response("<E><Body><Fault>broken</Fault></Body></E>") == "known  ");
}

TEST_CASE("a body of a coding that nobody knows has nothing of the body before it") {
  Surroundings surroundings;
  const auto told =
      show(Protocol::http, surroundings,
           {client(with_length("POST /EWS/Exchange.asmx HTTP/1.1\r\n", "<E><Body><GetItem/></Body></E>")),
            server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            client(with_length("POST /EWS/Exchange.asmx HTTP/1.1\r\nContent-Encoding: br\r\n", "squeezed")),
            server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")});
  REQUIRE(told.exchanges.size() == 2);
  CHECK(http_of(told.exchanges[0]).operation == "GetItem");
  CHECK(http_of(told.exchanges[1]).operation.empty());
}

TEST_CASE("ActiveSync's, MAPI's and Autodiscover's own words are told") {
  auto e = only(
      {client("POST /Microsoft-Server-ActiveSync?User=anna&DeviceId=SEKRIT&DeviceType=iPhone&Cmd=FolderSync "
              "HTTP/1.1\r\n"
              "Content-Length: 0\r\n\r\n"),
       server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")});
  CHECK(e.service == Service::activesync);
  CHECK(http_of(e).operation == "FolderSync");
  CHECK(http_of(e).path == "/Microsoft-Server-ActiveSync?Cmd=FolderSync&DeviceType=iPhone");

  e = only({client("POST /mapi/emsmdb/?MailboxId=8d1a@contoso.com HTTP/1.1\r\nX-RequestType: "
                   "Execute\r\nContent-Length: 3\r\n\r\nabc"),
            server("HTTP/1.1 200 OK\r\nX-ResponseCode: 6\r\nContent-Length: 0\r\n\r\n")});
  CHECK(e.service == Service::mapi);
  CHECK(http_of(e).operation == "Execute");
  CHECK(http_of(e).response_code == "6");
  CHECK(e.failed);
  CHECK(http_of(e).path == "/mapi/emsmdb/");

  e = only(
      {client(with_length("POST /autodiscover/autodiscover.xml HTTP/1.1\r\n", "<Autodiscover/>")),
       server(with_length(
           "HTTP/1.1 200 OK\r\n",
           "<Autodiscover><Response><Error><ErrorCode>600</ErrorCode></Error></Response></Autodiscover>"))});
  CHECK(e.service == Service::autodiscover);
  CHECK(http_of(e).response_code == "600");
  CHECK(e.failed);
}

TEST_CASE("random bytes and random turns never disturb anything but the tap itself") {
  std::mt19937 random(7);
  const std::string good = with_length(ews, get_folder) + with_length(ok, get_folder_response("NoError"));
  for (int round = 0; round < 300; ++round) {
    Surroundings surroundings;
    Conversation conversation;
    for (int turn = 0; turn < 6; ++turn) {
      auto text = good;
      for (int i = 0; i < 3; ++i) text[random() % text.size()] = static_cast<char>(random());
      const auto begin = random() % text.size();
      conversation.push_back(
          {random() % 2 == 0 ? Flow::to_upstream : Flow::to_downstream, text.substr(begin)});
    }
    const auto told =
        show(Protocol::http, surroundings, conversation, Cut::random, static_cast<unsigned>(round));
    CHECK(told.times_stopped <= 1);
  }
}
