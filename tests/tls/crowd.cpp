#include "tests/tls/crowd.h"

namespace mailtap::tests {

Pair& Crowd::add(tls::ClientParameters client, tls::ServerParameters server, Segments segments) {
  // The pair isn't made yet; when a session is woken, it is.
  auto slot = std::make_shared<Pair*>(nullptr);
  client.batching = {&batcher, [slot] { (*slot)->client_step = tls::Step::want_read; }};
  server.batching = {&batcher, [slot] { (*slot)->server_step = tls::Step::want_read; }};
  pairs_.push_back(std::make_unique<Pair>(std::move(client), std::move(server), segments));
  *slot = pairs_.back().get();
  return *pairs_.back();
}

void Crowd::remove(const Pair& pair) {
  std::erase_if(pairs_, [&](const auto& each) { return each.get() == &pair; });
}

void Crowd::turn() {
  for (const auto& pair : pairs_) pair->shake_hands();
  batcher.step();
}

void Crowd::shake_hands() {
  do {
    turn();
  } while (batcher.has_work());
  // Those whose last job the last step did.
  for (const auto& pair : pairs_) pair->shake_hands();
  if (batcher.has_work()) shake_hands();
}

}  // namespace mailtap::tests
