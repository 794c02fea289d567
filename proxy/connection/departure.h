// How the side that an ending names has left.
#pragma once

namespace mailtap::proxy {

enum class Departure {
  none,     ///< it hasn't: mailtap ended the connection, or nobody did anything
  goodbye,  ///< in order, after what both had to say
  left,     ///< it broke off, by an alert or the end of its stream
  reset,    ///< it broke its connection
};

}  // namespace mailtap::proxy
