// What an admin should know before relying on a route: settings that are allowed and give up some protection.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/base/text.h"

namespace mailtap::config {
struct Route;
}

namespace mailtap::proxy {

struct Risk {
  std::string_view option;  ///< that it comes of
  std::string text;         ///< a sentence
};
/// Looks at the files of certificates and private keys.
std::vector<Risk> find_risks(const config::Route& route, Time now);

/// The same, beginning with the route's id; said when the route starts.
std::vector<std::string> risks_of(const config::Route& route);

}  // namespace mailtap::proxy
