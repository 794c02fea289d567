#include "certs/advice/client_certificate.h"

#include <algorithm>

#include "certs/advice/texts.h"
#include "certs/asn1/oids.h"
#include "certs/model/certificate.h"
#include "certs/verify/dates.h"
#include "config/base/days.h"

namespace mailtap::certs {

namespace {

bool allows_clients(const Certificate& certificate) {
  const auto& purposes = certificate.extended_key_usage;
  return !purposes || std::any_of(purposes->begin(), purposes->end(), [](Bytes purpose) {
    return oid::is(purpose, oid::client_auth) || oid::is(purpose, oid::any_purpose);
  });
}

std::string replaced(std::string_view text, std::string_view placeholder, std::string_view value) {
  std::string result(text);
  if (const auto at = result.find(placeholder); at != std::string::npos)
    result.replace(at, placeholder.size(), value);
  return result;
}

std::string issuer_of(const Certificate& certificate) {
  const auto organisations = certificate.issuer.values(oid::organisation);
  return organisations.empty() ? std::string{} : organisations.front();
}

/// `text` of the certificate, with what its CA and all public CAs leave out since when.
std::string with_rules(std::string_view text, const Certificate& certificate, const Texts& texts) {
  std::string said;
  for (const auto& rule : client_auth_rules_of(issuer_of(certificate))) {
    const auto& who = rule.subject == "-"                ? texts.no_client_auth_of_all
                      : rule.value == "unless asked for" ? texts.no_client_auth_unless_asked
                                                         : texts.no_client_auth;
    said += said.empty() ? "" : ", ";
    said += replaced(replaced(who, "{organisation}", rule.subject), "{date}", date_of(rule.from));
  }
  // The stranger's name comes last, so that its braces stay what they are.
  return replaced(replaced(text, "{RULES}", said), "{subject}", certificate.short_name());
}

}  // namespace

std::optional<std::string> unfit_for_clients(const Certificate& certificate, Language language) {
  if (allows_clients(certificate)) return std::nullopt;
  const auto& texts = texts_of(language);
  return with_rules(texts.unfit_for_clients, certificate, texts);
}

std::vector<std::string> client_certificate_lints(const Certificate& certificate, Language language) {
  if (auto unfit = unfit_for_clients(certificate, language)) return {std::move(*unfit)};
  const auto rules = client_auth_rules_of(issuer_of(certificate));
  const bool by_public_ca =
      std::any_of(rules.begin(), rules.end(), [](const DatedRule& rule) { return rule.subject != "-"; });
  if (!by_public_ca) return {};
  const auto& texts = texts_of(language);
  return {with_rules(texts.renewal_unfit_for_clients, certificate, texts)};
}

}  // namespace mailtap::certs
