// How many descriptors the process may have, and what that means for connections.
#pragma once

#include <cstdint>

namespace mailtap::proxy {

/// Raises the soft limit to the hard one; answers the limit in force.
std::uint64_t raise_descriptor_limit();

/// Connections that `descriptors` allow: two each (one a leg), after what listeners and their copies for a
/// successor, loops, logs and DNS need. 0: not even one.
std::uint32_t connections_for(std::uint64_t descriptors, unsigned workers, unsigned routes);

}  // namespace mailtap::proxy
