// Refusals that no certificate mends, as servers answer them.
#include "inspect/refusal.h"

#include <catch2/catch_test_macros.hpp>

#include "mail_transcript.h"
#include "tests/inspect/tap_support.h"

using namespace mailtap;
using namespace mailtap::inspect;
using namespace mailtap::inspect::test;
using config::Protocol;
using Script = std::vector<std::string>;

namespace {

std::string finding(std::string_view reply, AuthScheme scheme = AuthScheme::basic) {
  const auto found = finding_of_reply(reply, scheme);
  return found ? std::string(to_string(*found)) : "";
}

std::string all_findings(const std::vector<Exchange>& exchanges) {
  std::string text;
  for (const auto& exchange : exchanges)
    for (const auto each : exchange.findings)
      text += (text.empty() ? "" : " ") + std::string(to_string(each));
  return text;
}

std::string findings_of(Protocol protocol, const Script& script) {
  const auto whole = all_findings(MailTranscript(protocol).hear(script).close().exchanges);
  CHECK(all_findings(MailTranscript(protocol, 1).hear(script).close().exchanges) == whole);
  return whole;
}

std::string findings_of(const std::string& request, const std::string& response) {
  Surroundings surroundings;
  const auto told = show(Protocol::http, surroundings, {client(request), server(response)}, Cut::random);
  const auto text = written(told);
  CHECK(text.find("tenant-secret") == std::string::npos);
  return all_findings(told.exchanges);
}

const std::string ews = "POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: mail\r\nContent-Length: 0\r\n";

}  // namespace

TEST_CASE("Exchange Online's refusals of SMTP AUTH are told from a wrong password") {
  CHECK(
      finding(
          "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.") ==
      "smtp-auth-off");
  CHECK(finding("535 5.7.139 Authentication unsuccessful, basic authentication is disabled.") == "basic-off");
  CHECK(finding("535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.").empty());
  CHECK(finding("535 5.7.3 Authentication unsuccessful").empty());
  CHECK(finding("550 5.7.30 Basic authentication is not supported for Client Submission", AuthScheme::none) ==
        "smtp-auth-off");
  CHECK(finding("550 5.7.300 something else", AuthScheme::none).empty());
}

TEST_CASE("a token that is refused is told in each protocol") {
  CHECK(findings_of(Protocol::smtp,
                    {"S: 220 mail", "C: AUTH XOAUTH2 dXNlcg==", "S: 334 eyJzdGF0dXMiOiI0MDAifQ==", "C: ",
                     "S: 535 5.7.3 Authentication unsuccessful"}) == "oauth-refused");
  CHECK(findings_of(Protocol::imap,
                    {"S: * OK ready", "C: a AUTHENTICATE XOAUTH2 dXNlcg==", "S: + eyJzdGF0dXMiOiI0MDAifQ==",
                     "C: ", "S: a NO AUTHENTICATE failed."}) == "oauth-refused");
  CHECK(findings_of(Protocol::pop3,
                    {"S: +OK ready", "C: AUTH OAUTHBEARER dXNlcg==", "S: -ERR Authentication failure"}) ==
        "oauth-refused");
  CHECK(findings_of(ews + "Authorization: Bearer tenant-secret\r\n\r\n",
                    "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nx-ms-diagnostics: "
                    "2000003;reason=\"tenant-secret\";error_category=\"invalid_resource\"\r\n\r\n") ==
        "oauth-refused");
}

TEST_CASE("a token or password that is taken leaves no such finding") {
  CHECK(findings_of(Protocol::imap, {"S: * OK ready", "C: a AUTHENTICATE XOAUTH2 dXNlcg==", "S: a OK done"})
            .empty());
  CHECK(findings_of(ews + "Authorization: Bearer tenant-secret\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            .empty());
  CHECK(findings_of(ews + "\r\n",
                    "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nWWW-Authenticate: Bearer\r\n\r\n")
            .empty());
}

TEST_CASE("Basic is switched off where a password is refused and not asked for again") {
  const auto with_basic = ews + "Authorization: Basic dTpw\r\n\r\n";
  CHECK(findings_of(with_basic,
                    "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nWWW-Authenticate: "
                    "Negotiate\r\nWWW-Authenticate: "
                    "Bearer x=1\r\n\r\n") == "basic-over-tls basic-off");
  CHECK(findings_of(with_basic,
                    "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nWWW-Authenticate: "
                    "Negotiate\r\nWWW-Authenticate: "
                    "Basic realm=\"m\"\r\n\r\n") == "basic-over-tls");
  CHECK(findings_of(
            with_basic,
            "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nWWW-Authenticate: NTLM, Basic\r\n\r\n") ==
        "basic-over-tls");
}

TEST_CASE("EWS is blocked where an authenticated request is forbidden, or the diagnostics say so") {
  CHECK(findings_of(ews + "Authorization: Bearer t\r\n\r\n",
                    "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n") == "ews-blocked");
  CHECK(findings_of(ews + "\r\n", "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").empty());
  CHECK(findings_of(ews + "\r\n",
                    "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nX-MS-Diagnostics: 1;reason=\"EWS is "
                    "disabled\"\r\n\r\n") == "ews-blocked");
  CHECK(findings_of("GET /owa/ HTTP/1.1\r\nHost: mail\r\nAuthorization: Bearer t\r\n\r\n",
                    "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            .empty());
}

TEST_CASE("throttling is told by its status, Retry-After, the diagnostics or EWS's code") {
  const auto request = ews + "\r\n";
  CHECK(findings_of(request,
                    "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n") ==
        "throttled");
  CHECK(findings_of(request, "HTTP/1.1 503 Unavailable\r\nRetry-After: 10\r\nContent-Length: 0\r\n\r\n") ==
        "throttled");
  HttpRefusal seconds;
  seconds.add_retry_after("120");
  CHECK(seconds.retry_after_seconds == 120);
  for (const auto* other : {"Wed, 21 Oct 2026 07:28:00 GMT", "-1", "99999999999", ""}) {
    HttpRefusal refusal;
    refusal.add_retry_after(other);
    CHECK(refusal.retry_after);
    CHECK_FALSE(refusal.retry_after_seconds);
  }
  CHECK(findings_of(request, "HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n").empty());
  CHECK(findings_of(request,
                    "HTTP/1.1 500 x\r\nX-MS-Diagnostics: 4;reason=\"request was "
                    "throttled\"\r\nContent-Length: 0\r\n\r\n") == "throttled");
  const std::string soap =
      "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><m:GetItemResponse "
      "xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\"><m:ResponseMessages>"
      "<m:GetItemResponseMessage><m:ResponseCode>ErrorServerBusy</m:ResponseCode></m:GetItemResponseMessage>"
      "</m:ResponseMessages></m:GetItemResponse></s:Body></s:Envelope>";
  CHECK(findings_of(request, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: " +
                                 std::to_string(soap.size()) + "\r\n\r\n" + soap) == "throttled");
  CHECK(findings_of(Protocol::smtp, {"S: 220 mail", "C: MAIL FROM:<a@b.test>",
                                     "S: 432 4.3.2 Concurrent connections limit exceeded"}) == "throttled");
  CHECK(findings_of(Protocol::imap,
                    {"S: * OK ready", "C: a SELECT INBOX",
                     "S: a NO Request is throttled. Suggested Backoff Time: 92415 milliseconds"}) ==
        "throttled");
}

TEST_CASE("every finding has a name, a sentence and a remedy") {
  for (int i = 0; i <= static_cast<int>(TrafficFinding::throttled); ++i) {
    const auto each = static_cast<TrafficFinding>(i);
    CHECK(to_string(each) != "unknown");
    CHECK(!explain(each).empty());
    CHECK(!remedy(each).empty());
  }
}
