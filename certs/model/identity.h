// A certificate chain with its private key: what a TLS endpoint shows of itself.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>

#include "certs/model/identity_ptr.h"
#include "config/base/bytes.h"
#include "config/base/result.h"
#include "config/base/text.h"

namespace mailtap::certs {

/// Immutable once made, shared between workers and connections.
class Identity {
 public:
  /// Files of PEM or DER; errors name the file and say what is wrong: unreadable, no certificate, wrong
  /// password, key and certificate that don't belong together.
  static Result<IdentityPtr> load(const std::string& cert_file, const std::string& key_file,
                                  const std::string& password = {});
  static Result<IdentityPtr> from_pem(const std::string& certs, const std::string& key,
                                      const std::string& password = {});
  /// DER, leaf first.
  static Result<IdentityPtr> from_der(const std::vector<Buffer>& chain, Bytes key);

  ~Identity();
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;

  /// For mbedTLS, whose API isn't const-correct: nothing is changed through these.
  mbedtls_x509_crt* chain() const { return &chain_; }
  mbedtls_pk_context* key() const { return &key_; }

  const std::string& sha256() const { return sha256_; }             ///< of the leaf's DER, hex
  const std::vector<std::string>& names() const { return names_; }  ///< the leaf's DNS names and addresses
  Time not_after() const { return not_after_; }

 private:
  Identity();
  Result<void> finish();

  mutable mbedtls_x509_crt chain_;
  mutable mbedtls_pk_context key_;
  std::list<Buffer> kept_;  ///< bytes that chain_ points into without owning them
  std::string sha256_;
  std::vector<std::string> names_;
  Time not_after_{};
};

}  // namespace mailtap::certs
