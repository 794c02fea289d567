// `mailtap ca`: the local CA and the certificates made with it.
//
//   init        a new CA: certificate and key
//   show        what it is: subject, validity, fingerprints
//   export      its certificate, and how to trust it on Windows, Java and Linux
//   sign        a certificate for a request from Exchange or IIS
//   issue       a certificate with a fresh key
//   import-pfx  Exchange's own PFX into PEM files
//
// Each function is one command: it writes to `out`, says errors on `err` and returns the exit status, 0 or 1.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "certs/issue/builder.h"
#include "certs/issue/private_key.h"
#include "certs/system/system_store.h"
#include "config/base/language.h"
#include "config/base/text.h"

namespace mailtap::commands {

/// What the options of all six come to; each command documents those it reads.
struct CaOptions {
  std::string ca_cert;
  std::string ca_key;
  std::string password_file;  ///< of the CA's key, of import-pfx's PFX
  bool encrypt_key = false;   ///< init: also without password_file, then the password is asked for

  std::string common_name = "mailtap local CA";  ///< init
  certs::KeySpec key_type = certs::KeySpec::rsa(2048);
  int days = 0;                                 ///< 0: the command's own default
  certs::NameConstraintsSpec name_constraints;  ///< init

  std::string request;             ///< sign: the CSR
  std::string pfx;                 ///< import-pfx; or
  std::string from_store;          ///< what of the system's store MY
  std::vector<std::string> names;  ///< sign: besides the request's; issue: all
  std::string crl_url;             ///< sign, issue: put into the certificate
  std::string certificate_url;

  std::string cert;  ///< where the certificate is written, and its key
  std::string key;
  std::string format = "pem";  ///< export: pem or der
  bool install = false;        ///< export: put it into the system's store ROOT, or
  bool uninstall = false;      ///< take it out
  bool yes = false;            ///< without a question
  certs::StoreOf store = certs::StoreOf::machine;
};

struct Output {
  std::ostream& out;
  std::ostream& err;
  Time now;
  Language language = Language::english;
};

int ca_init(const CaOptions& options, const Output& to);
int ca_show(const CaOptions& options, const Output& to);
int ca_export(const CaOptions& options, const Output& to);
int ca_sign(const CaOptions& options, const Output& to);
int ca_issue(const CaOptions& options, const Output& to);
int ca_import_pfx(const CaOptions& options, const Output& to);

/// How to make a machine trust the CA in `cert_file`: Windows, group policy, .NET routers, Java, Debian,
/// RHEL; and how to undo it.
std::string how_to_trust(const std::string& cert_file, const std::string& sha1_thumbprint,
                         Language language = Language::english);

}  // namespace mailtap::commands
