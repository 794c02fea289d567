// What `--intolerance` found, for people and for programs.
#pragma once

#include "inspect/writers/json_writer.h"
#include "proxy/check/protocols_report.h"
#include "tls/survey/intolerance.h"

namespace mailtap::check {

/// The member "intolerance" (docs/protocols.md).
void write_tolerance(inspect::JsonWriter& to, const tls::survey::Tolerance& tolerance);

/// Line by line, as write_protocols().
void write_tolerance(const tls::survey::Tolerance& tolerance, certs::Language language,
                     const WriteLine& line);

}  // namespace mailtap::check
