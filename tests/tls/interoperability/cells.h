// The interoperability matrix: what sessions offer and accept, spoken with each TLS stack that is here.
//
//   cells.cpp                 the cells, generated from the sessions' own tables: a new entry is tested the
//   day it is
//                             written
//   conversations.cpp         a cell's connections
//   main.cpp                  which cells, and what they came to
//   expected_failures.txt     cells that fail today, with the reason
#pragma once

#include <string>
#include <vector>

#include "tests/tls/peers/peer.h"
#include "tls/crypto/backend.h"

namespace mailtap::tests {

/// What a session computes with.
struct Engine {
  std::string name;
  crypto::Backend backend;
  bool batches = false;       ///< the cryptography of many handshakes at the same time (tls/crypto/batcher.h)
  unsigned left_out = 0;      ///< of enum mailtap_shortcut
  bool is_reference = false;  ///< tries too what takes long and is the same code in every engine
};
const std::vector<Engine>& engines();

struct Stack {
  std::string name;
  Result<std::unique_ptr<PeerContext>> (*make)(const PeerParameters&);
};
const std::vector<Stack>& stacks();

struct Cell {
  std::string name;     ///< "libcrypto/client/openssl/TLSv1.2/suite=TLS_..." : "client" is what we are
  std::string feature;  ///< of our tables, "suite TLS_... in TLSv1.2": some peer should speak it
  const Engine* engine = nullptr;
  const Stack* stack = nullptr;
  bool we_are_client = true;
  bool is_legacy = false;  ///< our session is the old engine's
  std::string key;         ///< the kind of the server's
  std::string client_key;  ///< the same of the client, which is asked for its certificate; empty: it isn't
  PeerParameters theirs;   ///< but for role and identity
  bool resumes = false;    ///< a second connection goes back to the first
};

std::vector<Cell> all_cells();

/// What a cell, or the peer with itself, came to. Empty: all is well.
struct Outcome {
  std::string problem;
  std::string unspoken;  ///< the peer can't speak it to itself either: why
};
/// The cells are of one engine, which is in use.
std::vector<Outcome> converse(const std::vector<const Cell*>& cells);

}  // namespace mailtap::tests
