// The certificates of the demonstration: a small company's PKI, and one mail server for each thing that can
// be wrong with a certificate, with what mailtap must say of it.
#pragma once

#include <string>
#include <vector>

#include "certs/issue/private_key.h"
#include "config/base/bytes.h"
#include "config/base/result.h"
#include "config/base/text.h"

namespace mailtap::demo {

/// The host of the URL in the router's profile, for every server.
constexpr std::string_view configured_name = "mail.contoso.example";

struct Expected {
  std::vector<std::string> faults{};  ///< in the log's spelling, any order; none: trusted
  bool name_matches = true;
  std::vector<unsigned> causes{};
  bool router_refuses = true;  ///< without mailtap, the router of router.h
};

struct LabServer {
  std::string id;             ///< "wrong-name": the route's name too
  std::vector<Buffer> chain;  ///< DER as the server sends it, leaf first
  certs::KeyPtr key;
  Expected expected;
};

struct Lab {
  Buffer root;  ///< the only CA that the router's machine trusts, DER
  Buffer crl;   ///< of the issuing CA below it, DER
  std::vector<LabServer> servers;
};

/// Keys and certificates for a demonstration at `now`.
Result<Lab> make_lab(Time now);

}  // namespace mailtap::demo
