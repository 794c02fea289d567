// The hub's contents as the JSON of docs/admin.md.
#pragma once

#include <span>
#include <string>

#include "certs/verify/question.h"
#include "proxy/admin/hub.h"

namespace mailtap::admin {

/// Which of the connections that are kept.
enum class Which { recent, notable, open };

/// A short object for each, newest first: at most `most`.
std::string connections_json(const Hub& hub, Which which, std::size_t max);
/// One with all that the log has, when its steps began, and what to do in that language.
std::string connection_json(const inspect::ConnectionRecord& connection, certs::Language language);
std::string upstreams_json(const Hub& hub, certs::Language language);

/// What of a series is asked for.
struct Span {
  std::string_view name;  ///< "15m"
  Series& (Hub::*series)();
  std::size_t buckets;
  std::int64_t step = 1;  ///< buckets of the series in one that is told
};
/// Null: there is none of that name. Empty: the first one.
const Span* span_of(std::string_view name);
std::string counts_json(Hub& hub, const Span& span, std::chrono::sys_seconds now);

/// What came in one tick, as data of a server-sent event. When there is much of it, those of note come first,
/// and what was left out is counted.
std::string batch_json(std::span<const ConnectionPtr> opened, std::span<const ConnectionPtr> ended,
                       const Counts& totals, std::uint64_t open, std::size_t max);

}  // namespace mailtap::admin
