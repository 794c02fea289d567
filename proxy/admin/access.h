// Who may ask the admin endpoint. A browser on the admin's machine is also everybody's whose page it shows:
//
//   Host    a name that somebody else's DNS leads here (rebinding) would make his page ours: only addresses,
//           localhost and names that were given are answered
//   Origin  another site's page may send requests here, though it can't read the answer: refused
//   token   whoever can reach an address that isn't loopback's must show it
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/http/request.h"

namespace mailtap::admin {

struct Access {
  std::vector<std::string> hosts;  ///< further names, besides addresses and localhost
  std::string token;               ///< empty: none is needed

  enum class Refusal { wrong_host, wrong_origin, no_token };
  /// Nothing: it may go on. `is_open`: no token is needed for what is asked.
  std::optional<Refusal> refusal(const http::Request& request, bool is_open) const;
};

}  // namespace mailtap::admin
