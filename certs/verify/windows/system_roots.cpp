#include "certs/verify/system_roots.h"

#include "config/base/windows/system.h"

namespace mailtap::certs {

namespace {

bool read_store(const wchar_t* name, std::vector<Buffer>& certificates) {
  auto* const store = ::CertOpenSystemStoreW(0, name);
  if (store == nullptr) return false;
  for (const CERT_CONTEXT* one = nullptr; (one = ::CertEnumCertificatesInStore(store, one)) != nullptr;)
    certificates.emplace_back(one->pbCertEncoded, one->pbCertEncoded + one->cbCertEncoded);
  ::CertCloseStore(store, 0);
  return true;
}

}  // namespace

/// What the machine's stores ROOT and CA hold, the user's and the machine's together, as clients see them.
/// What is in CA are intermediates: they complete chains, and are anchors to none but themselves.
Result<SystemRoots> system_roots() {
  SystemRoots roots;
  if (!read_store(L"ROOT", roots.certificates))
    return fail("Windows's store ROOT can't be opened; name a file with --trust");
  read_store(L"CA", roots.intermediates);
  if (roots.certificates.empty()) return fail("Windows's store ROOT is empty; name a file with --trust");
  return roots;
}

}  // namespace mailtap::certs
