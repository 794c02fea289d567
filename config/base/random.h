// Randomness for keys, nonces and serial numbers: the kernel's, read in blocks that are erased as they are
// used.
#pragma once

#include "config/base/bytes.h"

namespace mailtap {

/// Fills `out` from the kernel's generator. False only if the kernel refuses, which ends what asked for it.
bool random_bytes(MutableBytes out);

/// The same in the shape that mbedTLS calls f_rng; `unused` may be null.
int random_for_mbedtls(void* unused, unsigned char* out, std::size_t size);

}  // namespace mailtap
