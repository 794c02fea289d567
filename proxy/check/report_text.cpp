#include <algorithm>

#include "certs/model/names.h"
#include "certs/system/windows_says.h"
#include "certs/verify/dates.h"
#include "certs/verify/dotnet.h"
#include "certs/verify/verdict.h"
#include "config/base/days.h"
#include "config/base/phrases.h"
#include "inspect/verdict_facts.h"
#include "inspect/writers/printable.h"
#include "proxy/check/judgement.h"
#include "proxy/check/labels.h"
#include "proxy/check/protocols_report.h"
#include "proxy/check/report.h"
#include "proxy/check/tolerance_report.h"
#include "tls/names.h"
#include "tls/numbers.h"

namespace mailtap::check {

namespace {

using certs::Finding;
using certs::Verdict;
using inspect::printable;
using terminal::Tone;

constexpr std::size_t title_width = 14;  // wider than every title by two columns at least
constexpr std::size_t narrowest = 30;    // of the text beside them
constexpr std::size_t max_names = 12;    // certificates of hosters carry hundreds

std::string day(Time time) {
  return to_rfc3339(time).substr(0, 10);
}

std::string fault_names(const std::vector<certs::Fault>& faults) {
  std::string text;
  for (const auto fault : faults) text += (text.empty() ? "" : ", ") + std::string(certs::to_string(fault));
  return text;
}

class Block {
 public:
  Block(const Report& report, certs::Language language, const terminal::Style& style)
      : report_(report), language_(language), labels_(labels_of(language)), style_(style) {}

  std::string write();

 private:
  void judgement();
  void server();
  void client_certificate();
  void versions();
  void version_judgement();
  void without_sni();
  void hellos();
  void chain(const Verdict& verdict);
  void certificate(const Verdict& verdict, std::size_t position, std::size_t depth);
  void findings(const Verdict& verdict, std::size_t position, std::size_t indent);
  void completion(const inspect::Completion& completion);
  void revocation(const std::vector<inspect::RevocationList>& lists);
  void responders(const std::vector<inspect::ResponderAnswer>& answers);
  void staple(const certs::Staple& staple);
  void names(const Verdict& verdict);
  void kind(const Verdict& verdict);
  void causes(const Verdict& verdict);
  void dotnet(const Verdict& verdict);
  void dotnet_connects();
  void windows(const Verdict& verdict);
  void clients(const Verdict& verdict);
  void validity(const Verdict& verdict);
  void protocols();
  void list(std::string_view title, const std::vector<std::string>& texts, bool numbered);

  /// Of the next line.
  void title(std::string_view title) { title_ = title; }
  /// Of what was found elsewhere (config/base/phrases.h).
  std::string translated(std::string_view sentence) const { return in_language(sentence, language_); }
  /// Wrapped, `indent` columns further in. What servers chose is made printable here, whatever it is part of.
  void line(const std::string& text, Tone tone = Tone::plain, std::size_t indent = 0);

  const Report& report_;
  const certs::Language language_;
  const Labels& labels_;
  const terminal::Style& style_;
  std::string text_;
  std::string_view title_;
};

std::string Block::write() {
  judgement();
  if (!report_.target.is_file()) {
    server();
    client_certificate();
    versions();
    version_judgement();
    without_sni();
    hellos();
  }
  if (report_.verdict == nullptr) {
    protocols();
    list(labels_.to_do, report_.steps, true);
    return std::move(text_);
  }
  const auto& verdict = *report_.verdict;
  chain(verdict);
  if (report_.looked_up.completion) completion(*report_.looked_up.completion);
  if (report_.looked_up.lists) revocation(*report_.looked_up.lists);
  if (report_.looked_up.responses) responders(*report_.looked_up.responses);
  staple(verdict.staple);
  names(verdict);
  kind(verdict);
  causes(verdict);
  dotnet(verdict);
  windows(verdict);
  clients(verdict);
  validity(verdict);
  protocols();
  list(labels_.to_do, report_.steps, true);
  list(labels_.lints, verdict.lints, false);
  return std::move(text_);
}

void Block::judgement() {
  text_ += style_.paint(Tone::strong, printable(report_.target.text)) + "  ";
  if (report_.verdict == nullptr) {
    text_ += style_.paint(Tone::bad, labels_.nothing_to_judge) + ": " + printable(translated(report_.error)) +
             "\n";
    return;
  }
  const auto& verdict = *report_.verdict;
  text_ += verdict.trusted() ? style_.paint(Tone::good, labels_.trusted)
                             : style_.paint(Tone::bad, labels_.not_trusted);
  text_ += ", ";
  text_ += report_.name.empty()   ? std::string(labels_.name_not_asked)
           : !verdict.name_known  ? std::string(labels_.name_unknown)
           : verdict.name_matches ? style_.paint(Tone::good, labels_.name_matches)
                                  : style_.paint(Tone::bad, labels_.name_mismatch);
  if (report_.version_judgement.only_old)
    text_ += ", " + style_.paint(Tone::bad, version_words_of(language_).judgement);
  text_ += '\n';
}

void Block::server() {
  if (report_.verdict == nullptr) return;
  title(labels_.server);
  std::string text = report_.address;
  const auto agreed =
      tls::names_of(report_.agreed.version, report_.agreed.cipher_suite, report_.agreed.group);
  for (const auto& part : {agreed.version, agreed.cipher_suite, agreed.group})
    if (!part.empty()) text += ", " + part;
  if (report_.target.starttls != Starttls::none)
    text += ", STARTTLS (" + std::string(to_string(report_.target.starttls)) + ")";
  line(text);
  if (!report_.handshake.empty())
    line(std::string(labels_.handshake_failed) + translated(report_.handshake), Tone::bad);
}

void Block::client_certificate() {
  title(labels_.client);
  switch (report_.client_certificate) {
    case ClientCertificate::not_asked: return title({});
    case ClientCertificate::not_shown: return line(std::string(labels_.asks_for_certificate));
    case ClientCertificate::demanded: return line(std::string(labels_.demands_certificate), Tone::bad);
    case ClientCertificate::taken: return line(std::string(labels_.takes_certificate));
    case ClientCertificate::refused: return line(std::string(labels_.refuses_certificate), Tone::bad);
  }
}

void Block::versions() {
  title(labels_.versions);
  for (const auto& [version, spoken, detail, by_handshake, suites, answered] : report_.versions) {
    const auto answer = !answered      ? version_words_of(language_).no_answer
                        : !spoken      ? labels_.no
                        : by_handshake ? labels_.yes
                                       : labels_.answers;
    auto text = version_title(version) + ": " + std::string(answer);
    if (!detail.empty()) text += ", " + translated(detail);
    for (const auto& suite : suites) text += ", " + suite;
    line(text, spoken ? Tone::plain : Tone::faint);
  }
}

/// Only where there is a fault: who refuses such a server, in the client's own words.
void Block::version_judgement() {
  const auto& judgement = report_.version_judgement;
  if (!judgement.only_old) return;
  const auto& words = version_words_of(language_);
  title("TLS");
  line("! " + std::string(old_versions_only) + ": " +
           filled_in(words.fault, "{version}", version_title(judgement.newest)),
       Tone::bad);
  for (const auto& client : judgement.clients) {
    if (client.outcome == ClientMeets::Outcome::connects) continue;
    const bool refuses = client.outcome == ClientMeets::Outcome::refused;
    line(std::string(client.title) + (refuses ? " " : ": ") + (refuses ? std::string(words.refused) : "") +
             client.says,
         Tone::faint, 2);
  }
}

void Block::without_sni() {
  title(labels_.without_sni);
  switch (report_.without_sni) {
    case WithoutSni::not_asked: return title({});
    case WithoutSni::same: return line(std::string(labels_.same_certificate));
    case WithoutSni::other_certificate:
      return line(std::string(labels_.other_certificate) + report_.without_sni_detail, Tone::bad);
    case WithoutSni::refused:
      return line(std::string(labels_.refused) + translated(report_.without_sni_detail), Tone::bad);
  }
}

/// What clients' hellos would come to.
void Block::hellos() {
  title(labels_.hello);
  for (const auto& [name, ja4, direct] : report_.hellos) {
    auto who = name;
    if (name != ja4) who.append(" (").append(ja4).append(")");
    if (direct.agrees != true) {
      line(who + ": " + direct.finding, Tone::bad);
      continue;
    }
    const auto agreed = tls::names_of(direct.version, direct.cipher_suite, direct.group);
    auto text = who + ": " + agreed.version;
    for (const auto& part : {agreed.cipher_suite, agreed.group, direct.alpn})
      if (!part.empty()) text += ", " + part;
    if (direct.hello_retry_request) text += ", " + std::string(labels_.after_retry);
    line(text);
  }
  if (report_.hellos.empty()) title({});
}

/// The root first, as Windows shows it; under each certificate what is wrong with it.
void Block::chain(const Verdict& verdict) {
  title(labels_.chain);
  auto path = verdict.path;
  if (path.empty()) path.push_back(0);  // a leaf that can't be read has none
  std::size_t depth = 0;
  const bool incomplete = std::any_of(verdict.findings.begin(), verdict.findings.end(), [](const Finding& f) {
    return f.fault == certs::Fault::incomplete_chain;
  });
  if (incomplete && path.back() < verdict.chain.size())
    line(verdict.chain[path.back()].issuer + " " + std::string(labels_.missing), Tone::bad, 3 * depth++);
  for (auto position = path.rbegin(); position != path.rend(); ++position) {
    if (*position < verdict.chain.size()) {
      certificate(verdict, *position, depth++);
      continue;
    }
    const auto below = position + 1;
    // What else completes it is told once.
    if (below != path.rend() && *below >= verdict.chain.size()) continue;
    const auto subject =
        below != path.rend() && *below < verdict.chain.size() ? verdict.chain[*below].issuer : "";
    line(subject + " " + std::string(labels_.in_trust_store), Tone::plain, 3 * depth);
    findings(verdict, *position, 3 * depth++);
  }
  bool any = false;
  for (std::size_t i = 0; i < verdict.chain.size(); ++i) {
    if (std::find(path.begin(), path.end(), i) != path.end()) continue;
    if (!std::exchange(any, true)) line(std::string(labels_.not_on_path), Tone::faint);
    certificate(verdict, i, 0);
  }
}

void Block::certificate(const Verdict& verdict, std::size_t position, std::size_t depth) {
  if (position >= verdict.chain.size()) return findings(verdict, position, 0);  // nothing was sent
  const auto& c = verdict.chain[position];
  const std::string branch = depth == 0 ? "" : "+- ";
  const auto indent = 3 * (depth == 0 ? 0 : depth - 1);
  const auto inside = 3 * depth;
  if (!c.readable) {
    line(branch + std::string(labels_.unreadable) + " sha256 " + c.sha256, Tone::plain, indent);
  } else {
    line(branch + (c.subject.empty() ? std::string(labels_.no_subject) : c.subject), Tone::plain, indent);
    line(c.key + ", " + c.signature + ", " + day(c.not_before) + std::string(labels_.to) + day(c.not_after),
         Tone::faint, inside);
  }
  findings(verdict, position, inside);
}

void Block::findings(const Verdict& verdict, std::size_t position, std::size_t indent) {
  for (const auto& finding : verdict.findings)
    if (finding.position == position)
      line("! " + std::string(certs::to_string(finding.fault)) + ": " + translated(finding.detail), Tone::bad,
           indent);
}

void Block::completion(const inspect::Completion& completion) {
  title("AIA");
  const auto& [reaches_root, faults, detail] = completion;
  if (!reaches_root) return line(std::string(labels_.aia_fails) + translated(detail), Tone::bad);
  if (faults.empty()) return line(std::string(labels_.aia_trusted), Tone::good);
  line(std::string(labels_.aia_faults) + fault_names(faults), Tone::bad);
}

void Block::revocation(const std::vector<inspect::RevocationList>& lists) {
  title("CRL");
  if (lists.empty()) line(std::string(labels_.no_lists), Tone::faint);
  for (const auto& [url, problem] : lists)
    line((url.empty() ? url : url + ": ") +
             (problem.empty() ? std::string(labels_.list_read) : translated(problem)),
         problem.empty() ? Tone::plain : Tone::bad);
}

void Block::responders(const std::vector<inspect::ResponderAnswer>& answers) {
  title("OCSP");
  if (answers.empty()) line(std::string(labels_.no_responders), Tone::faint);
  for (const auto& [url, problem] : answers)
    line(url + ": " + (problem.empty() ? std::string(labels_.answer_good) : translated(problem)),
         problem.empty() ? Tone::plain : Tone::bad);
}

void Block::staple(const certs::Staple& staple) {
  const auto count = [](const std::optional<std::size_t>& timestamps) {
    return timestamps ? std::to_string(*timestamps) : std::string("?");
  };
  if (staple.asked) {
    title(labels_.staple);
    std::string text(staple.ocsp ? labels_.staple_states[static_cast<std::size_t>(staple.ocsp->state)]
                                 : labels_.no_staple);
    if (staple.is_good() && staple.ocsp->next_update)
      text += std::string(labels_.until) + to_rfc3339(*staple.ocsp->next_update);
    if (staple.is_missing()) text += labels_.demanded_staple;
    const bool is_bad = staple.is_missing() || (staple.ocsp && !staple.is_good());
    line(text, is_bad ? Tone::bad : Tone::plain);
  }
  if (staple.in_certificate == 0U && staple.in_handshake == 0U && staple.in_ocsp == 0U) return;
  title("SCT");
  line(count(staple.in_certificate) + std::string(labels_.in_certificate) + count(staple.in_handshake) +
       std::string(labels_.in_handshake) + count(staple.in_ocsp) + std::string(labels_.in_ocsp));
}

/// Of the leaf, or of what says its names: a verdict without a name asked for counts them as known.
bool are_unreadable(const Verdict& verdict) {
  return !verdict.name_known || (!verdict.chain.empty() && !verdict.chain.front().readable);
}

void Block::names(const Verdict& verdict) {
  title(labels_.names);
  if (!report_.name.empty()) {
    line(std::string(labels_.asked_for) + report_.name);
  }
  if (verdict.address_as_dns_name)
    line(std::string(labels_.fits_as_dns), Tone::bad);
  else if (verdict.legacy_cn_match && !verdict.name_matches && !certs::refuses_name(verdict.dotnet))
    line(std::string(labels_.fits_by_cn), Tone::bad);
  if (verdict.names.empty())
    line(std::string(are_unreadable(verdict) ? labels_.unreadable : labels_.no_name), Tone::bad);
  std::size_t left_out = 0, shown = 0;
  for (const auto& name : verdict.names) {
    const auto fit = report_.name.empty() ? NameFit::none : fit_of(name, verdict);
    if (fit == NameFit::none && shown >= max_names) {
      ++left_out;
      continue;
    }
    ++shown;
    const auto how = fit == NameFit::exact      ? labels_.fits_exactly
                     : fit == NameFit::wildcard ? labels_.fits_by_wildcard
                     : fit == NameFit::address  ? labels_.fits_by_address
                                                : "";
    line(certs::name_for_people(name, language_) + (how.empty() ? "" : ": " + std::string(how)),
         fit == NameFit::none ? Tone::plain : Tone::good);
  }
  if (left_out > 0) line("+ " + std::to_string(left_out) + std::string(labels_.and_more), Tone::faint);
}

void Block::kind(const Verdict& verdict) {
  std::string text(labels_.kinds[static_cast<std::size_t>(verdict.kind)]);
  if (!verdict.template_name.empty())
    text += std::string(labels_.certificate_template) + verdict.template_name;
  title(labels_.kind);
  line(text);
}

void Block::causes(const Verdict& verdict) {
  title(labels_.cause);
  for (const int cause : verdict.causes) {
    const auto index = static_cast<std::size_t>(cause) - 1;
    line(std::to_string(cause) + ": " + std::string(labels_.causes[index]));
  }
}

void Block::dotnet(const Verdict& verdict) {
  const auto& [policy_errors, chain_status, exception] = verdict.dotnet;
  title(".NET");
  if (policy_errors.empty()) return dotnet_connects();
  line(join(policy_errors, ", ") + (chain_status.empty() ? "" : " (" + join(chain_status, ", ") + ")"));
  line(exception, Tone::faint);
}

/// The certificate is well: then it goes by the versions.
void Block::dotnet_connects() {
  const auto& judgement = report_.version_judgement;
  const auto& words = version_words_of(language_);
  if (judgement.only_old)
    return line(filled_in(words.dotnet_old, "{version}", version_title(judgement.newest)), Tone::bad);
  if (judgement.oldest == tls::version::tls13) return line(std::string(words.dotnet_newest), Tone::bad);
  line(std::string(labels_.dotnet_connects));
  if (judgement.oldest > tls::version::tls10) line(std::string(words.dotnet_not_old), Tone::faint);
}

/// What the machine itself says, status by status, and where that is something else than the verdict.
void Block::windows(const Verdict& verdict) {
  if (!report_.windows) return;
  title("Windows");
  bool is_first = true;
  for (const auto& text : certs::windows_says(*report_.windows)) {
    const auto tone = is_first && !report_.windows->accepts() ? Tone::bad : Tone::plain;
    line(translated(text), tone, is_first ? 0 : 2);
    is_first = false;
  }
  for (const auto& text : certs::windows_differences(*report_.windows, verdict))
    line("! " + translated(text), Tone::bad);
}

/// Where they differ: who accepts, who refuses, and each refusal in the client's own words. Of one that was
/// asked about, its own.
void Block::clients(const Verdict& verdict) {
  title(labels_.clients);
  if (const auto* asked = verdict.opinion_of(verdict.client)) {
    const auto subject = translated(asked->title);
    if (asked->accepts) return line(subject + std::string(labels_.accepts), Tone::good);
    return line(subject + std::string(labels_.refuses) + asked->message, Tone::bad);
  }
  std::vector<std::string> accepting;
  std::vector<std::string> refusing;
  for (const auto& client : verdict.clients)
    (client.accepts ? accepting : refusing).push_back(translated(client.title));
  if (accepting.empty() || refusing.empty()) return;
  line(join(accepting, ", ") + std::string(labels_.accept_it));
  line(join(refusing, ", ") + std::string(labels_.refuse_it));
  std::vector<std::string_view> said;
  for (const auto& client : verdict.clients) {
    if (client.accepts || std::find(said.begin(), said.end(), client.message) != said.end()) continue;
    said.push_back(client.message);
    line(translated(client.title) + ": " + client.message, Tone::faint, 2);
  }
}

void Block::validity(const Verdict& verdict) {
  if (!verdict.days_left) return;
  title(labels_.validity);
  const auto days = *verdict.days_left;
  const bool has_ended =
      std::any_of(verdict.findings.begin(), verdict.findings.end(),
                  [](const Finding& finding) { return finding.fault == certs::Fault::expired; });
  if (days < 0) return line(said(language_, "ended {DAYS} ago", {days_text(-days)}), Tone::bad);
  if (days == 0) return line(said(language_, has_ended ? "ended today" : "ends today"), Tone::bad);
  const bool soon = days < certs::warn_days_of(verdict);
  line(said(language_, soon ? "{DAYS} left: ends soon" : "{DAYS} left", {days_text(days)}),
       soon ? Tone::bad : Tone::plain);
}

void Block::protocols() {
  const WriteLine write = [this](std::string_view heading, const std::string& text, Tone tone,
                                 std::size_t indent) {
    if (!heading.empty()) title(heading);
    line(text, tone, indent);
  };
  if (report_.protocols) write_protocols(*report_.protocols, language_, write);
  if (report_.tolerance) write_tolerance(*report_.tolerance, language_, write);
}

void Block::list(std::string_view heading, const std::vector<std::string>& texts, bool numbered) {
  title(heading);
  std::size_t number = 0;
  for (const auto& text : texts) {
    line((numbered ? std::to_string(++number) + ". " : "- ") + translated(text));
  }
}

void Block::line(const std::string& text, Tone tone, std::size_t indent) {
  const auto letters = std::count_if(title_.begin(), title_.end(), [](char c) { return (c & 0xC0) != 0x80; });
  auto head =
      "  " + std::string(title_) + std::string(title_width - 2 - static_cast<std::size_t>(letters), ' ');
  title_ = {};
  const auto taken = title_width + indent;
  const auto width = std::max(style_.width, taken + narrowest) - taken;
  for (const auto& part : terminal::wrap(printable(text), width)) {
    text_ += head + std::string(indent, ' ') + style_.paint(tone, part) + "\n";
    head.assign(title_width, ' ');
  }
}

/// Their names, but for a certificate of which isn't known whether it was revoked.
std::string faults_in_summary(const Verdict& verdict, const Labels& labels) {
  auto faults = inspect::distinct_faults(verdict);
  const bool is_revoked =
      std::any_of(verdict.findings.begin(), verdict.findings.end(), [](const Finding& finding) {
        return finding.fault == certs::Fault::revoked && !finding.state_unknown;
      });
  const bool may_be = !is_revoked && std::erase(faults, certs::Fault::revoked) > 0;
  auto names = fault_names(faults);
  if (may_be) names += (names.empty() ? "" : ", ") + std::string(labels.may_be_revoked);
  return names;
}

std::string summary(const std::vector<Report>& reports, const Labels& labels, const terminal::Style& style) {
  std::vector<terminal::Row> rows;
  for (const auto& report : reports) {
    const auto target = printable(report.target.text);
    if (report.verdict == nullptr) {
      rows.push_back(
          {{{target, Tone::plain}, {std::string(labels.nothing_to_judge), Tone::bad}, {}, {}}, {}});
      continue;
    }
    const auto& verdict = *report.verdict;
    auto faults = faults_in_summary(verdict, labels);
    if (verdict.trusted()) faults = labels.trusted;
    const bool only_old = report.version_judgement.only_old;
    if (only_old) faults += ", " + std::string(old_versions_only);
    rows.push_back(
        {{{target, Tone::plain},
          {faults, verdict.trusted() && !only_old ? Tone::good : Tone::bad},
          {report.name.empty()    ? "-"
           : !verdict.name_known  ? std::string(labels.name_unknown)
           : verdict.name_matches ? std::string(labels.name_matches)
                                  : std::string(labels.name_mismatch),
           verdict.name_matches ? Tone::good : Tone::bad},
          {verdict.days_left ? std::to_string(*verdict.days_left) : "-",
           verdict.days_left && *verdict.days_left < certs::warn_days_of(verdict) ? Tone::bad : Tone::plain}},
         {}});
  }
  const std::vector<std::string> titles{std::string(labels.target), std::string(labels.trust),
                                        std::string(labels.name), std::string(labels.days)};
  return terminal::render(titles, rows, style);
}

}  // namespace

std::string to_text(const std::vector<Report>& reports, certs::Language language,
                    const terminal::Style& style) {
  const auto& labels = labels_of(language);
  std::string text;
  for (const auto& report : reports)
    text += (text.empty() ? "" : "\n") + Block(report, language, style).write();
  if (reports.size() > 1) text += "\n" + summary(reports, labels, style);
  return text;
}

}  // namespace mailtap::check
