#include "tls/crypto/aead_backends.h"

namespace mailtap::crypto::ipsec {

bool usable() {
  return false;
}
bool seal(const Record& /*record*/, MutableBytes /*tag*/) {
  return false;
}
bool open(const Record& /*record*/, Bytes /*tag*/) {
  return false;
}
void forget_key(Bytes /*key*/) {}

}  // namespace mailtap::crypto::ipsec
