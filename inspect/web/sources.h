// What the live page (proxy/admin) and the report of traces (inspect/trace/view) are both made of: one look,
// one way to show a connection. The scripts are small modules, put together by CMake; nothing comes from
// outside.
//
//   dom, phrases, words        elements, sentences of logs in the reader's language, the page's own words
//   facts, jobs, query         what members mean, long work in pieces, the filter's language
//   grid, charts, ladder       a table of any length, counts over time, a handshake
//   details, connections       one connection, all of them
//   overview                   the first screen
//   survey                     what a server's TLS is able to
#pragma once

#include <string_view>

namespace mailtap::web {

extern const std::string_view style;   ///< CSS
extern const std::string_view script;  ///< JavaScript, before the page's own

}  // namespace mailtap::web
