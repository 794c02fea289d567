// What `--protocols` found, for people and for programs.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "certs/verify/question.h"
#include "inspect/writers/json_writer.h"
#include "proxy/terminal/table.h"
#include "tls/survey/findings.h"

namespace mailtap::check {

/// The member "protocols" (docs/protocols.md).
void write_protocols(inspect::JsonWriter& to, const tls::survey::Findings& findings);

/// Line by line: `line` is given each with its title, which is empty for those that go on, and its indent.
using WriteLine = std::function<void(std::string_view title, const std::string& text, terminal::Tone tone,
                                     std::size_t indent)>;
void write_protocols(const tls::survey::Findings& findings, certs::Language language, const WriteLine& line);

}  // namespace mailtap::check
