#include "certs/clients/wording.h"

#include <algorithm>

#include "certs/asn1/oids.h"
#include "certs/model/names.h"

namespace mailtap::certs::clients {

namespace {

/// What stands in for a rule that a client has no words of its own for; the first that it has is taken.
std::vector<Rule> stand_ins(Rule rule) {
  switch (rule) {
    case Rule::no_addresses: return {Rule::address, Rule::name};
    case Rule::address:
    case Rule::no_names:
    case Rule::invalid_name: return {Rule::name};
    case Rule::self_signed_leaf:
    case Rule::self_signed_root:
    case Rule::no_issuer: return {Rule::no_local_issuer};
    case Rule::not_yet_valid: return {Rule::expired};
    case Rule::unsupported_signature: return {Rule::bad_signature};
    case Rule::permitted_name:
    case Rule::excluded_name:
    case Rule::unsupported_constraint:
    case Rule::malformed_name:
    case Rule::too_many_constraints: return {Rule::constrained_name};
    case Rule::no_cert_sign:
    case Rule::not_a_ca_but_key_usage: return {Rule::not_a_ca};
    case Rule::leaf_key_usage: return {Rule::purpose};
    case Rule::no_authority_key_extension: return {Rule::no_authority_key_id};
    case Rule::subject_key_id_critical:
    case Rule::purpose_critical: return {Rule::authority_key_id_critical};
    case Rule::weak_ca_key: return {Rule::weak_leaf_key};
    case Rule::nothing_sent: return {Rule::no_local_issuer};
    default: return {};
  }
}

void replace(std::string& text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

std::string joined(const std::vector<std::string>& names, std::string_view separator) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? std::string{} : std::string(separator)) + name;
  return text;
}

std::vector<std::string> names_of_form(const Certificate& leaf, NameForm form) {
  std::vector<std::string> names;
  if (!leaf.subject_alt_name) return names;
  for (const auto& name : *leaf.subject_alt_name)
    if (name.form == form)
      names.push_back(form == NameForm::ip ? ip_text(name.value) : std::string(as_text(name.value)));
  return names;
}

/// Node's list: "DNS:a, DNS:b, IP Address:1.2.3.4".
std::string typed_names(const Certificate& leaf) {
  std::vector<std::string> names;
  for (const auto& name : names_of_form(leaf, NameForm::dns)) names.push_back("DNS:" + name);
  for (const auto& name : names_of_form(leaf, NameForm::ip)) names.push_back("IP Address:" + name);
  return joined(names, ", ");
}

std::string common_name_of(const Certificate& certificate) {
  const auto names = certificate.subject.values(oid::common_name);
  return names.empty() ? std::string{} : names.back();
}

bool wants(std::string_view text, std::string_view what) {
  return text.find(what) != std::string_view::npos;
}

}  // namespace

const Text* Wordsmith::text_of(Rule rule) const {
  const auto find = [&](Rule wanted) -> const Text* {
    for (const auto* table : profile_.wording.tables) {
      const auto found =
          std::find_if(table->begin(), table->end(), [&](const Text& text) { return text.rule == wanted; });
      if (found != table->end()) return &*found;
    }
    return nullptr;
  };
  for (auto at = rule; at != Rule::none;) {
    if (const auto* text = find(at)) return text;
    const auto others = stand_ins(at);
    at = others.empty() ? Rule::none : others.front();
  }
  return find(Rule::none);
}

std::string Wordsmith::fill(std::string_view pattern, const Failure& failure, const Chain* chain) const {
  std::string text(pattern);
  if (!wants(pattern, "{")) return text;
  replace(text, "{name}", question_.name);
  replace(text, "{oid}", failure.oid);
  replace(text, "{kind}", failure.kind);
  replace(text, "{value}", failure.value);
  replace(text, "{constraint}", failure.constraint);
  replace(text, "{now}", to_rfc3339(question_.at));
  if (presented_.leaf != nullptr) {
    const auto& leaf = *presented_.leaf;
    replace(text, "{dns}", joined(names_of_form(leaf, NameForm::dns), ", "));
    replace(text, "{addresses}", joined(names_of_form(leaf, NameForm::ip), ", "));
    replace(text, "{typed}", typed_names(leaf));
    replace(text, "{cn}", common_name_of(leaf));
  }
  const Certificate* at = chain != nullptr && failure.place < chain->certificates.size()
                              ? chain->certificates[failure.place].get()
                              : presented_.leaf.get();
  if (at != nullptr) {
    replace(text, "{not_before}", to_rfc3339(at->not_before));
    replace(text, "{not_after}", to_rfc3339(at->not_after));
    replace(text, "{subject}", at->subject.text());
    replace(text, "{issuer}", at->issuer.text());
  }
  return text;
}

Opinion Wordsmith::say(const std::vector<Failure>& failures, const Chain* chain) const {
  const auto& wording = profile_.wording;
  Opinion opinion{false, {}, std::string(wording.intro), failures.front().rule};
  std::vector<const Text*> said;
  for (const auto& failure : failures) {
    const auto* text = text_of(failure.rule);
    if (text == nullptr || std::find(said.begin(), said.end(), text) != said.end()) continue;
    if (said.empty()) opinion.code = wording.symbols ? text->symbol : text->code;
    if (wording.every_failure && !said.empty()) {
      opinion.code += "," + std::string(wording.symbols ? text->symbol : text->code);
      opinion.message += wording.separator;
    }
    said.push_back(text);
    opinion.message += fill(text->text, failure, chain);
    if (!wording.every_failure) break;
  }
  if (!wording.frame.empty() && !said.empty()) {
    std::string framed(wording.frame);
    replace(framed, "{symbol}", said.front()->symbol);
    replace(framed, "{code}", said.front()->code);
    replace(framed, "{text}", opinion.message);
    opinion.message = std::move(framed);
  }
  if (!wording.code.empty() && (said.empty() || said.front()->code.empty() || said.front()->code[0] != '=')) {
    opinion.code = wording.code;
  } else if (!opinion.code.empty() && opinion.code[0] == '=') {
    opinion.code.erase(0, 1);
  }
  return opinion;
}

}  // namespace mailtap::certs::clients
