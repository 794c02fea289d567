// How an identity is passed on by those who needn't know mbedTLS's types.
#pragma once

#include <memory>

namespace mailtap::certs {

class Identity;  // identity.h
using IdentityPtr = std::shared_ptr<const Identity>;

}  // namespace mailtap::certs
