#include "proxy/check/protocols_report.h"

#include <algorithm>

#include "certs/model/summary.h"
#include "config/base/phrases.h"
#include "config/base/text.h"
#include "tls/names.h"
#include "tls/numbers.h"
#include "tls/survey/suites.h"
#include "tls/survey/weaknesses.h"

namespace mailtap::check {

namespace {

using namespace tls::survey;
using terminal::Tone;

struct Words {
  std::string_view protocols, grade, no_grade, not_spoken, no_answer, groups, signatures, by_server,
      by_client, certificates, extensions, weaknesses, not_found, asked, lost, yes, no, unknown, potential,
      bits, own_prime, resumption, ticket, early_data, post_quantum;
};

constexpr Words english{
    .protocols = "protocols",
    .grade = "grade ",
    .no_grade = "no grade",
    .not_spoken = "no",
    .no_answer = "no answer",
    .groups = "groups",
    .signatures = "signatures",
    .by_server = "in the server's order",
    .by_client = "the client's order decides",
    .certificates = "shown for",
    .extensions = "able to",
    .weaknesses = "weak",
    .not_found = "not: ",
    .asked = " questions asked",
    .lost = " of them not answered",
    .yes = "yes",
    .no = "no",
    .unknown = "unknown",
    .potential = "potential",
    .bits = " bits",
    .own_prime = "a prime of its own",
    .resumption = "sessions resumed",
    .ticket = "ticket for",
    .early_data = "early data",
    .post_quantum = "post-quantum key exchange",
};

constexpr Words vietnamese{
    .protocols = "giao thức",
    .grade = "hạng ",
    .no_grade = "không xếp hạng",
    .not_spoken = "không",
    .no_answer = "không trả lời",
    .groups = "nhóm",
    .signatures = "chữ ký",
    .by_server = "theo thứ tự của máy chủ",
    .by_client = "theo thứ tự của máy khách",
    .certificates = "đưa ra cho",
    .extensions = "hỗ trợ",
    .weaknesses = "điểm yếu",
    .not_found = "không có: ",
    .asked = " câu hỏi",
    .lost = " không được trả lời",
    .yes = "có",
    .no = "không",
    .unknown = "không rõ",
    .potential = "có thể",
    .bits = " bit",
    .own_prime = "số nguyên tố riêng",
    .resumption = "tiếp tục phiên",
    .ticket = "vé",
    .early_data = "dữ liệu sớm",
    .post_quantum = "trao đổi khóa hậu lượng tử",
};

/// The first of a long list: all are in JSON, and with their versions above.
std::string shortened(const std::string& text) {
  constexpr std::size_t max_parts = 3;
  std::size_t parts = 1, end = std::string::npos;
  for (std::size_t at = text.find(", "); at != std::string::npos; at = text.find(", ", at + 2))
    if (parts++ == max_parts) end = at;
  return parts <= max_parts + 1 ? text : text.substr(0, end) + ", + " + std::to_string(parts - max_parts);
}

class Text {
 public:
  Text(const Findings& findings, Language language, const WriteLine& line)
      : findings_(findings),
        language_(language),
        words_(language == Language::vietnamese ? vietnamese : english),
        line_(line) {}

  void write() {
    const auto weaknesses = weaknesses_of(findings_);
    grade(grade_of(findings_, weaknesses));
    for (const auto& version : findings_.versions) write(version);
    for (const auto& certificate : findings_.certificates) write(certificate);
    features();
    write(weaknesses);
    auto asked = std::to_string(findings_.questions) + std::string(words_.asked);
    if (findings_.unanswered > 0)
      asked += ", " + std::to_string(findings_.unanswered) + std::string(words_.lost);
    line_({}, asked, Tone::faint, 0);
  }

 private:
  void grade(const Grade& grade) {
    const bool none = grade.letter == '?';
    const auto tone = grade.letter == 'A' ? Tone::good : Tone::bad;
    line_(words_.protocols, none ? std::string(words_.no_grade) : std::string(words_.grade) + grade.letter,
          tone, 0);
    for (const auto& reason : grade.reasons) line_({}, translated(shortened(reason)), tone, 2);
  }

  void write(const VersionFound& version) {
    const auto name = tls::version_name(version.version);
    if (!version.spoken) {
      const auto answer = findings_.stopped_answering ? words_.unknown
                          : version.unanswered        ? words_.no_answer
                                                      : words_.not_spoken;
      line_({},
            name + ": " + std::string(answer) +
                (version.detail.empty() ? "" : ", " + translated(version.detail)),
            Tone::faint, 0);
      return;
    }
    line_({}, name + ": " + std::string(words_.yes) + order(version.order), Tone::plain, 0);
    for (const auto& suite : version.suites) line_({}, text_of(suite), Tone::plain, 2);
    if (!version.groups.empty())
      line_({},
            std::string(words_.groups) + ": " + join(tls::names_of(version.groups, tls::group_name), ", ") +
                order(version.group_order),
            Tone::plain, 2);
    if (!version.signature_algorithms.empty())
      line_({},
            std::string(words_.signatures) + ": " +
                join(tls::names_of(version.signature_algorithms, tls::signature_algorithm_name), ", "),
            Tone::plain, 2);
    sessions(version);
  }

  void sessions(const VersionFound& version) {
    if (version.resumes == Known::unknown) return;
    auto text = std::string(words_.resumption) + ": " +
                std::string(version.resumes == Known::yes ? words_.yes : words_.no);
    if (version.ticket_lifetime != 0)
      text += ", " + std::string(words_.ticket) + " " + std::to_string(version.ticket_lifetime) + " s";
    if (version.early_data != Known::unknown)
      text += ", " + std::string(words_.early_data) + ": " +
              std::string(version.early_data == Known::yes ? words_.yes : words_.no);
    line_({}, text, Tone::plain, 2);
  }

  std::string order(Order order) const {
    if (order == Order::unknown) return {};
    return ", " + std::string(order == Order::server ? words_.by_server : words_.by_client);
  }

  std::string text_of(const SuiteFound& suite) const {
    auto text = tls::cipher_suite_name(suite.suite);
    if (suite.group != 0) text += ", " + tls::group_name(suite.group);
    if (suite.dh_bits != 0) {
      text += ", DH " + std::to_string(suite.dh_bits) + std::string(words_.bits);
      text += " (" + (suite.dh_group.empty() ? std::string(words_.own_prime) : suite.dh_group) + ")";
    }
    return text;
  }

  void write(const CertificateFound& found) {
    const auto summary = certs::summaries_of({found.chain.front()}).front();
    auto when = found.when;
    for (auto& one : when) one = translated(one);
    line_({},
          std::string(words_.certificates) + " " + (when.empty() ? "-" : join(when, ", ")) + ": " +
              summary.subject + ", " + summary.key + ", " + summary.signature,
          Tone::plain, 0);
  }

  void features() {
    const std::pair<std::string_view, Known> all[] = {
        {"secure renegotiation", findings_.secure_renegotiation},
        {"renegotiation by the client", findings_.client_renegotiation},
        {"extended main secret", findings_.extended_main_secret},
        {"encrypt-then-MAC", findings_.encrypt_then_mac},
        {"session tickets", findings_.tickets},
        {"session identifiers", findings_.session_ids},
        {"OCSP staple", findings_.staple},
        {"fallback SCSV", findings_.fallback_scsv},
        {"compression", findings_.compression},
        {"heartbeats", findings_.heartbeat},
        {"client certificate", findings_.client_certificate},
    };
    std::vector<std::string> parts;
    for (const auto& [name, known] : all)
      if (known != Known::unknown)
        parts.push_back(said(language_, name) + ": " +
                        std::string(known == Known::yes ? words_.yes : words_.no));
    if (findings_.speaks(tls::version::tls13)) {
      const auto groups = join(tls::names_of(findings_.post_quantum_groups(), tls::group_name), " ");
      parts.push_back(std::string(words_.post_quantum) + ": " +
                      (!groups.empty()               ? groups
                       : findings_.stopped_answering ? std::string(words_.unknown)
                                                     : std::string(words_.no)));
    }
    if (!findings_.alpn.empty()) parts.push_back("ALPN: " + join(findings_.alpn, " "));
    if (!findings_.without_sni.empty()) parts.push_back(translated("no SNI: " + findings_.without_sni));
    if (!findings_.unknown_sni.empty()) parts.push_back(translated("unknown SNI: " + findings_.unknown_sni));
    if (!parts.empty()) line_({}, std::string(words_.extensions) + ": " + join(parts, ", "), Tone::plain, 0);
  }

  void write(const std::vector<Weakness>& weaknesses) {
    std::vector<std::string> absent;
    bool is_first = true;
    for (const auto& one : weaknesses) {
      if (one.state == State::no) {
        absent.emplace_back(one.name);
        continue;
      }
      auto text = std::string(one.name) + (one.id.empty() ? "" : " (" + std::string(one.id) + ")") + ": ";
      text += one.state == State::yes         ? words_.yes
              : one.state == State::potential ? words_.potential
                                              : words_.unknown;
      if (!one.detail.empty()) text += ", " + translated(shortened(one.detail));
      line_(std::exchange(is_first, false) ? words_.weaknesses : std::string_view{}, text,
            one.state == State::yes ? Tone::bad : Tone::plain, 0);
    }
    if (!absent.empty())
      line_(is_first ? words_.weaknesses : std::string_view{},
            std::string(words_.not_found) + join(absent, ", "), Tone::good, 0);
  }

  std::string translated(std::string_view sentence) const { return in_language(sentence, language_); }

  const Findings& findings_;
  const Language language_;
  const Words& words_;
  const WriteLine& line_;
};

}  // namespace

void write_protocols(const Findings& findings, certs::Language language, const WriteLine& line) {
  Text(findings, language, line).write();
}

}  // namespace mailtap::check
