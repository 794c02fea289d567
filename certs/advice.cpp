#include <algorithm>
#include <array>
#include <utility>

#include "certs/texts.h"
#include "certs/thresholds.h"

namespace mailtap::certs {

namespace {

/// A file name out of a certificate's subject: what a shell needs no quotes for.
std::string file_name_of(std::string_view subject) {
  const auto cn = subject.rfind("CN=");
  std::string name;
  for (const char c : cn == std::string_view::npos ? subject : subject.substr(cn + 3)) {
    if (name.size() == 40 || c == ',') break;
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       (c == '.' && !name.empty());
    if (plain) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (!name.empty() && (name.back() == '-' || name.back() == '.')) name.pop_back();
  return name.empty() ? "server" : name;
}

/// The highest certificate of the path that was sent: the root that would have to be trusted, or whose
/// issuer it is.
std::string root_of(const Verdict& verdict) {
  if (verdict.path.empty() || verdict.path.back() >= verdict.chain.size()) return {};
  const auto& last = verdict.chain[verdict.path.back()];
  return last.issuer.empty() ? last.subject : last.issuer;
}

const Finding* find(const Verdict& verdict, Fault fault) {
  const auto found = std::find_if(verdict.findings.begin(), verdict.findings.end(),
                                  [&](const Finding& finding) { return finding.fault == fault; });
  return found == verdict.findings.end() ? nullptr : &*found;
}

class Writer {
 public:
  Writer(const Verdict& verdict, const Texts& texts) : texts_(texts) {
    const auto subject = verdict.chain.empty() ? std::string{} : verdict.chain.front().subject;
    const auto root = root_of(verdict);
    auto names = verdict.names;
    if (names.size() > 5) {
      names.resize(5);
      names.emplace_back("...");
    }
    values_ = {{{"{name}", verdict.name_checked},
                {"{names}", names.empty() ? "-" : join(names, ", ")},
                {"{subject}", subject},
                {"{root}", root},
                {"{detail}", ""},
                {"{days}", std::to_string(verdict.days_left)},
                {"{file}", file_name_of(find(verdict, Fault::self_signed) != nullptr ? subject : root)}}};
  }

  const Texts& texts() const { return texts_; }

  /// Puts the values in, in one pass, so that braces in a stranger's name stay what they are.
  std::string say(std::string_view text, const std::string& detail = {}) const {
    std::string said;
    while (!text.empty()) {
      const auto value = std::find_if(values_.begin(), values_.end(),
                                      [&](const auto& v) { return text.starts_with(v.first); });
      if (value == values_.end()) {
        said += text.front();
        text.remove_prefix(1);
        continue;
      }
      said += value->first == "{detail}" ? detail : value->second;
      text.remove_prefix(value->first.size());
    }
    return said;
  }

 private:
  const Texts& texts_;
  std::array<std::pair<std::string_view, std::string>, 7> values_;
};

/// The faults in the order in which mending them helps, with their sentence.
constexpr std::array<std::pair<Fault, std::string_view Texts::*>, 14> sentences{{
    {Fault::self_signed, &Texts::self_signed},
    {Fault::untrusted_root, &Texts::untrusted_root},
    {Fault::expired, &Texts::expired},
    {Fault::revoked, &Texts::revoked},
    {Fault::incomplete_chain, &Texts::incomplete_chain},
    {Fault::not_yet_valid, &Texts::not_yet_valid},
    {Fault::bad_signature, &Texts::other_fault},
    {Fault::malformed, &Texts::other_fault},
    {Fault::not_a_ca, &Texts::other_fault},
    {Fault::constraint_violation, &Texts::other_fault},
    {Fault::wrong_usage, &Texts::other_fault},
    {Fault::critical_extension, &Texts::other_fault},
    {Fault::weak_key, &Texts::other_fault},
    {Fault::weak_signature, &Texts::other_fault},
}};

std::string trust_advice(const Verdict& verdict, const Writer& writer) {
  if (verdict.chain.empty()) return writer.say(writer.texts().nothing_sent);
  for (const auto& [fault, sentence] : sentences)
    if (const auto* finding = find(verdict, fault))
      return writer.say(writer.texts().*sentence, finding->detail);
  if (verdict.ends_soon()) return writer.say(writer.texts().ends_soon);
  return {};
}

void add_trust_steps(std::vector<std::string>& steps, const Verdict& verdict, const Writer& writer) {
  const auto& texts = writer.texts();
  const auto add = [&](std::string_view text) { steps.push_back(writer.say(text)); };
  const bool self_signed = find(verdict, Fault::self_signed) != nullptr;
  const bool no_root = find(verdict, Fault::untrusted_root) != nullptr;
  if (find(verdict, Fault::incomplete_chain) != nullptr && !verdict.chain.empty())
    add(texts.install_intermediates);
  if (self_signed || no_root) {
    add(self_signed ? texts.save_certificate : texts.save_root);
    add(texts.import_windows);
    add(texts.import_linux);
    if (self_signed) add(texts.better_signed);
  }
  bool renew = verdict.chain.empty() || verdict.ends_soon();
  for (const auto& finding : verdict.findings) {
    if (finding.fault == Fault::not_yet_valid) add(texts.check_clock);
    renew = renew || finding.fault == Fault::expired || finding.fault == Fault::revoked;
    const auto sentence = std::find_if(sentences.begin(), sentences.end(),
                                       [&](const auto& s) { return s.first == finding.fault; });
    if (sentence != sentences.end() && sentence->second == &Texts::other_fault) {
      steps.push_back(writer.say(texts.reissue, finding.detail));
      renew = true;
    }
  }
  if (renew) {
    add(texts.renew_iis);
    add(texts.renew_iis6);
  }
}

}  // namespace

const Texts& texts_of(Language language) {
  return language == Language::vietnamese ? vietnamese_texts : english_texts;
}

Language language_of(std::string_view tag) {
  const auto language = to_lower_ascii(tag.substr(0, tag.find_first_of("_-.@")));
  return language == "vi" ? Language::vietnamese : Language::english;
}

std::string advice(const Verdict& verdict, Language language) {
  const Writer writer(verdict, texts_of(language));
  auto text = trust_advice(verdict, writer);
  if (verdict.name_matches || verdict.chain.empty()) return text;
  if (!text.empty()) text += " ";
  return text +
         writer.say(verdict.legacy_cn_match ? writer.texts().name_by_cn : writer.texts().name_mismatch);
}

std::vector<std::string> steps(const Verdict& verdict, Language language) {
  const Writer writer(verdict, texts_of(language));
  const auto& texts = writer.texts();
  std::vector<std::string> steps;
  add_trust_steps(steps, verdict, writer);
  if (!verdict.name_matches && !verdict.chain.empty()) {
    steps.push_back(writer.say(texts.see_profile_url));
    if (!verdict.names.empty() && !verdict.legacy_cn_match) steps.push_back(writer.say(texts.change_url));
    steps.push_back(writer.say(texts.reissue_with_name));
  }
  if (!steps.empty()) steps.push_back(writer.say(texts.restart_router));
  return steps;
}

}  // namespace mailtap::certs
