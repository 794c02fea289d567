// The upstream's chain again, with keys of ours: the router fails, or not, for the same reason as without us.
//
//   what the server sent --+
//   keys of ours ----------+--> mirror_chain() --> chain, leaf key, what could not be repeated
//
// Repeated byte by byte: version, serial, issuer, validity, subject, extensions. Made anew: keys (same type
// and size), key identifiers, signatures (same hash; broken where the original's is). docs/presentation.md
// lists what can't be repeated.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <vector>

#include "certs/issue/local_ca.h"
#include "certs/issue/private_key.h"
#include "config/base/bytes.h"
#include "config/base/result.h"

namespace mailtap::certs {

/// Our key in the place of one of theirs: the same for the same `id`.
using KeySource = std::function<Result<KeyPtr>(const std::string& id, KeySpec type)>;

struct MirroredChain {
  std::vector<Buffer> chain;  ///< DER, in the order sent
  KeyPtr leaf_key;
  std::vector<std::string> not_repeated;  ///< phrases: "certificate 0: its Ed25519 key, EC P-256 instead"
};

/// How many certificates of a chain are looked at.
constexpr std::size_t max_mirrored_chain = 10;

/// A kind of leaf key that the client has no use for.
enum class Lacks { nothing, ecdsa, rsa };

/// Which leaf keys are of use to a client.
struct UsableKeys {
  Lacks lacks = Lacks::nothing;
  /// Of those that few clients know, it verifies these.
  bool ed25519 = false;
  bool ed448 = false;
  bool rsa_pss = false;
  bool pss_signatures = false;  ///< by ordinary RSA keys
  bool curve = false;           ///< the server's curve, which is none of P-256, P-384 and P-521

  auto operator<=>(const UsableKeys&) const = default;
};

/// Fails if there is no leaf or it is malformed, or if a key or signature can't be made.
Result<MirroredChain> mirror_chain(const std::vector<Buffer>& sent, const KeySource& keys,
                                   UsableKeys client = {});

/// The leaf repeated, but issued by the local CA: for an upstream that is trusted, so that a router that
/// trusts our CA judges the rest (names, validity, usages, key) as it would have judged the server's.
Result<MirroredChain> mirror_under_ca(const std::vector<Buffer>& sent, const LocalCa& ca,
                                      const KeySource& keys, UsableKeys client = {});

}  // namespace mailtap::certs
