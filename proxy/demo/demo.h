// `mailtap demo`: a whole installation on loopback, from the router to the mail servers, with the real proxy
// in between.
//
//   router.h --- TLS ---> proxy::Server --- TLS ---> mail_server.h      certificates of both: lab.h
//                              |
//                        JSON log lines ---> logged.h ---> table.h
//
// docs/demo.md says it for users.
#pragma once

#include <iosfwd>

#include "config/base/language.h"
#include "proxy/demo/lab.h"
#include "proxy/terminal/table.h"

namespace mailtap::demo {

struct Options {
  bool keep = false;  ///< leave it running until SIGINT or SIGTERM
  Language language = Language::english;
};

/// Polls every server of `lab` through the proxy and says on `out` what came of it. The process's exit code:
/// success if every verdict was the expected one and not a byte differed. Call it from the main thread.
int run(const Lab& lab, const Options& options, std::ostream& out, const terminal::Style& style);

}  // namespace mailtap::demo
