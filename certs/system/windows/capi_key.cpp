#include "certs/system/windows/capi_key.h"

#include <algorithm>
#include <cstring>

#include "certs/asn1/der_writer.h"
#include "certs/asn1/oids.h"

namespace mailtap::certs {

namespace {

/// Takes its parts one by one from a PRIVATEKEYBLOB (wincrypt.h), whose numbers are little-endian.
class Blob {
 public:
  explicit Blob(Bytes blob) : rest_(blob) {}

  template <class Header>
  bool take(Header& header) {
    if (rest_.size() < sizeof header) return false;
    std::memcpy(&header, rest_.data(), sizeof header);
    rest_ = rest_.subspan(sizeof header);
    return true;
  }
  /// The next number as a DER INTEGER; empty: there isn't as much left.
  Buffer number(std::size_t size) {
    if (size == 0 || rest_.size() < size) return {};
    Buffer magnitude(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(size));
    rest_ = rest_.subspan(size);
    std::reverse(magnitude.begin(), magnitude.end());
    auto written = der::integer(magnitude);
    ::explicit_bzero(magnitude.data(), magnitude.size());
    return written;
  }

 private:
  Bytes rest_;
};

/// Empty: it is no RSA key.
Buffer pkcs8_of(Bytes private_key_blob) {
  Blob blob(private_key_blob);
  PUBLICKEYSTRUC kind{};
  RSAPUBKEY rsa{};
  constexpr DWORD has_private_key = 0x32415352;  // "RSA2"
  if (!blob.take(kind) || !blob.take(rsa) || rsa.magic != has_private_key) return {};
  const std::size_t whole = rsa.bitlen / 8;
  const std::size_t half = rsa.bitlen / 16;
  const auto n = blob.number(whole), p = blob.number(half), q = blob.number(half), dp = blob.number(half),
             dq = blob.number(half), qinv = blob.number(half), d = blob.number(whole);
  if (d.empty()) return {};
  // RSAPrivateKey (RFC 8017, A.1.2)
  const auto key = der::sequence({der::integer(0), n, der::integer(rsa.pubexp), d, p, q, dp, dq, qinv});
  const auto algorithm = der::sequence({der::oid(oid::rsa), der::element(der::tag_null, {})});
  return der::sequence({der::integer(0), algorithm, der::octet_string(key)});
}

/// What was acquired, until it goes.
struct Provider {
  HCRYPTPROV_OR_NCRYPT_KEY_HANDLE handle = 0;
  DWORD which = 0;  ///< AT_KEYEXCHANGE, AT_SIGNATURE
  BOOL is_ours = FALSE;

  Provider() = default;
  Provider(const Provider&) = delete;
  Provider& operator=(const Provider&) = delete;
  ~Provider() {
    if (is_ours != FALSE) ::CryptReleaseContext(handle, 0);
  }
};

struct Key {
  HCRYPTKEY handle = 0;

  Key() = default;
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  ~Key() {
    if (handle != 0) ::CryptDestroyKey(handle);
  }
};

}  // namespace

std::optional<CapiKey> export_capi_key(const CERT_CONTEXT* certificate) {
  Provider provider;
  if (::CryptAcquireCertificatePrivateKey(certificate, CRYPT_ACQUIRE_SILENT_FLAG, nullptr, &provider.handle,
                                          &provider.which, &provider.is_ours) == FALSE)
    return std::nullopt;
  Key key;
  if (::CryptGetUserKey(provider.handle, provider.which, &key.handle) == FALSE) return std::nullopt;
  DWORD size = 0;
  if (::CryptExportKey(key.handle, 0, PRIVATEKEYBLOB, 0, nullptr, &size) == FALSE)
    return CapiKey{{}, ::GetLastError()};
  Buffer blob(size);
  if (::CryptExportKey(key.handle, 0, PRIVATEKEYBLOB, 0, blob.data(), &size) == FALSE)
    return CapiKey{{}, ::GetLastError()};
  CapiKey exported{pkcs8_of(Bytes(blob).first(size)), 0};
  ::explicit_bzero(blob.data(), blob.size());
  if (exported.key.empty()) exported.error = static_cast<DWORD>(NTE_BAD_TYPE);
  return exported;
}

}  // namespace mailtap::certs
