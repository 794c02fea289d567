// What `--protocols` found, for people; for programs inspect/writers/protocols_json.h has it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "certs/verify/question.h"
#include "proxy/terminal/table.h"
#include "tls/survey/findings.h"

namespace mailtap::check {

/// Line by line: `line` is given each with its title, which is empty for those that go on, and its indent.
using WriteLine = std::function<void(std::string_view title, const std::string& text, terminal::Tone tone,
                                     std::size_t indent)>;
void write_protocols(const tls::survey::Findings& findings, certs::Language language, const WriteLine& line);

}  // namespace mailtap::check
