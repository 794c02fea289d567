// The hub's contents as the JSON of docs/admin.md.
#pragma once

#include <span>
#include <string>

#include "proxy/admin/hub.h"

namespace mailtap::admin {

/// Which of the connections that are kept.
enum class Which { recent, notable, open };

/// A short object for each, newest first: at most `most`.
std::string connections_json(const Hub& hub, Which which, std::size_t max);
/// One with all that the log has, and when its steps began.
std::string connection_json(const inspect::ConnectionRecord& connection);
std::string upstreams_json(const Hub& hub);
/// Of the last five minutes by the second, or of the last day by ten minutes.
std::string counts_json(Series& series, const Counts& totals, std::chrono::sys_seconds now);

/// What came in one tick, as data of a server-sent event. When there is much of it, those of note come first,
/// and what was left out is counted.
std::string batch_json(std::span<const ConnectionPtr> opened, std::span<const ConnectionPtr> ended,
                       const Counts& totals, std::uint64_t open, std::size_t max);

}  // namespace mailtap::admin
