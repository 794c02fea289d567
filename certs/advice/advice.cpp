#include "certs/advice/advice.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "certs/advice/texts.h"
#include "certs/model/names.h"
#include "certs/verify/dotnet.h"
#include "certs/verify/verdict.h"
#include "config/base/days.h"
#include "config/base/phrases.h"

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
  const auto sent = std::find_if(verdict.path.rbegin(), verdict.path.rend(),
                                 [&](std::size_t position) { return position < verdict.chain.size(); });
  if (sent == verdict.path.rend()) return {};
  const auto& last = verdict.chain[*sent];
  return last.issuer.empty() ? last.subject : last.issuer;
}

/// What a certificate is for the server: its own, one that it sends along, or the one that is trusted for
/// itself.
enum class Place { leaf, intermediate, root };

Place place_of(const Verdict& verdict, std::size_t position) {
  if (position >= verdict.chain.size()) return Place::root;
  const auto& certificate = verdict.chain[position];
  if (position == 0 || certificate.subject.empty()) return Place::leaf;
  return certificate.subject == certificate.issuer ? Place::root : Place::intermediate;
}

std::string subject_at(const Verdict& verdict, std::size_t position) {
  return position < verdict.chain.size() ? verdict.chain[position].subject : root_of(verdict);
}

bool has(const Verdict& verdict, Fault fault) {
  return std::any_of(verdict.findings.begin(), verdict.findings.end(),
                     [&](const Finding& finding) { return finding.fault == fault; });
}

/// A name that a command may be given: in A-labels, or an address. What a stranger's certificate says is
/// none of these when it is meant for the shell.
std::string safe_host(std::string_view name) {
  const auto reference = reference_name(name);
  if (reference.form == ReferenceName::Form::ip) return ip_text(reference.ip);
  return reference.form == ReferenceName::Form::dns ? reference.dns : "SERVER";
}

bool is_address(std::string_view name) {
  return reference_name(name).form == ReferenceName::Form::ip;
}

std::string quoted(const std::string& file) {
  std::string text = "'";
  for (const char c : file) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

/// What writes the server's certificate to standard output.
std::string fetch_command(const Verdict& verdict, const Source& source) {
  if (!source.file.empty()) return "openssl x509 -in " + quoted(source.file);
  const auto name = safe_host(verdict.name_checked);
  const auto host = source.host.empty() ? name : safe_host(source.host);
  std::string command = "openssl s_client -connect " +
                        (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" +
                        std::to_string(source.port);
  if (!source.starttls.empty()) command += " -starttls " + source.starttls;
  command += is_address(name) ? std::string(" -noservername") : " -servername " + name;
  return command + " </dev/null | openssl x509";
}

Service service_of(const Source& source) {
  return source.service.value_or(service_at(source.port, source.starttls));
}

/// Those of the certificate's names that the URL's host can be instead, or that stand for such
/// ("*.contoso.com"); a common name such as "Contoso Root CA" is none, nor is "mail.contoso.com.", and a
/// wildcard elsewhere is for no client.
std::vector<std::string> hosts_of(const Verdict& verdict) {
  std::vector<std::string> hosts;
  for (const std::string_view name : verdict.names) {
    if (equal_ignoring_case(name, verdict.name_checked)) continue;
    const auto below = name.starts_with("*.") ? name.substr(2) : std::string_view{};
    const bool is_wildcard = below.find('.') != std::string_view::npos && is_dns_name(below);
    if (is_wildcard || is_dns_name(name) || is_address(name)) hosts.emplace_back(name);
  }
  return hosts;
}

std::vector<std::string> shown_names(const std::vector<std::string>& names, Language language) {
  std::vector<std::string> shown;
  shown.reserve(names.size());
  for (const auto& name : names) shown.push_back(name_for_people(name, language));
  return shown;
}

/// The first five.
std::string listed(std::vector<std::string> names) {
  if (names.size() > 5) {
    names.resize(5);
    names.emplace_back("...");
  }
  return names.empty() ? "-" : join(names, ", ");
}

class Writer {
 public:
  Writer(const Verdict& verdict, Language language, const Source& source = {})
      : language_(language),
        texts_(texts_of(language)),
        server_(server_texts_of(source.product, service_of(source), language)) {
    const auto subject = verdict.chain.empty() ? std::string{} : verdict.chain.front().subject;
    const auto root = root_of(verdict);
    const auto service = service_of(source);
    const bool is_file = !source.file.empty();
    values_ = {
        {{"{name}", verdict.name_checked},
         {"{names}", listed(shown_names(verdict.names, language))},
         {"{hosts}", listed(hosts_of(verdict))},
         {"{subject}", subject},
         {"{root}", root},
         {"{DETAIL}", ""},
         {"{responder}", ""},
         {"{ca}", ""},
         {"{DAYS}", days_text(verdict.days_left.value_or(0), language)},
         {"{file}", file_name_of(has(verdict, Fault::self_signed) ? subject : root)},
         {"{fetch}", fetch_command(verdict, source)},
         {"{fetch_new}", is_file ? "openssl x509 -in NEW.pem" : fetch_command(verdict, source)},
         {"{port}", std::to_string(source.port)},
         {"{service}", std::string(is_file && service == Service::other ? title_of_unknown_service(language)
                                                                        : title_of(service, language))},
         {"{exchange_service}", std::string(exchange_name_of(service))},
         {"{server}", std::string(server_.title)},
         {"{BIND}", std::string(server_.bind)},
         {"{RESTART}", std::string(server_.restart)}}};
    // Parts of steps have values of their own.
    for (const auto* part : {"{service}", "{BIND}", "{RESTART}"})
      for (auto& [placeholder, value] : values_)
        if (placeholder == part) value = say(value);
  }

  const Texts& texts() const { return texts_; }
  const ServerTexts& server() const { return server_; }

  /// Puts the values in, in one pass, so that braces in a stranger's name stay what they are.
  std::string say(std::string_view text, const std::string& detail = {}, const std::string& responder = {},
                  const std::string& ca = {}) const {
    std::string said;
    while (!text.empty()) {
      const auto value = std::find_if(values_.begin(), values_.end(),
                                      [&](const auto& v) { return text.starts_with(v.first); });
      if (value == values_.end()) {
        said += text.front();
        text.remove_prefix(1);
        continue;
      }
      said += value->first == "{DETAIL}"      ? in_language(detail, language_)
              : value->first == "{responder}" ? responder
              : value->first == "{ca}"        ? ca
                                              : value->second;
      text.remove_prefix(value->first.size());
    }
    return said;
  }

 private:
  const Language language_;
  const Texts& texts_;
  const ServerTexts& server_;
  std::array<std::pair<std::string_view, std::string>, 18> values_;
};

using Text = std::string_view Texts::*;
using ServerText = std::string_view ServerTexts::*;
using Step = std::variant<Text, ServerText>;

/// What helps against one fault: advice is the sentence, the steps do it.
struct Remedy {
  Text sentence;
  std::vector<Step> steps;
  bool renews = false;  ///< it ends in a new certificate on the server, whose steps stand after all others
  std::string detail{};
  std::string responder{};
  std::string ca{};                ///< the certificate's subject, of others than the server's own
  std::vector<Step> afterwards{};  ///< with the new certificate, once the server has it
};

/// Renewing the server's own certificate helps nobody where the one above it is at fault.
Remedy remedy_of_intermediate(const Finding& finding) {
  const std::vector<Step> replace{&Texts::get_intermediate, &ServerTexts::replace, &Texts::else_reissue};
  switch (finding.fault) {
    case Fault::expired: return {&Texts::expired_intermediate, replace};
    case Fault::not_yet_valid:
      return {&Texts::early_intermediate,
              {&ServerTexts::clock, &Texts::get_intermediate, &ServerTexts::replace}};
    case Fault::revoked:
      if (finding.state_unknown && !finding.responder.empty())
        return {&Texts::intermediate_revocation_unanswered, {&Texts::mend_responder}};
      if (finding.state_unknown)
        return {&Texts::intermediate_revocation_unknown, {&Texts::publish_list, &Texts::try_lists}};
      return {&Texts::revoked_intermediate, {&Texts::reissue_elsewhere}, true};
    default: return {&Texts::faulty_intermediate, replace};
  }
}

Remedy remedy_of_root(const Finding& finding) {
  switch (finding.fault) {
    case Fault::expired:
      return {&Texts::expired_root,
              {&Texts::save_root, &Texts::import_windows, &Texts::import_linux, &Texts::else_reissue}};
    case Fault::not_yet_valid: return {&Texts::not_yet_valid, {&ServerTexts::clock}};
    default: return {&Texts::faulty_root, {&Texts::reissue_elsewhere}, true};
  }
}

Remedy remedy_of(const Finding& finding, Place place) {
  const bool is_of_end = finding.fault == Fault::self_signed || finding.fault == Fault::untrusted_root ||
                         finding.fault == Fault::incomplete_chain;
  if (place == Place::intermediate && !is_of_end) return remedy_of_intermediate(finding);
  if (place == Place::root && !is_of_end) return remedy_of_root(finding);
  switch (finding.fault) {
    case Fault::self_signed:
      return {
          &Texts::self_signed,
          {&Texts::save_certificate, &Texts::import_windows, &Texts::import_linux, &Texts::better_signed}};
    case Fault::untrusted_root:
      return {&Texts::untrusted_root, {&Texts::save_root, &Texts::import_windows, &Texts::import_linux}};
    case Fault::incomplete_chain:
      return {&Texts::incomplete_chain,
              {&ServerTexts::chain, &Texts::save_root_above, &Texts::import_windows, &Texts::import_linux}};
    case Fault::expired: return {&Texts::expired, {}, true};
    case Fault::not_yet_valid: return {&Texts::not_yet_valid, {&ServerTexts::clock}};
    case Fault::revoked:
      if (finding.state_unknown && !finding.responder.empty())
        return {&Texts::revocation_unanswered, {&Texts::mend_responder, &Texts::staple_instead}};
      if (finding.state_unknown)
        return {&Texts::revocation_unknown, {&Texts::publish_list, &Texts::try_lists}};
      if (finding.key_compromised) return {&Texts::key_compromised, {&Texts::make_new_key}};
      return {&Texts::revoked, {}, true};
    case Fault::missing_staple: return {&Texts::missing_staple, {&Texts::staple_responses}};
    case Fault::bad_signature:
      if (finding.state_unknown) return {&Texts::unverifiable, {&Texts::reissue_verifiable}, true};
      [[fallthrough]];
    default: return {&Texts::other_fault, {&Texts::reissue}, true};
  }
}

/// All is well, but for days: of the certificate that ends first.
Remedy remedy_of_near_end(Place place) {
  switch (place) {
    case Place::intermediate:
      return {&Texts::intermediate_ends_soon,
              {&Texts::get_intermediate, &ServerTexts::replace, &Texts::else_reissue}};
    case Place::root:
      return {&Texts::root_ends_soon,
              {&Texts::save_root, &Texts::import_windows, &Texts::import_linux, &Texts::else_reissue}};
    case Place::leaf: break;
  }
  return {&Texts::ends_soon, {}, true};
}

/// The faults in the order in which mending them helps; those that aren't here come after them.
constexpr std::array<Fault, 8> order{Fault::self_signed,   Fault::untrusted_root,   Fault::expired,
                                     Fault::revoked,       Fault::incomplete_chain, Fault::not_yet_valid,
                                     Fault::bad_signature, Fault::malformed};

/// No clock helps where the end comes before the beginning.
bool is_never_valid(const Verdict& verdict, const Finding& finding) {
  if (finding.fault != Fault::not_yet_valid || finding.position >= verdict.chain.size()) return false;
  const auto& certificate = verdict.chain[finding.position];
  return certificate.not_after < certificate.not_before;
}

Remedy remedy_for(const Verdict& verdict, Finding finding) {
  if (is_never_valid(verdict, finding)) finding.fault = Fault::malformed;
  return remedy_of(finding, place_of(verdict, finding.position));
}

/// Whether the server's own certificate has a fault for which it is replaced.
bool is_replaced(const Verdict& verdict) {
  return std::any_of(verdict.findings.begin(), verdict.findings.end(), [&](const Finding& finding) {
    return finding.position == 0 && (finding.key_compromised || remedy_for(verdict, finding).renews);
  });
}

/// All that helps, the most important first. Both advice and steps are made of it.
std::vector<Remedy> remedies_of(const Verdict& verdict) {
  std::vector<Remedy> remedies;
  if (verdict.chain.empty()) return {{&Texts::nothing_sent, {}, true}};
  std::vector<const Finding*> findings;
  for (const auto& finding : verdict.findings) findings.push_back(&finding);
  const auto rank = [](const Finding* finding) {
    return std::find(order.begin(), order.end(), finding->fault) - order.begin();
  };
  std::stable_sort(findings.begin(), findings.end(),
                   [&](const auto* a, const auto* b) { return rank(a) < rank(b); });
  bool renewed = false;
  for (const auto* finding : findings) {
    auto remedy = remedy_for(verdict, *finding);
    if (finding->fault == Fault::self_signed && is_replaced(verdict)) {
      // Importing what is faulty itself helps nobody.
      remedy.sentence = &Texts::self_signed_faulty;
      remedy.afterwards = std::exchange(remedy.steps, {});
      remedy.afterwards.front() = &Texts::save_new;
    }
    remedy.ca = subject_at(verdict, finding->position);
    remedy.detail = finding->detail;
    remedy.responder = finding->responder;
    remedies.push_back(std::move(remedy));
    if (finding->same_name_trusted && !std::exchange(renewed, true))
      remedies.push_back({&Texts::same_name, {&Texts::compare_keys}});
  }
  if (verdict.ends_soon()) {
    remedies.push_back(remedy_of_near_end(place_of(verdict, verdict.first_to_end)));
    remedies.back().ca = subject_at(verdict, verdict.first_to_end);
  }
  if (!verdict.name_mismatches()) return remedies;
  auto& name = remedies.emplace_back();
  // Beside DNS names in the subjectAltName nobody looks at the common name, .NET neither.
  const bool by_cn = verdict.legacy_cn_match && !refuses_name(verdict.dotnet);
  const bool has_host = !hosts_of(verdict).empty();
  name.sentence = verdict.address_as_dns_name ? &Texts::address_as_dns
                  : by_cn                     ? &Texts::name_by_cn
                  : has_host                  ? &Texts::name_mismatch
                                              : &Texts::name_without_host;
  if (has_host && !by_cn && !verdict.address_as_dns_name)
    name.steps = {&Texts::see_profile_url, &Texts::change_url, &Texts::or_reissue_with_name};
  else
    name.steps = {&Texts::reissue_with_name};
  return remedies;
}

void add_once(std::vector<std::string>& list, std::string text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(std::move(text));
}

/// A step for the E-mail Router, as the program that was named has it; null: it has no such.
Text as_done_with(std::string_view client, Text step) {
  if (client.empty() || client == "dotnet-framework") return step;
  if (step == &Texts::see_profile_url) return &Texts::see_settings;
  if (step == &Texts::restart_router) return &Texts::restart_program;
  if (step != &Texts::import_windows && step != &Texts::import_linux) return step;
  if (client == "schannel" || client == "outlook") return step == &Texts::import_windows ? step : nullptr;
  if (step == &Texts::import_windows) return nullptr;
  constexpr std::array<std::pair<std::string_view, Text>, 8> own{{{"java", &Texts::import_java},
                                                                  {"node", &Texts::import_node},
                                                                  {"chromium", &Texts::import_nss},
                                                                  {"nss", &Texts::import_nss},
                                                                  {"thunderbird", &Texts::import_thunderbird},
                                                                  {"rustls-webpki", &Texts::import_own},
                                                                  {"pyca", &Texts::import_own},
                                                                  {"mbedtls", &Texts::import_own}}};
  const auto found =
      std::find_if(own.begin(), own.end(), [&](const auto& one) { return one.first == client; });
  return found == own.end() ? step : found->second;
}

std::string about_client(const ClientOpinion& router, const Texts& texts, Language language) {
  std::string sentence(router.accepts ? texts.client_accepts : texts.client_refuses);
  const auto put = [&](std::string_view what, std::string_view by) {
    if (const auto at = sentence.find(what); at != std::string::npos) sentence.replace(at, what.size(), by);
  };
  put("{client}", in_language(router.title, language));
  put("{message}", router.message);
  return sentence;
}

}  // namespace

std::string advice(const Verdict& verdict, Language language) {
  const Writer writer(verdict, language);
  std::vector<std::string> sentences;
  std::vector<Text> said;
  for (const auto& remedy : remedies_of(verdict)) {
    // One sentence for each kind of remedy: the steps tell of every single fault.
    if (std::find(said.begin(), said.end(), remedy.sentence) != said.end()) continue;
    said.push_back(remedy.sentence);
    sentences.push_back(
        writer.say(writer.texts().*remedy.sentence, remedy.detail, remedy.responder, remedy.ca));
  }
  if (const auto* router = verdict.opinion_of(verdict.client);
      router != nullptr && (!router->accepts || !sentences.empty()))
    sentences.push_back(about_client(*router, writer.texts(), language));
  return join(sentences, " ");
}

std::vector<std::string> steps(const Verdict& verdict, Language language, const Source& source) {
  const Writer writer(verdict, language, source);
  const auto& texts = writer.texts();
  std::vector<std::string> steps;
  const auto remedies = remedies_of(verdict);
  const auto add = [&](const Remedy& remedy, const Step& step) {
    if (const auto* on_server = std::get_if<ServerText>(&step)) {
      add_once(steps, writer.say(writer.server().**on_server));
    } else if (const auto own = as_done_with(verdict.client, std::get<Text>(step)); own != nullptr) {
      add_once(steps, writer.say(texts.*own, remedy.detail, remedy.responder, remedy.ca));
    }
  };
  for (const auto& remedy : remedies)
    for (const auto& step : remedy.steps) add(remedy, step);
  // A new key comes with a new certificate.
  const bool has_new_key = std::any_of(verdict.findings.begin(), verdict.findings.end(),
                                       [](const Finding& finding) { return finding.key_compromised; });
  if (!has_new_key &&
      std::any_of(remedies.begin(), remedies.end(), [](const Remedy& remedy) { return remedy.renews; })) {
    add_once(steps, writer.say(writer.server().renew));
    if (!writer.server().renew_before.empty()) add_once(steps, writer.say(writer.server().renew_before));
  }
  for (const auto& remedy : remedies)
    for (const auto& step : remedy.afterwards) add(remedy, step);
  if (!steps.empty())
    steps.push_back(writer.say(texts.*as_done_with(verdict.client, &Texts::restart_router)));
  return steps;
}

std::string step_to_newer_tls(Language language, const Source& source) {
  const Writer writer({}, language, source);
  return writer.say(writer.server().newer_tls);
}

}  // namespace mailtap::certs
