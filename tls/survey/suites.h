// What a cipher suite is made of, as its name says, and which ones a survey asks for.
#pragma once

#include <cstdint>
#include <vector>

namespace mailtap::tls::survey {

enum class KeyExchange { rsa, dhe, ecdhe, fixed_dh, other };
enum class Authentication { none, rsa, dss, ecdsa, other };

KeyExchange key_exchange_of(std::uint16_t suite);  ///< of TLS 1.3's: ecdhe
Authentication authentication_of(std::uint16_t suite);

bool is_export(std::uint16_t suite);
bool has_no_encryption(std::uint16_t suite);
bool has_rc4(std::uint16_t suite);
bool has_small_blocks(std::uint16_t suite);  ///< of 64 bits: DES, 3DES, IDEA, RC2
bool has_cbc(std::uint16_t suite);
bool is_aead(std::uint16_t suite);
bool has_forward_secrecy(
    std::uint16_t suite);  ///< an ephemeral key exchange with a key of at least 1024 bits

/// Of the versions before TLS 1.3, in lists of at most a hundred: first those that servers have (AES,
/// ChaCha20, Camellia, 3DES and RC4 with an authenticated key exchange), then all others that have a name
/// here.
const std::vector<std::vector<std::uint16_t>>& suite_lists();
const std::vector<std::uint16_t>& tls13_suites();

/// Groups on curves, for a version before TLS 1.3; all groups that TLS 1.3 has or has had.
const std::vector<std::uint16_t>& curves();
const std::vector<std::uint16_t>& tls13_groups();

const std::vector<std::uint16_t>& signature_algorithms();        ///< for TLS 1.2
const std::vector<std::uint16_t>& tls13_signature_algorithms();  ///< that may sign a handshake

}  // namespace mailtap::tls::survey
