// What the system itself says of a server's chain: Windows by CertGetCertificateChain and
// CertVerifyCertificateChainPolicy, which SChannel, .NET and with them the router go by. Other systems have
// no such judge.
//
//   system_verdict.h   the question to the system
//   windows_says.h     its answer in words, and held against mailtap's verdict
//   system_store.h     what is put into its stores, and taken from them
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/base/bytes.h"
#include "config/base/text.h"

namespace mailtap::certs {

/// Numbers as Windows has them (wincrypt.h, winerror.h); windows_says.h names them.
struct SystemVerdict {
  std::uint32_t status = 0;  ///< CERT_TRUST_STATUS.dwErrorStatus of the chain; 0: no error
  std::vector<std::uint32_t>
      elements;               ///< the same of each certificate of the chain that it built, leaf first
  std::uint32_t policy = 0;   ///< CERT_CHAIN_POLICY_STATUS.dwError for SSL with the name; 0: it accepts
  std::uint32_t trust = 0;    ///< the same, whatever the name
  std::uint32_t name = 0;     ///< the same of the name alone
  bool name_known = false;    ///< false: it wasn't asked about, or something else came before it
  std::uint32_t failure = 0;  ///< it couldn't be asked: Windows's error; nothing else is known then

  bool known() const { return failure == 0; }
  bool accepts() const { return known() && policy == 0; }
  bool operator==(const SystemVerdict&) const = default;
};

/// A question that may still be with the system: empty until it has answered. Of the loop that asked.
struct SystemAnswer {
  std::optional<SystemVerdict> verdict;
};

/// False: this system has no judge of its own, and ask_system() must not be called.
bool system_judges();

/// Asks the system as a client of this user on this machine would. `chain`: DER, leaf first. `name`: empty,
/// to leave it out. `may_fetch`: issuers that the certificates name (AIA) may be fetched, which takes up to
/// five seconds; otherwise milliseconds: what it does belongs beside a loop, not on it. No revocation is
/// asked for, as .NET's default is.
SystemVerdict ask_system(const std::vector<Buffer>& chain, const std::string& name, Time at, bool may_fetch);

}  // namespace mailtap::certs
