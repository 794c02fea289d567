#include "certs/system/system_store.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "certs/system/windows/capi_key.h"
#include "config/base/random.h"
#include "config/base/text.h"
#include "config/base/windows/system.h"
#include "config/base/windows/wide.h"

namespace mailtap::certs {

namespace {

struct FreeStore {
  void operator()(void* store) const { ::CertCloseStore(store, 0); }
};
using Store = std::unique_ptr<void, FreeStore>;

struct FreeContext {
  void operator()(const CERT_CONTEXT* certificate) const { ::CertFreeCertificateContext(certificate); }
};
using Context = std::unique_ptr<const CERT_CONTEXT, FreeContext>;

struct FreeChain {
  void operator()(const CERT_CHAIN_CONTEXT* chain) const { ::CertFreeCertificateChain(chain); }
};

std::string number(DWORD error) {
  std::array<char, 11> text{};
  std::snprintf(text.data(), text.size(), "0x%08lX", error);
  return text.data();
}

/// "the machine's store ROOT"
std::string title(StoreOf whose, const char* name) {
  return (whose == StoreOf::machine ? "the machine's store " : "this user's store ") + std::string(name);
}

tl::unexpected<Error> failed(const std::string& what, StoreOf whose, DWORD error = ::GetLastError()) {
  if (error == ERROR_ACCESS_DENIED && whose == StoreOf::machine)
    return fail(what +
                " isn't permitted to this user: do it in an elevated prompt (Run as administrator), or for "
                "this user alone with --store user");
  if (error == ERROR_CANCELLED) return fail(what + " was declined in Windows's own question");
  return fail(what + " failed with Windows's error " + number(error));
}

Store open(const wchar_t* name, StoreOf whose, bool for_reading) {
  const DWORD place =
      whose == StoreOf::machine ? CERT_SYSTEM_STORE_LOCAL_MACHINE : CERT_SYSTEM_STORE_CURRENT_USER;
  return Store(::CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0,
                               place | (for_reading ? CERT_STORE_READONLY_FLAG : 0U), name));
}

/// Windows writes a change at once; wine when it is told to, or forgets that something was taken out.
bool commit(const Store& store) {
  return ::CertControlStore(store.get(), 0, CERT_STORE_CTRL_COMMIT, nullptr) != FALSE;
}

Context find(const Store& store, Bytes thumbprint) {
  CRYPT_HASH_BLOB hash{static_cast<DWORD>(thumbprint.size()), const_cast<BYTE*>(thumbprint.data())};
  return Context(
      ::CertFindCertificateInStore(store.get(), X509_ASN_ENCODING, 0, CERT_FIND_SHA1_HASH, &hash, nullptr));
}

Buffer thumbprint_of(const CERT_CONTEXT* certificate) {
  Buffer digest(20);
  auto size = static_cast<DWORD>(digest.size());
  ::CertGetCertificateContextProperty(certificate, CERT_SHA1_HASH_PROP_ID, digest.data(), &size);
  return digest;
}

Context context_of(Bytes der) {
  return Context(
      ::CertCreateCertificateContext(X509_ASN_ENCODING, der.data(), static_cast<DWORD>(der.size())));
}

// --- which certificate is meant ---------------------------------------------------------------------------

std::string subject_of(const CERT_CONTEXT* certificate) {
  auto* const name = &certificate->pCertInfo->Subject;
  constexpr DWORD form = CERT_X500_NAME_STR | CERT_NAME_STR_REVERSE_FLAG;
  std::wstring text(::CertNameToStrW(X509_ASN_ENCODING, name, form, nullptr, 0), L'\0');
  const auto size =
      ::CertNameToStrW(X509_ASN_ENCODING, name, form, text.data(), static_cast<DWORD>(text.size()));
  text.resize(size > 0 ? size - 1 : 0);  // without its last zero
  return to_utf8(text);
}

/// The first name that it is for.
std::string dns_name_of(const CERT_CONTEXT* certificate) {
  auto* const from = const_cast<CERT_CONTEXT*>(certificate);
  std::wstring text(::CertGetNameStringW(from, CERT_NAME_DNS_TYPE, 0, nullptr, nullptr, 0), L'\0');
  const auto size = ::CertGetNameStringW(from, CERT_NAME_DNS_TYPE, 0, nullptr, text.data(),
                                         static_cast<DWORD>(text.size()));
  text.resize(size > 0 ? size - 1 : 0);
  return to_utf8(text);
}

Result<Context> certificate_meant(const Store& store, const std::string& which, StoreOf whose) {
  if (const auto thumbprint = thumbprint_in(which); !thumbprint.empty()) {
    auto found = find(store, *from_hex(thumbprint));
    if (!found) return fail(title(whose, "MY") + " has no certificate with the thumbprint " + thumbprint);
    return found;
  }
  const auto wanted = to_lower_ascii(which);
  std::vector<Context> fitting;
  for (const CERT_CONTEXT* one = nullptr; (one = ::CertEnumCertificatesInStore(store.get(), one)) != nullptr;)
    if (to_lower_ascii(subject_of(one)).find(wanted) != std::string::npos ||
        to_lower_ascii(dns_name_of(one)).find(wanted) != std::string::npos)
      fitting.emplace_back(::CertDuplicateCertificateContext(one));
  if (fitting.empty())
    return fail(title(whose, "MY") + " has no certificate whose subject or name has \"" + which +
                "\" in it; certutil -store My lists what there is");
  if (fitting.size() == 1) return std::move(fitting.front());
  std::string all;
  for (const auto& one : fitting)
    all += (all.empty() ? "" : ", ") + to_hex(thumbprint_of(one.get())) + " (" + subject_of(one.get()) + ")";
  return fail("several certificates of " + title(whose, "MY") + " fit \"" + which +
              "\": name one by its thumbprint, of " + all);
}

/// It and its issuers, as far as Windows finds them, without the root.
std::vector<Context> with_issuers(const CERT_CONTEXT* leaf) {
  std::vector<Context> all;
  all.emplace_back(::CertDuplicateCertificateContext(leaf));
  CERT_CHAIN_PARA parameters{};
  parameters.cbSize = sizeof parameters;
  const CERT_CHAIN_CONTEXT* found = nullptr;
  if (::CertGetCertificateChain(nullptr, leaf, nullptr, nullptr, &parameters,
                                CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL, nullptr, &found) == FALSE)
    return all;
  const std::unique_ptr<const CERT_CHAIN_CONTEXT, FreeChain> chain(found);
  if (chain->cChain == 0) return all;
  const auto& simple = *chain->rgpChain[0];
  for (DWORD i = 1; i < simple.cElement; ++i)
    if ((simple.rgpElement[i]->TrustStatus.dwInfoStatus & CERT_TRUST_IS_SELF_SIGNED) == 0)
      all.emplace_back(::CertDuplicateCertificateContext(simple.rgpElement[i]->pCertContext));
  return all;
}

// --- its private key --------------------------------------------------------------------------------------

tl::unexpected<Error> not_exported(const std::string& subject, StoreOf whose, DWORD error) {
  if (error == static_cast<DWORD>(NTE_BAD_KEY_STATE) || error == static_cast<DWORD>(NTE_PERM) ||
      error == static_cast<DWORD>(NTE_NOT_SUPPORTED))
    return fail(
        "the private key of " + subject +
        " isn't exportable: have the certificate issued again with an exportable key, import it from the PFX "
        "that it came from, or use --present issue");
  return failed("exporting " + subject + " with its private key", whose, error);
}

/// By Windows's own export, which knows all kinds of keys.
Result<Exported> export_pfx(const std::vector<Context>& certificates, const std::string& subject,
                            StoreOf whose) {
  const Store store(::CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, CERT_STORE_CREATE_NEW_FLAG, nullptr));
  if (!store) return failed("exporting " + subject, whose);
  for (const auto& one : certificates)
    if (::CertAddCertificateContextToStore(store.get(), one.get(), CERT_STORE_ADD_USE_EXISTING, nullptr) ==
        FALSE)
      return failed("exporting " + subject, whose);
  Exported exported;
  Buffer random(16);
  if (!random_bytes(random)) return fail("the system gives no random numbers");
  exported.password = to_hex(random);
  const auto password = to_wide(exported.password);
  constexpr DWORD how = EXPORT_PRIVATE_KEYS | REPORT_NO_PRIVATE_KEY | REPORT_NOT_ABLE_TO_EXPORT_PRIVATE_KEY;
  CRYPT_DATA_BLOB blob{};
  const auto to_pfx = [&] {
    return ::PFXExportCertStoreEx(store.get(), &blob, password.c_str(), nullptr, how);
  };
  if (to_pfx() != FALSE && blob.cbData > 0) {
    exported.pfx.resize(blob.cbData);
    blob.pbData = exported.pfx.data();
    if (to_pfx() != FALSE) {
      exported.pfx.resize(blob.cbData);
      return exported;
    }
  }
  return not_exported(subject, whose, ::GetLastError());
}

}  // namespace

// --- ROOT -------------------------------------------------------------------------------------------------

Result<bool> install_root(Bytes certificate, StoreOf whose) {
  const auto store = open(L"ROOT", whose, false);
  if (!store) return failed("opening " + title(whose, "ROOT"), whose);
  const auto context = context_of(certificate);
  if (!context) return failed("reading the certificate", whose);
  if (find(store, thumbprint_of(context.get()))) return false;
  if (::CertAddCertificateContextToStore(store.get(), context.get(), CERT_STORE_ADD_NEW, nullptr) == FALSE ||
      !commit(store))
    return failed("putting the certificate into " + title(whose, "ROOT"), whose);
  return true;
}

Result<bool> remove_root(Bytes certificate, StoreOf whose) {
  const auto store = open(L"ROOT", whose, false);
  if (!store) return failed("opening " + title(whose, "ROOT"), whose);
  const auto context = context_of(certificate);
  if (!context) return failed("reading the certificate", whose);
  auto found = find(store, thumbprint_of(context.get()));
  if (!found) return false;
  // Which frees it, whatever comes of it.
  if (::CertDeleteCertificateFromStore(found.release()) == FALSE || !commit(store))
    return failed("taking the certificate out of " + title(whose, "ROOT"), whose);
  return true;
}

// --- MY ---------------------------------------------------------------------------------------------------

Result<Exported> export_from_store(const std::string& which, StoreOf whose) {
  const auto store = open(L"MY", whose, true);
  if (!store) return failed("opening " + title(whose, "MY"), whose);
  const auto leaf = certificate_meant(store, which, whose);
  if (!leaf) return tl::unexpected(leaf.error());
  const auto subject = subject_of(leaf->get());
  DWORD size = 0;
  if (::CertGetCertificateContextProperty(leaf->get(), CERT_KEY_PROV_INFO_PROP_ID, nullptr, &size) == FALSE)
    return fail(title(whose, "MY") + " has no private key for " + subject +
                ": it is on the machine where its request was made");

  const auto certificates = with_issuers(leaf->get());
  auto capi = export_capi_key(leaf->get());
  if (!capi) return export_pfx(certificates, subject, whose);
  if (capi->key.empty()) return not_exported(subject, whose, capi->error);
  Exported exported;
  for (const auto& one : certificates)
    exported.certificates.emplace_back(one->pbCertEncoded, one->pbCertEncoded + one->cbCertEncoded);
  exported.key = std::move(capi->key);
  return exported;
}

}  // namespace mailtap::certs
