#include "certs/system/system_verdict.h"

#include <array>
#include <memory>

#include "config/base/windows/system.h"
#include "config/base/windows/wide.h"

namespace mailtap::certs {

namespace {

// Of SSL_EXTRA_CERT_CHAIN_POLICY_PARA.fdwChecks (wininet.h).
constexpr DWORD ignore_revocation = 0x80, ignore_unknown_ca = 0x100, ignore_wrong_usage = 0x200,
                ignore_name = 0x1000, ignore_date = 0x2000;

struct Free {
  void operator()(const CERT_CONTEXT* certificate) const { ::CertFreeCertificateContext(certificate); }
  void operator()(const CERT_CHAIN_CONTEXT* chain) const { ::CertFreeCertificateChain(chain); }
  void operator()(void* store) const { ::CertCloseStore(store, 0); }
};

/// Windows's clock: tenths of a microsecond since 1601.
FILETIME file_time_of(Time at) {
  constexpr std::int64_t from_1601_to_1970 = 11'644'473'600;
  const auto ticks =
      static_cast<std::uint64_t>(at.time_since_epoch().count() + from_1601_to_1970) * 10'000'000;
  return {static_cast<DWORD>(ticks), static_cast<DWORD>(ticks >> 32U)};
}

SystemVerdict not_asked() {
  SystemVerdict verdict;
  verdict.failure = ::GetLastError();
  if (verdict.failure == 0) verdict.failure = ERROR_GEN_FAILURE;
  return verdict;
}

/// Of the policy for SSL, with what is to be left out.
std::uint32_t policy_error(const CERT_CHAIN_CONTEXT* chain, std::wstring name, DWORD ignored) {
  SSL_EXTRA_CERT_CHAIN_POLICY_PARA ssl{};
  ssl.cbSize = sizeof ssl;
  ssl.dwAuthType = AUTHTYPE_SERVER;
  ssl.fdwChecks = ignored;
  ssl.pwszServerName = name.empty() ? nullptr : name.data();
  CERT_CHAIN_POLICY_PARA parameters{};
  parameters.cbSize = sizeof parameters;
  parameters.pvExtraPolicyPara = &ssl;
  CERT_CHAIN_POLICY_STATUS status{};
  status.cbSize = sizeof status;
  if (::CertVerifyCertificateChainPolicy(CERT_CHAIN_POLICY_SSL, chain, &parameters, &status) == FALSE)
    return ::GetLastError();
  return status.dwError;
}

}  // namespace

bool system_judges() {
  return true;
}

SystemVerdict ask_system(const std::vector<Buffer>& chain, const std::string& name, Time at, bool may_fetch) {
  if (chain.empty()) {
    SystemVerdict none;
    none.failure = CRYPT_E_NOT_FOUND;
    return none;
  }
  // What the server sent beside the leaf: it completes the chain, and is no anchor.
  const std::unique_ptr<void, Free> sent(
      ::CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, CERT_STORE_CREATE_NEW_FLAG, nullptr));
  if (!sent) return not_asked();
  const auto size = [](const Buffer& der) { return static_cast<DWORD>(der.size()); };
  for (std::size_t i = 1; i < chain.size(); ++i)  // one that Windows can't read is as if it weren't there
    ::CertAddEncodedCertificateToStore(sent.get(), X509_ASN_ENCODING, chain[i].data(), size(chain[i]),
                                       CERT_STORE_ADD_USE_EXISTING, nullptr);
  const std::unique_ptr<const CERT_CONTEXT, Free> leaf(
      ::CertCreateCertificateContext(X509_ASN_ENCODING, chain[0].data(), size(chain[0])));
  if (!leaf) return not_asked();

  std::array<char, 20> server_authentication{szOID_PKIX_KP_SERVER_AUTH};
  std::array<char*, 1> usages{server_authentication.data()};
  CERT_CHAIN_PARA parameters{};
  parameters.cbSize = sizeof parameters;
  parameters.RequestedUsage.dwType = USAGE_MATCH_TYPE_OR;
  parameters.RequestedUsage.Usage.cUsageIdentifier = usages.size();
  parameters.RequestedUsage.Usage.rgpszUsageIdentifier = usages.data();
  auto time = file_time_of(at);
  const CERT_CHAIN_CONTEXT* found = nullptr;
  if (::CertGetCertificateChain(nullptr, leaf.get(), &time, sent.get(), &parameters,
                                may_fetch ? 0 : CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL, nullptr,
                                &found) == FALSE)
    return not_asked();
  const std::unique_ptr<const CERT_CHAIN_CONTEXT, Free> built(found);

  SystemVerdict verdict;
  verdict.status = built->TrustStatus.dwErrorStatus;
  if (built->cChain > 0) {
    const auto& simple = *built->rgpChain[0];
    for (DWORD i = 0; i < simple.cElement; ++i)
      verdict.elements.push_back(simple.rgpElement[i]->TrustStatus.dwErrorStatus);
  }
  constexpr DWORD all_but_the_name = ignore_revocation | ignore_unknown_ca | ignore_wrong_usage | ignore_date;
  const auto wide = to_wide(name);
  verdict.trust = policy_error(built.get(), wide, ignore_name);
  verdict.policy = name.empty() ? verdict.trust : policy_error(built.get(), wide, 0);
  if (!name.empty()) {
    // Something that can't be left out may come before the name.
    verdict.name = policy_error(built.get(), wide, all_but_the_name);
    verdict.name_known = verdict.name == 0 || verdict.name == static_cast<std::uint32_t>(CERT_E_CN_NO_MATCH);
    if (!verdict.name_known) verdict.name = 0;
  }
  return verdict;
}

}  // namespace mailtap::certs
