// Ephemeral keys made in lanes that would be idle. A call of eight lanes takes as long for one key as for
// eight, so where few handshakes are under way the other lanes make keys for the next handshakes of this
// thread: a fifth of a lone key's time each, and none of a handshake's latency.
//
//   Batcher --1 or 2 public keys--> perform_and_spare() --eight lanes--> the jobs' results, and spare pairs
//                                                                             |
//   mbedTLS makes an ephemeral key --hook--> take_spare_key() <---------------+
//
// A pair is handed out once and erased; one that was kept for longer than `longest_kept` is erased without
// having been used, so that what could be read of this memory says nothing of handshakes that come later.
// It is its thread's, and erased at the latest when that ends: no other thread or process is given it.
#pragma once

#include <chrono>
#include <optional>
#include <span>

#include "tls/crypto/job.h"

namespace mailtap::crypto {

using SpareClock = std::chrono::steady_clock;
inline constexpr std::chrono::seconds longest_kept{10};

/// As perform_batch(). Fills up a batch of at most two public keys of X25519 or P-256, if this thread has no
/// spare ones of that kind and the backend is `multibuffer`. True: it has made some, so
/// erase_old_spare_keys() is to be called after `longest_kept`.
bool perform_and_spare(std::span<Job* const> jobs, SpareClock::time_point now = SpareClock::now());

/// A pair that nobody had before, for a job of this kind (.._public_key), its halves as in Job. False: there
/// is none.
bool take_spare_key(JobKind kind, MutableBytes private_key, MutableBytes public_key,
                    SpareClock::time_point now = SpareClock::now());

/// Erases those of this thread that were kept for too long. When the next ones will have been; nothing: none
/// is left.
std::optional<SpareClock::time_point> erase_old_spare_keys(SpareClock::time_point now = SpareClock::now());

}  // namespace mailtap::crypto
