#include "inspect/trace/view/surveys.h"

#include <algorithm>
#include <string_view>

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "config/base/file.h"

namespace mailtap::trace {

namespace {

using Value = rapidjson::Value;

std::string text_of(const Value& object, const char* key) {
  const auto found = object.FindMember(key);
  return found != object.MemberEnd() && found->value.IsString()
             ? std::string(found->value.GetString(), found->value.GetStringLength())
             : std::string();
}

void take(const Value& target, const std::string& time, std::vector<StoredSurvey>& into) {
  if (!target.IsObject()) return;
  const auto protocols = target.FindMember("protocols");
  if (protocols == target.MemberEnd() || !protocols->value.IsObject()) return;
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  protocols->value.Accept(writer);
  into.push_back({text_of(target, "target"), text_of(target, "name"), time,
                  std::string(buffer.GetString(), buffer.GetSize())});
}

}  // namespace

/// Each line is an object: one for all targets, or one for each of many (--targets).
Result<std::vector<StoredSurvey>> read_surveys(const std::string& path) {
  const auto text = read_named_file(path);
  if (!text) return tl::unexpected(text.error());
  std::vector<StoredSurvey> found;
  std::string_view rest(reinterpret_cast<const char*>(text->data()), text->size());
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    rapidjson::Document document;
    document.Parse<rapidjson::kParseIterativeFlag>(line.data(), line.size());
    if (document.HasParseError() || !document.IsObject()) continue;
    const Value& report = document;
    const auto time = text_of(report, "time");
    const auto targets = report.FindMember("targets");
    if (targets == report.MemberEnd() || !targets->value.IsArray()) {
      take(report, time, found);
      continue;
    }
    for (const auto& target : targets->value.GetArray()) take(target, time, found);
  }
  if (found.empty())
    return fail(path + ": no survey is in it: write it with `mailtap check TARGET --protocols --json`");
  return found;
}

}  // namespace mailtap::trace
