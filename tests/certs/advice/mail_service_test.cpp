// What Exchange Online and Exchange on premises refuse.
#include "certs/advice/mail_service.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

using namespace mailtap;
using namespace mailtap::certs;

namespace {

Time day(const std::string& date) {
  return from_rfc3339(date + "T00:00:00Z").value();
}

bool any_has(const std::vector<std::string>& lints, std::string_view text) {
  return std::any_of(lints.begin(), lints.end(),
                     [&](const auto& lint) { return lint.find(text) != std::string::npos; });
}

}  // namespace

TEST_CASE("Exchange Online is known by its servers' names, Exchange on premises by its greeting") {
  CHECK(mail_service_of("outlook.office365.com", "") == "Exchange Online");
  CHECK(mail_service_of("SMTP.Office365.com.", "220 x Microsoft ESMTP MAIL Service ready") ==
        "Exchange Online");
  CHECK(mail_service_of("contoso-com.mail.protection.outlook.com", "") == "Exchange Online");
  CHECK(mail_service_of("myoffice365.com", "").empty());
  CHECK(
      mail_service_of("mail.contoso.com", "220 MAIL.contoso.com Microsoft ESMTP MAIL Service ready at Sun") ==
      "Exchange Server");
  CHECK(mail_service_of("mail.contoso.com", "* OK The Microsoft Exchange IMAP4 service is ready.") ==
        "Exchange Server");
  CHECK(mail_service_of("mail.contoso.com", "220 mail.contoso.com ESMTP Postfix").empty());
}

TEST_CASE("what is refused already and what will be within a year are told apart, and nothing later") {
  const auto today = service_lints("Exchange Online", "http", day("2026-11-29"));
  CHECK(
      any_has(today,
              "Exchange Online refuses Exchange Web Services, but of applications that the tenant allows by "
              "name (since 2026-10-01)"));
  CHECK(any_has(
      today, "Exchange Online will refuse Exchange Web Services, of every application (from 2027-04-01 on)"));
  CHECK_FALSE(any_has(service_lints("Exchange Online", "http", day("2026-01-01")), "of every application"));
  CHECK(any_has(service_lints("Exchange Online", "imap", day("2026-11-29")), "TLS 1.0 and 1.1"));
  CHECK(any_has(service_lints("Exchange Online", "smtp", day("2026-11-29")),
                "550 5.7.30 (from 2026-12-31 on)"));
  CHECK_FALSE(any_has(service_lints("Exchange Online", "smtp", day("2026-11-29")), "TLS 1.0"));
  CHECK(any_has(service_lints("Exchange Server", "imap", day("2026-11-29")), "Extended Protection"));
  CHECK(service_lints("", "http", day("2026-11-29")).empty());
}
