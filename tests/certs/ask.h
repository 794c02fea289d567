// Asking for a verdict in one line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "certs/verify/question.h"
#include "certs/verify/verdict.h"
#include "tests/certs/forge.h"

namespace mailtap::forge {

struct Asked {
  std::string name = "mail.example.com";
  certs::Profile profile = certs::Profile::rfc5280;
  Time at = now();
  std::vector<Buffer> crls = {};
  std::optional<Buffer> staple = {};  ///< of the leaf, empty: the server has none; nothing: it wasn't asked
};

certs::Verdict ask(const std::vector<Buffer>& sent, const std::vector<Buffer>& anchors,
                   const Asked& asked = {});

/// "expired@0", in the verdict's order.
std::vector<std::string> faults(const certs::Verdict& verdict);

using Faults = std::vector<std::string>;

}  // namespace mailtap::forge
