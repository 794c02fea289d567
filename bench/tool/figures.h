// From measurements to what is shown: medians, percentiles, JSON, a table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include "config/base/result.h"

namespace mailtap::bench {

/// 0 of nothing.
double median(std::vector<double> values);
/// Of the ratios of those that were measured in the same round, the median: what changes on the machine from
/// round to round changes both. 0 of nothing.
double median_ratio(const std::vector<double>& of, const std::vector<double>& to);
/// The value that `share` (0 to 1) of `values` don't exceed.
double percentile(std::vector<double> values, double share);

/// How busy the machine is besides the benchmark: its load average when a run began.
double load_average();

using Json = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

inline void member(Json& to, const char* name, double value) {
  to.Key(name);
  to.Double(value);
}
inline void member(Json& to, const char* name, std::size_t value) {
  to.Key(name);
  to.Uint64(value);
}
inline void member(Json& to, const char* name, const std::string& value) {
  to.Key(name);
  to.String(value);
}
inline void member(Json& to, const char* name, const std::vector<double>& values) {
  to.Key(name);
  to.StartArray();
  for (const double value : values) to.Double(value);
  to.EndArray();
}

/// Columns of text, the first to the left, the others to the right.
class Table {
 public:
  explicit Table(std::vector<std::string> heads) : rows_{std::move(heads)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

std::string number(double value, int decimals = 0);

/// A line on standard error, at once.
void progress(std::string_view text);

/// "-": standard output.
Result<void> write_json(const std::string& file, const rapidjson::StringBuffer& json);

}  // namespace mailtap::bench
