#include "config/base/phrases.h"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <set>
#include <string>

#include "config/base/days.h"

using namespace mailtap;

namespace {

std::string vietnamese(std::string_view sentence) {
  return in_language(sentence, Language::vietnamese);
}

std::set<std::string> placeholders(std::string_view text) {
  std::set<std::string> names;
  for (auto open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1))
    names.emplace(text.substr(open, text.find('}', open) - open));
  return names;
}

}  // namespace

TEST_CASE("each sentence has both languages, with the same placeholders") {
  CHECK(phrases().size() > 400);
  std::set<std::string_view> seen;
  for (const auto& phrase : phrases()) {
    INFO(phrase.english);
    CHECK(seen.insert(phrase.english).second);
    CHECK_FALSE(phrase.vietnamese.empty());
    CHECK(placeholders(phrase.english) == placeholders(phrase.vietnamese));
    CHECK(phrase.vietnamese.find('\t') == std::string_view::npos);
  }
}

TEST_CASE("a sentence is said in the reader's language, with what is put in") {
  CHECK(said(Language::english, "expired on {date}, {DAYS} ago", {"2024-03-01", "1 day"}) ==
        "expired on 2024-03-01, 1 day ago");
  CHECK(said(Language::vietnamese, "expired on {date}, {DAYS} ago", {"2024-03-01", "1 day"}) ==
        "hết hạn ngày 2024-03-01, 1 ngày trước");
  CHECK(said(Language::vietnamese, "nobody has written {this} down", {"x"}) == "nobody has written x down");
}

TEST_CASE("a sentence that was made in English is found again and put into the reader's language") {
  CHECK(in_language("expired on 2024-03-01, 12 days ago", Language::english) ==
        "expired on 2024-03-01, 12 days ago");
  CHECK(vietnamese("expired on 2024-03-01, 12 days ago") == "hết hạn ngày 2024-03-01, 12 ngày trước");
  CHECK(vietnamese("certificate 0: no subjectAltName") == "chứng chỉ 0: không có subjectAltName");
  CHECK(vietnamese("the server sent alert unknown_ca (48): it doesn't trust the issuer of the certificate") ==
        "máy chủ gửi cảnh báo unknown_ca (48): nó không tin cậy bên cấp chứng chỉ");
}

TEST_CASE("several sentences in one text are found one by one") {
  CHECK(
      vietnamese("the root CN=Old isn't among the trusted ones; a certificate of the same name is, but has "
                 "another key (one of the two was renewed)") ==
      "gốc CN=Old không nằm trong các gốc tin cậy; một chứng chỉ cùng tên thì có, nhưng khóa khác (một trong "
      "hai đã được gia hạn)");
  CHECK(vietnamese("TLS with the server failed (SSL - Bad input)") ==
        "TLS với máy chủ thất bại (SSL - Bad input)");
  CHECK(vietnamese("mail.test: the client did not close") == "mail.test: máy khách không đóng kết nối");
  CHECK(
      vietnamese(
          "Prefer NTLM, Kerberos or OAuth where client and server can. Have the client require STARTTLS.") ==
      "Nên dùng NTLM, Kerberos hoặc OAuth nếu máy khách và máy chủ hỗ trợ. Hãy bắt máy khách dùng STARTTLS.");
}

TEST_CASE("what a peer chose stays as it is, and what isn't in the catalogue too") {
  CHECK(vietnamese("no DNS name: the server") == "không phải tên DNS: the server");
  CHECK(vietnamese("its issuer (CN={name}) was neither sent nor is it trusted") ==
        "bên cấp (CN={name}) không được gửi và cũng không được tin cậy");
  CHECK(
      vietnamese("the server closed the connection before TLS had begun; the server had answered "
                 "\"554 the server: blocked; see (x)\"") ==
      "máy chủ đóng kết nối trước khi TLS bắt đầu; máy chủ đã trả lời \"554 the server: blocked; see (x)\"");
  CHECK(vietnamese("java.lang.Error: anything") == "java.lang.Error: anything");
  CHECK(vietnamese("hết hạn ngày 2024-03-01, 12 ngày trước") == "hết hạn ngày 2024-03-01, 12 ngày trước");
  CHECK(vietnamese("").empty());
}

TEST_CASE("a text that was made to be slow to read is not read for long") {
  const auto began = std::chrono::steady_clock::now();
  for (const auto* part : {"; ", ": ", " (", ", ", "certificate 1: ", "the server sent alert x: ", ")."}) {
    std::string text;
    while (text.size() < 4000) text += part;
    vietnamese(text);
    vietnamese("its issuer (" + text + ") was neither sent nor is it trusted, " + text);
  }
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(60));
}

TEST_CASE("days are counted by the calendar and said in one way") {
  const auto at = [](std::string_view text) { return from_rfc3339(text).value(); };
  CHECK(days_between(at("2026-11-29T23:59:59Z"), at("2026-11-30T00:00:00Z")) == 1);
  CHECK(days_between(at("2026-11-29T00:00:00Z"), at("2026-11-29T23:59:59Z")) == 0);
  CHECK(days_between(at("2026-11-29T00:00:01Z"), at("2026-11-28T23:59:59Z")) == -1);
  CHECK(days_text(1) == "1 day");
  CHECK(days_text(0) == "0 days");
  CHECK(days_text(-2) == "-2 days");
  CHECK(days_text(1, Language::vietnamese) == "1 ngày");
  CHECK(days_text(88, Language::vietnamese) == "88 ngày");
}

TEST_CASE("what is named as a peer is a peer") {
  CHECK(in_language("the server sent alert protocol_version (70): it speaks none of the TLS versions that "
                    "were offered; "
                    "it speaks TLS 1.0 or 1.1 only: allow it with legacy-tls",
                    Language::vietnamese)
            .ends_with("nó chỉ dùng TLS 1.0 hoặc 1.1: cho phép bằng legacy-tls"));
  CHECK(in_language(
            "the server sent alert protocol_version (70): it speaks TLS 1.0 or 1.1 only: allow it with x",
            Language::vietnamese)
            .starts_with("máy chủ gửi cảnh báo protocol_version (70): nó chỉ"));
  CHECK(in_language("the client speaks TLS 1.0 only: allow it with legacy-tls", Language::vietnamese)
            .ends_with(" chỉ dùng TLS 1.0: cho phép bằng legacy-tls"));
}

TEST_CASE(
    "what is refused, and what a file is instead of a certificate, is translated inside of its sentence") {
  CHECK(in_language(
            "Exchange Server refuses TLS 1.0 and 1.1, from Exchange Server 2019 on and unless its admin "
            "allows them (since 2018-10-22)",
            Language::vietnamese)
            .find(" and ") == std::string::npos);
  CHECK(in_language("x.pem holds no certificate: it is a private key; give the file of its certificate",
                    Language::vietnamese) ==
        "x.pem không có chứng chỉ nào: đó là một khóa riêng; hãy cho tệp chứng chỉ của nó");
}

TEST_CASE("what stands before a message is said in the same language, and an option's name stays") {
  CHECK(
      vietnamese("reload failed, the old configuration goes on: m.toml:1:1: upstream: \"mail\" has no port; "
                 "write it as mail:443") ==
      "đọc lại cấu hình không được, cấu hình cũ vẫn dùng: m.toml:1:1: upstream: \"mail\" thiếu cổng; hãy "
      "viết là mail:443");
  CHECK(vietnamese("m.toml:1:1: cert: warning: a.pem expires on 2026-12-01: renew it before") ==
        "m.toml:1:1: cert: cảnh báo: a.pem hết hạn ngày 2026-12-01: hãy gia hạn trước đó");
  CHECK(vietnamese("m.toml:4:1: client: must be a text in quotes") ==
        "m.toml:4:1: client: phải là chuỗi trong dấu nháy");
  CHECK(vietnamese("client: must be a text in quotes") == "client: phải là chuỗi trong dấu nháy");
}
