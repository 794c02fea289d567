// Hellos of well-known clients, as they sent them (hellos.tsv).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/base/bytes.h"
#include "config/base/result.h"

namespace mailtap::tls::offer {

struct KnownHello {
  std::string_view name;    ///< "openssl-3.0"; static, as what follows
  std::string_view source;  ///< what sent it, or what it was made by
  Buffer stream;            ///< in its records
};

/// In the order of the table.
const std::vector<KnownHello>& known_hellos();
/// By its name, or by its JA4. Null: none is known.
const KnownHello* find_hello(std::string_view name_or_ja4);

/// Lines of NAME, SOURCE and the hello in hex, separated by tabs; # begins a remark.
Result<std::vector<KnownHello>> read_hellos(std::string_view table);

/// A hello out of a file: its bytes as they were sent, or those in hex, in which white space and ':' count
/// for nothing. An error says what the content is instead.
Result<Buffer> hello_in(Bytes content);

}  // namespace mailtap::tls::offer
