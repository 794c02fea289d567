#include "certs/advice/client_certificate.h"

#include <algorithm>

#include "certs/advice/texts.h"
#include "certs/asn1/oids.h"
#include "certs/model/certificate.h"
#include "certs/verify/checks.h"
#include "certs/verify/dates.h"

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

}  // namespace

std::optional<std::string> unfit_for_clients(const Certificate& certificate, Language language) {
  if (allows_clients(certificate)) return std::nullopt;
  const auto& texts = texts_of(language);
  const auto organisations = certificate.issuer.values(oid::organisation);
  std::string said;
  for (const auto& rule : client_auth_rules_of(organisations.empty() ? "" : organisations.front())) {
    const auto& who = rule.subject == "-"                ? texts.no_client_auth_of_all
                      : rule.value == "unless asked for" ? texts.no_client_auth_unless_asked
                                                         : texts.no_client_auth;
    said += said.empty() ? "" : ", ";
    said += replaced(replaced(who, "{organisation}", rule.subject), "{date}", date_of(rule.from));
  }
  // The stranger's name comes last, so that its braces stay what they are.
  return replaced(replaced(texts.unfit_for_clients, "{rules}", said), "{subject}", certificate.short_name());
}

}  // namespace mailtap::certs
