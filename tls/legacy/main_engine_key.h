// What the old engine needs of an identity, without its types: the chain as bytes, and the private key's
// operations, which mbedTLS 3.6 does. Its RSA is maintained and blinded, and its PKCS #1 v1.5 decryption
// takes the same time whatever the padding is (RFC 5246 section 7.4.7.1); 2.28 never holds a private key.
#pragma once

#include <vector>

#include "certs/model/identity_ptr.h"
#include "config/base/bytes.h"

namespace mailtap::tls {

/// DER, leaf first. Valid as long as the identity.
std::vector<Bytes> chain_of(const certs::Identity& identity);

bool has_rsa_key(const certs::Identity& identity);
/// Of the modulus, in bytes.
std::size_t rsa_size(const certs::Identity& identity);

/// PKCS #1 v1.5 (RFC 8017 section 7.2.2): `ciphertext` is rsa_size() bytes. 0, or mbedTLS's error, which must
/// not be branched on.
int rsa_decrypt(const certs::Identity& identity, const unsigned char* ciphertext, MutableBytes out,
                std::size_t& size);
/// What TLS 1.0 signs (RFC 2246 section 7.4.3): MD5 and SHA-1, without a DigestInfo. `signature`: rsa_size()
/// bytes. 0, or mbedTLS's error.
int rsa_sign(const certs::Identity& identity, Bytes hashes, unsigned char* signature);

}  // namespace mailtap::tls
