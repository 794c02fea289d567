// How the server of a router's profile is checked: as what, and what doesn't fit together.
#pragma once

#include <string>

#include "inspect/crm/router_file.h"

namespace mailtap::crm {

struct Target {
  std::string text;  ///< as `mailtap check` takes it; empty: there is nothing to check
  std::string
      note;  ///< a sentence of the catalogue: why there isn't, or what keeps the router from connecting
};

Target target_of(const Profile& profile);

}  // namespace mailtap::crm
