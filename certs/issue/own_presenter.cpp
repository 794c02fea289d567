#include "certs/issue/own_presenter.h"

#include <algorithm>

#include "certs/model/certificate.h"
#include "certs/model/identity.h"

namespace mailtap::certs {

namespace {

KeyInfo key_of(const IdentityPtr& identity) {
  const auto& spki = identity->chain()->pk_raw;
  return describe_key({spki.p, spki.len});
}

bool is_ecdsa(const IdentityPtr& identity) {
  return key_of(identity).type == certs::KeyType::ec;
}

/// Whether the client can verify what the key signs.
bool suits(const IdentityPtr& identity, const PresentationRequest& request) {
  const auto lists = [&](std::initializer_list<std::uint16_t> any) {
    const auto& listed = request.signature_algorithms;
    return std::find_first_of(listed.begin(), listed.end(), any.begin(), any.end()) != listed.end();
  };
  const auto key = key_of(identity);
  // IANA, "TLS SignatureScheme".
  switch (key.type) {
    case certs::KeyType::ed25519: return lists({0x0807});
    case certs::KeyType::ed448: return lists({0x0808});
    case certs::KeyType::ec: return request.client_verifies_ecdsa;
    default: return key.pss_only ? lists({0x0809, 0x080A, 0x080B}) : !request.client_lacks_rsa;
  }
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

  auto first = candidates.front();
  std::erase_if(candidates, [&](const IdentityPtr& one) { return !suits(one, request); });
  if (candidates.empty()) return first;
  const auto ecdsa = std::find_if(candidates.begin(), candidates.end(), is_ecdsa);
  return sni_is_known && ecdsa != candidates.end() ? *ecdsa : candidates.front();
}

}  // namespace mailtap::certs
