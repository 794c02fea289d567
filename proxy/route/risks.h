// What an admin should know before relying on a route: settings that are allowed and give up some protection.
#pragma once

#include <string>
#include <vector>

namespace mailtap::config {
struct Route;
}

namespace mailtap::proxy {

/// A sentence each, beginning with the route's id; said when the route starts.
/// Looks at the files of private keys.
std::vector<std::string> risks_of(const config::Route& route);

}  // namespace mailtap::proxy
