// The chain that a client builds: one, or each in turn until one's rules hold.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "certs/clients/profile.h"
#include "certs/verify/path.h"

namespace mailtap::certs::clients {

/// What every client is asked about, parsed once.
struct Presented {
  CertificatePtr leaf;  ///< none: it can't be read, or wasn't sent
  bool anything_sent = false;
  bool all_readable = true;            ///< every certificate sent
  std::vector<CertificatePtr> others;  ///< in the order sent, without those that can't be read
  /// certs/clients/form.h's, remembered.
  std::uint64_t form(const Certificate& certificate) const;
  mutable std::map<const Certificate*, std::uint64_t> forms{};
};

struct Chain {
  std::vector<CertificatePtr> certificates;  ///< leaf first
  Rule end = Rule::none;                     ///< none: it ends in an anchor
  bool trusted() const { return end == Rule::none; }
};

struct ChainContext {
  const Presented& presented;
  const CertificateSet& anchors;
  SignatureChecker& signatures;
  Time at;
};

/// Calls `visit` with each chain that the profile's client would look at; it says whether to go on.
void build_chains(const Profile& profile, const ChainContext& context,
                  const std::function<bool(const Chain&)>& visit);

/// Issuer and subject, as the client compares names.
bool names_meet(const DistinguishedName& a, const DistinguishedName& b, bool raw);
bool self_issued(const Certificate& certificate, bool raw);
/// The authority key identifier names this certificate, as far as it says anything: key, serial number and
/// issuer.
bool authority_meets(const Certificate& child, const Certificate& issuer);

}  // namespace mailtap::certs::clients
