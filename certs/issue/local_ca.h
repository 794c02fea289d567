// The local CA: a certificate and a key in two files, made by `mailtap ca init`, that the router's machine is
// told to trust and that signs the leaves shown to it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "certs/issue/builder.h"
#include "certs/issue/private_key.h"
#include "config/base/bytes.h"
#include "config/base/result.h"
#include "config/base/text.h"

namespace mailtap::certs {

/// http URLs that are put into what the CA issues; SChannel clients that check revocation refuse a leaf whose
/// CRL they can't fetch. Empty: left out.
struct CaUrls {
  std::string crl;
  std::string certificate;
};

struct LocalCaSettings {
  std::string common_name = "mailtap local CA";
  /// RSA with SHA-256, as it's the newest that every client here understands: SChannel of Windows Server 2003
  /// verifies no ECDSA at all, and SHA-2 with Microsoft's update KB968730.
  KeySpec key = KeySpec::rsa(2048);
  int days = 3650;
  NameConstraintsSpec
      name_constraints;  ///< binds the CA to these names; old clients may refuse the extension
  std::string password;  ///< of the key file; empty: not encrypted
};

struct LeafRequest {
  std::vector<std::string> names;  ///< DNS names and IP addresses; at least one
  Bytes public_key;                ///< subjectPublicKeyInfo, DER
  Buffer subject;                  ///< a Name in DER; empty: CN of the first name
  int days = 90;                   ///< at most; it never outlives the CA
};

/// Immutable, shared between workers.
class LocalCa {
 public:
  /// Makes a CA and writes its certificate (mode 0644) and key (0600). An existing file is an error.
  static Result<void> init(const std::string& cert_file, const std::string& key_file,
                           const LocalCaSettings& settings, Time now);

  /// Errors name the file: unreadable, wrong password, a key that isn't the certificate's, no CA, expired.
  static Result<std::shared_ptr<const LocalCa>> load(const std::string& cert_file,
                                                     const std::string& key_file, const std::string& password,
                                                     Time now, CaUrls urls = {});

  /// The same CA with the addresses under `base` ("http://mailtap.contoso.local:8080") at which mailtap
  /// serves its CRL and its certificate. Fails if the CA isn't allowed to sign CRLs.
  Result<std::shared_ptr<const LocalCa>> published_at(const std::string& base) const;
  /// What those addresses name it by: the first half of its certificate's SHA-256, hex.
  const std::string& publication_name() const { return publication_name_; }

  /// A server certificate in DER: SHA-256, valid since a day ago against clock skew.
  Result<Buffer> issue(const LeafRequest& request, Time now) const;
  /// Of nothing revoked: leaves live too short for it. Valid for a week from a day ago.
  Result<Buffer> crl(Time now) const;

  /// What follows a leaf: the CA's certificate, and whatever else its file holds above it.
  const std::vector<Buffer>& chain() const { return chain_; }
  const Buffer& subject() const { return subject_; }
  const Buffer& subject_key_id() const { return subject_key_id_; }
  const PrivateKey& key() const { return *key_; }
  const CaUrls& urls() const { return urls_; }
  const std::string& file() const { return cert_file_; }  ///< its certificate's
  Time not_before() const { return not_before_; }
  Time not_after() const { return not_after_; }

 private:
  LocalCa() = default;
  LocalCa(const LocalCa&) = default;

  std::string cert_file_;
  std::vector<Buffer> chain_;
  Buffer subject_;
  Buffer subject_key_id_;
  KeyPtr key_;
  CaUrls urls_;
  Time not_before_;
  Time not_after_;
  std::string publication_name_;
  bool may_sign_crls_ = false;
};

/// As they are put into certificates: an absolute name ("mail.contoso.example.") without its last dot, which
/// no client would match, U-labels as A-labels, each once.
std::vector<std::string> names_to_issue(const std::vector<std::string>& names);

/// The certificates of a file, PEM, DER or PKCS#7; an error names the file.
Result<std::vector<Buffer>> read_certificates(const std::string& file);

}  // namespace mailtap::certs
