// Where GnuTLS isn't there.
#include "tests/tls/peers/peer.h"

namespace mailtap::tests {

Result<std::unique_ptr<PeerContext>> gnutls_peer(const PeerParameters& /*parameters*/) {
  return fail("this build has no GnuTLS (libgnutls28-dev)");
}

}  // namespace mailtap::tests
