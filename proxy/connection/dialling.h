// How mailtap's connection to a server begins, or why there is none.
#pragma once

#include "inspect/ending.h"
#include "proxy/connection/context.h"
#include "proxy/net/dialer.h"

namespace mailtap::proxy {

/// `failure` of a dialling to `host`, as the connection's ending.
inspect::Ending ending_of(const net::DialFailure& failure, const std::string& host);

/// Sends what precedes everything else: the PROXY header, if the route says so.
void send_preface(net::Stream& upstream, const Context& context);

}  // namespace mailtap::proxy
