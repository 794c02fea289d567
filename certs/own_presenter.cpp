#include "certs/own_presenter.h"

#include <algorithm>

namespace mailtap::certs {

using namespace making;

namespace {

bool is_ecdsa(const IdentityPtr& identity) {
  return mbedtls_pk_get_type(identity->key()) == MBEDTLS_PK_ECKEY;
}

bool has_name(const IdentityPtr& identity, std::string_view name) {
  return std::any_of(identity->names().begin(), identity->names().end(),
                     [&](const std::string& one) { return equal_ignoring_case(one, name); });
}

}  // namespace

IdentityPtr OwnPresenter::present_at_once(const PresentationRequest& request) {
  // A wildcard stands for the first label alone (RFC 6125 section 6.4.3).
  const auto dot = request.sni.find('.');
  const auto wildcard = dot == std::string::npos ? std::string() : "*" + request.sni.substr(dot);
  std::vector<IdentityPtr> candidates;
  for (const auto& name : {request.sni, wildcard}) {
    if (name.empty() || !candidates.empty()) continue;
    std::copy_if(identities_.begin(), identities_.end(), std::back_inserter(candidates),
                 [&](const IdentityPtr& one) { return has_name(one, name); });
  }
  const bool sni_is_known = !candidates.empty();
  if (!sni_is_known) candidates = identities_;

  const auto first_of_type = [&](bool ecdsa) {
    return std::find_if(candidates.begin(), candidates.end(),
                        [&](const IdentityPtr& one) { return is_ecdsa(one) == ecdsa; });
  };
  auto chosen = candidates.begin();
  if (!request.client_verifies_ecdsa)
    chosen = first_of_type(false);
  else if (sni_is_known)
    chosen = first_of_type(true);
  return chosen == candidates.end() ? candidates.front() : *chosen;
}

}  // namespace mailtap::certs
