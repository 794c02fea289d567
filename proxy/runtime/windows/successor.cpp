#include "proxy/runtime/successor.h"

namespace mailtap::proxy {

// A process can't pass its listening sockets to another here: there is no hand-over, and no predecessor.

Result<std::unique_ptr<Successor>> Successor::start(uv_loop_t* /*loop*/, const Sockets& /*sockets*/,
                                                    std::uint64_t /*first_id*/, Events /*events*/) {
  return fail("Windows has no hand-over; stop mailtap and start it anew");
}

void Successor::heard(ssize_t /*size*/) {}
void Successor::ended(std::int64_t /*status*/, int /*signal*/) {}

Predecessor Predecessor::from_environment() {
  return {};
}

bool Predecessor::is_parent(const std::string& /*process*/) {
  return false;
}

void Predecessor::tell_ready() {}

}  // namespace mailtap::proxy
