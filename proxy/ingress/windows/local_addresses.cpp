#include "proxy/ingress/local_addresses.h"

#include <uv.h>

namespace mailtap::proxy::ingress {

std::vector<net::Address> local_addresses() {
  std::vector<net::Address> addresses;
  uv_interface_address_t* all = nullptr;
  int count = 0;
  if (uv_interface_addresses(&all, &count) != 0) return addresses;
  for (int i = 0; i < count; ++i) addresses.emplace_back(reinterpret_cast<const sockaddr&>(all[i].address));
  uv_free_interface_addresses(all, count);
  return addresses;
}

}  // namespace mailtap::proxy::ingress
