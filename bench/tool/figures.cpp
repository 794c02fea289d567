#include "bench/tool/figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>

namespace mailtap::bench {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double median_ratio(const std::vector<double>& of, const std::vector<double>& to) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(of.size(), to.size()); ++i)
    if (to[i] > 0) ratios.push_back(of[i] / to[i]);
  return median(std::move(ratios));
}

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto rank = std::ceil(share * static_cast<double>(values.size()));
  return values[std::min(values.size(), std::max<std::size_t>(1, static_cast<std::size_t>(rank))) - 1];
}

double load_average() {
  std::array<double, 1> averages{};
  return ::getloadavg(averages.data(), 1) == 1 ? averages[0] : 0;
}

std::string Table::text() const {
  std::vector<std::size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - row[i].size(), ' ');
      text += i == 0 ? row[i] + padding : "  " + padding + row[i];
    }
    text += '\n';
  }
  return text;
}

std::string number(double value, int decimals) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

void progress(std::string_view text) {
  std::cerr << "mailtap-bench: " << text << std::endl;
}

Result<void> write_json(const std::string& file, const rapidjson::StringBuffer& json) {
  if (file == "-") {
    std::cout << json.GetString() << std::endl;
    return {};
  }
  std::ofstream out(file);
  out << json.GetString() << "\n";
  out.close();
  if (!out) return fail(file + ": the figures can't be written there");
  return {};
}

}  // namespace mailtap::bench
