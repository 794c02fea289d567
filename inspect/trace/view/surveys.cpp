#include "inspect/trace/view/surveys.h"

#include <algorithm>
#include <string_view>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "config/base/file.h"
#include "config/base/json_reader.h"

namespace mailtap::trace {

namespace {

using json::at;
using json::text;
using json::Value;

void take(const Value& target, const std::string& time, std::vector<StoredSurvey>& into) {
  const auto& protocols = at(target, "protocols");
  if (!protocols.IsObject()) return;
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  protocols.Accept(writer);
  into.push_back({text(target, "target"), text(target, "name"), time,
                  std::string(buffer.GetString(), buffer.GetSize())});
}

}  // namespace

/// Each line is an object: one for all targets, or one for each of many (--targets).
Result<std::vector<StoredSurvey>> read_surveys(const std::string& path) {
  const auto content = read_named_file(path);
  if (!content) return tl::unexpected(content.error());
  std::vector<StoredSurvey> found;
  std::string_view rest(reinterpret_cast<const char*>(content->data()), content->size());
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    rapidjson::Document document;
    if (!json::parse_object(document, line)) continue;
    const auto time = text(document, "time");
    const auto& targets = at(document, "targets");
    if (!targets.IsArray()) {
      take(document, time, found);
      continue;
    }
    for (const auto& target : targets.GetArray()) take(target, time, found);
  }
  if (found.empty())
    return fail(path + ": no survey is in it: write it with `mailtap check TARGET --protocols --json`");
  return found;
}

}  // namespace mailtap::trace
