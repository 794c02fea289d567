// Members of parsed JSON by name, for documents that anybody may have edited: one that isn't there, or isn't
// of the type asked for, reads as nothing ("", 0, false, no elements) and never throws.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <rapidjson/document.h>

namespace mailtap::json {

using rapidjson::Value;

/// Whether it is one JSON object. Parsed iteratively: no depth of nesting overruns the stack.
inline bool parse_object(rapidjson::Document& into, std::string_view json) {
  into.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  return !into.HasParseError() && into.IsObject();
}

/// A member, or null where `in` is no object or has none of that name.
inline const Value& at(const Value& in, const char* name) {
  static const Value null;
  if (!in.IsObject()) return null;
  const auto found = in.FindMember(name);
  return found == in.MemberEnd() ? null : found->value;
}

inline std::string text_of(const Value& value) {
  return value.IsString() ? std::string(value.GetString(), value.GetStringLength()) : std::string();
}
inline std::string text(const Value& in, const char* name) {
  return text_of(at(in, name));
}

inline bool flag(const Value& in, const char* name) {
  const auto& value = at(in, name);
  return value.IsBool() && value.GetBool();
}

inline std::uint64_t number(const Value& in, const char* name) {
  const auto& value = at(in, name);
  return value.IsUint64() ? value.GetUint64() : 0;
}

inline std::int64_t integer(const Value& in, const char* name, std::int64_t otherwise = 0) {
  const auto& value = at(in, name);
  return value.IsInt64() ? value.GetInt64() : otherwise;
}

/// Calls `take` with each element of an array, at most the first `most` of them.
template <class Take>
void each(const Value& array, rapidjson::SizeType most, Take take) {
  if (!array.IsArray()) return;
  for (rapidjson::SizeType i = 0; i < std::min(array.Size(), most); ++i) take(array[i]);
}

/// Those elements of a member that are strings, among its first `most`.
inline std::vector<std::string> texts(const Value& in, const char* name, rapidjson::SizeType most = 1024) {
  std::vector<std::string> all;
  each(at(in, name), most, [&](const Value& one) {
    if (one.IsString()) all.push_back(text_of(one));
  });
  return all;
}

}  // namespace mailtap::json
