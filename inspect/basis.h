// What a route's policy decides by.
#pragma once

#include <string_view>

namespace mailtap::inspect {

/// What lets a connection go on.
enum class Basis {
  nothing,    ///< no policy asks for anything, and the certificate isn't trusted and matching
  trust,      ///< the certificate is trusted and matching
  pin,        ///< its key is one of the route's pins
  pin_file,   ///< its key is the one remembered for the name
  first_use,  ///< no key was remembered for the name; from now on this one is
};
std::string_view to_string(Basis basis);  ///< "trust", "pin-file": as in the log

}  // namespace mailtap::inspect
