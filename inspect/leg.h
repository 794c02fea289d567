// One side of a connection as its record has it.
#pragma once

#include <string>

#include "tls/numbers.h"

namespace mailtap::inspect {

struct Leg {
  std::string address;  ///< peer's ADDRESS:PORT
  std::string name;     ///< downstream: the SNI received; upstream: the SNI sent
  /// What was agreed on; version none: nothing, and then the suite means nothing.
  tls::Version version = tls::Version::none;
  tls::CipherSuite cipher_suite = tls::CipherSuite::TLS_NULL_WITH_NULL_NULL;
  tls::Group group = tls::Group::none;
  std::string alpn;
  bool resumed = false;
};

}  // namespace mailtap::inspect
