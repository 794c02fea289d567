// Traces as one HTML file that needs nothing else: a first page that says how the servers are and what to do,
// for whoever doesn't know TLS; then every connection in a table, and one of them with its handshakes. It is
// made of the live page's parts (inspect/web/sources.h).
#pragma once

#include <string>
#include <vector>

#include "certs/verify/question.h"
#include "inspect/trace/view/stored_trace.h"
#include "inspect/trace/view/surveys.h"

namespace mailtap::trace {

/// Connections that a report shows; of more, the latest.
inline constexpr std::size_t max_reported = 20'000;

/// The whole file. `about` says what it was made of, for its heading. `language`: the one that it begins in.
std::string report_html(const std::vector<StoredTrace>& traces, const std::string& about,
                        certs::Language language = certs::Language::english,
                        const std::vector<StoredSurvey>& surveys = {});

}  // namespace mailtap::trace
