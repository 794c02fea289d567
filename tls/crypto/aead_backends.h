// Who encrypts: for aead.cpp alone. The same contract as in tls/crypto/aead.h.
#pragma once

#include "tls/crypto/aead.h"

namespace mailtap::crypto {

namespace libcrypto {
bool seal(Aead aead, const Record& record, MutableBytes tag);
bool open(Aead aead, const Record& record, Bytes tag);
void forget_key(Aead aead, Bytes key);
}  // namespace libcrypto

/// Intel's libipsec_mb. A build without it has the same functions (aead_ipsec_none.cpp).
namespace ipsec {
/// It is in this build, and this CPU has AES instructions.
bool usable();
bool seal(const Record& record, MutableBytes tag);
bool open(const Record& record, Bytes tag);
void forget_key(Bytes key);
}  // namespace ipsec

}  // namespace mailtap::crypto
