#include "proxy/demo/logged.h"

#include <thread>

#include <rapidjson/document.h>
#include <rapidjson/pointer.h>

#include "certs/verify/verdict.h"
#include "config/base/file.h"

namespace mailtap::demo {

namespace {

using rapidjson::Value;

/// Reads members by JSON pointer (RFC 6901) and remembers the first that isn't there or isn't of its type.
class Reader {
 public:
  explicit Reader(const Value& root) : root_(root) {}

  std::string text(const char* where) {
    const auto* value = at(where, &Value::IsString);
    return value != nullptr ? std::string(value->GetString(), value->GetStringLength()) : std::string();
  }
  /// Null is an empty text.
  std::string text_or_null(const char* where) {
    const auto* value = rapidjson::Pointer(where).Get(root_);
    return value != nullptr && value->IsNull() ? std::string() : text(where);
  }
  std::uint64_t number(const char* where) {
    const auto* value = at(where, &Value::IsUint64);
    return value != nullptr ? value->GetUint64() : 0;
  }
  std::vector<std::string> texts(const char* where) {
    std::vector<std::string> all;
    if (const auto* value = at(where, &Value::IsArray))
      for (const auto& one : value->GetArray())
        if (one.IsString()) all.emplace_back(one.GetString(), one.GetStringLength());
    return all;
  }
  std::vector<unsigned> numbers(const char* where) {
    std::vector<unsigned> all;
    if (const auto* value = at(where, &Value::IsArray))
      for (const auto& one : value->GetArray())
        if (one.IsUint()) all.push_back(one.GetUint());
    return all;
  }

  const std::string& missing() const { return missing_; }

 private:
  const Value* at(const char* where, bool (Value::*is_type)() const) {
    const auto* value = rapidjson::Pointer(where).Get(root_);
    if (value != nullptr && (value->*is_type)()) return value;
    if (missing_.empty()) missing_ = where;
    return nullptr;
  }

  const Value& root_;
  std::string missing_;
};

}  // namespace

Result<Logged> parse_log_line(std::string_view line) {
  rapidjson::Document json;
  json.Parse(line.data(), line.size());
  if (json.HasParseError()) return fail("the log's line isn't JSON: " + std::string(line));
  Reader read(json);
  Logged logged;
  logged.route = read.text("/route");
  logged.ending = read.text("/ending/reason");
  if (const auto* verdict = rapidjson::Pointer("/verdict").Get(json); verdict != nullptr && verdict->IsNull())
    return fail("the log has no verdict on " + logged.route + ", whose connection ended with " +
                logged.ending + ": " + read.text_or_null("/ending/detail"));
  logged.trusted = read.text("/verdict/trust") == "trusted";
  logged.faults = read.texts("/verdict/faults");
  logged.name_matches = read.text("/verdict/name") == "match";
  logged.causes = read.numbers("/verdict/causes");
  logged.policy_errors = read.texts("/verdict/dotnet/policy_errors");
  logged.chain_status = read.texts("/verdict/dotnet/chain_status");
  logged.advice = read.text_or_null("/verdict/advice");
  logged.to_upstream = read.number("/bytes/to_upstream");
  logged.to_downstream = read.number("/bytes/to_downstream");
  if (!read.missing().empty())
    return fail("the log's line has no " + read.missing() + ": " + std::string(line));
  return logged;
}

Result<Logged> await_log_line(const std::string& file, const std::string& route,
                              std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto content = read_file(file);
    if (!content) return tl::unexpected(content.error());
    std::string_view rest = *content;
    for (auto end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
      const auto line = rest.substr(0, end);
      rest.remove_prefix(end + 1);
      if (line.starts_with(R"({"event":"exchange")") || line.starts_with(R"({"event":"alert")")) continue;
      auto logged = parse_log_line(line);
      if (!logged || logged->route == route) return logged;
    }
    if (std::chrono::steady_clock::now() > deadline) return fail("the log has no line of route " + route);
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
}

}  // namespace mailtap::demo
