// Which certificate a client has tied its authentication to.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "config/base/bytes.h"
#include "inspect/exchange.h"
#include "inspect/tap.h"

namespace mailtap::inspect::auth {

using ChannelBindingHash = std::array<std::uint8_t, 16>;

/// What a client puts into MsvAvChannelBindings for a server with this certificate (DER): MD5 of a
/// gss_channel_bindings_struct ([MS-NLMP] 2.2.2.1, RFC 2744 section 3.11) whose application data is RFC
/// 5929's tls-server-end-point. None: there is no certificate, or its signature has no hash that the RFC
/// could use.
std::optional<ChannelBindingHash> channel_binding_hash(Bytes certificate);

/// The same of the certificate's hash.
std::optional<ChannelBindingHash> channel_binding_of(Bytes certificate_hash);

/// Whose certificate's `sent` is.
ChannelBinding compare(const std::optional<ChannelBindingHash>& sent, const LegCertificates& certificates);

}  // namespace mailtap::inspect::auth
