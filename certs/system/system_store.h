// The machine's own stores of certificates: Windows's ROOT, and MY, where Exchange's and IIS's certificates
// are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/bytes.h"
#include "config/base/result.h"

namespace mailtap::certs {

/// Services read the machine's stores, which need an administrator's rights to change; programs of a user
/// both.
enum class StoreOf : std::uint8_t { machine, user };
std::string_view to_string(StoreOf whose);

/// Puts `certificate` (DER) among the trusted roots. False: it is there already. Where the system has no such
/// store the error says what is done there instead.
Result<bool> install_root(Bytes certificate, StoreOf whose);
/// Takes it out. False: it isn't there.
Result<bool> remove_root(Bytes certificate, StoreOf whose);

/// As its provider gives it: as it is, or as a PFX.
struct Exported {
  std::vector<Buffer> certificates;  ///< DER, the key's own first; empty: they are in `pfx`
  Buffer key;                        ///< PKCS #8, DER
  Buffer pfx;
  std::string password;  ///< of `pfx`, made for this once
};
/// A certificate of the store MY with its private key and its issuers. `which`: its SHA-1
/// thumbprint (spaces and colons don't count), or a part of its subject or of a DNS name that it is for.
/// Errors: none fits, several do (with their thumbprints), it has no private key, the key isn't exportable.
Result<Exported> export_from_store(const std::string& which, StoreOf whose);

/// The 40 digits of a thumbprint as people copy it, in lower case; empty: it is none.
std::string thumbprint_in(std::string_view text);

}  // namespace mailtap::certs
