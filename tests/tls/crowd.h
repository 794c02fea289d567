// Many clients and servers in memory whose handshakes run at the same time, as a worker's do.
#pragma once

#include <memory>
#include <vector>

#include "tests/tls/pair.h"
#include "tls/crypto/batcher.h"

namespace mailtap::tests {

class Crowd {
 public:
  /// A pair whose sessions batch their cryptography here. It stays until it is removed.
  Pair& add(tls::ClientParameters client, tls::ServerParameters server, Segments segments = Segments::whole);
  void remove(const Pair& pair);
  const std::vector<std::unique_ptr<Pair>>& pairs() const { return pairs_; }

  /// One turn of a loop: all bytes that can be carried are, then one batch is done.
  void turn();
  /// Turns until nobody goes on.
  void shake_hands();

  crypto::Batcher batcher;

 private:
  std::vector<std::unique_ptr<Pair>> pairs_;
};

}  // namespace mailtap::tests
