// The block functions of SHA-1, SHA-256 and SHA-512 by libcrypto, which takes the CPU's SHA instructions or
// vectors where there are.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace mailtap::crypto {

void sha1_block(std::span<std::uint32_t, 5> state, const std::uint8_t* block);
void sha256_block(std::span<std::uint32_t, 8> state, const std::uint8_t* block);
void sha512_block(std::span<std::uint64_t, 8> state, const std::uint8_t* block);

}  // namespace mailtap::crypto
