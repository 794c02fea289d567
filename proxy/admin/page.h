// The live page: page.html and live.js over what it shares with the report of traces (inspect/web/sources.h).
// Its scripts and styles are files of their own, so that its policy can forbid all others.
#pragma once

#include <string_view>

namespace mailtap::admin {

struct PagePart {
  std::string_view path;
  std::string_view content_type;
  std::string_view text;
};

/// Null: there is none at this path.
const PagePart* page_part(std::string_view path);

/// Header lines that go with each part.
inline constexpr std::string_view page_fields =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

}  // namespace mailtap::admin
