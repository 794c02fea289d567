// RapidJSON's writer with what mailtap's documents need: members by name, null for what isn't known, and
// strings that a hostile peer chose.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "config/base/phrases.h"
#include "inspect/writers/printable.h"

namespace mailtap::inspect {

class JsonWriter {
 public:
  JsonWriter() = default;
  /// Sentences for people are written in that language.
  explicit JsonWriter(Language language) : language_(language) {}
  Language language() const { return language_; }

  void start_object() { writer_.StartObject(); }
  void end_object() { writer_.EndObject(); }
  void start_array() { writer_.StartArray(); }
  void end_array() { writer_.EndArray(); }
  void key(std::string_view name) { writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size())); }

  /// A member that is an object, or an array, until its end.
  void open(std::string_view name) {
    key(name);
    start_object();
  }
  void open_array(std::string_view name) {
    key(name);
    start_array();
  }

  void value(std::string_view text) {
    if (is_plain(text)) {
      writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
    } else {
      const auto cleaned = valid_utf8(text);
      writer_.String(cleaned.data(), static_cast<rapidjson::SizeType>(cleaned.size()));
    }
  }
  void value(std::int64_t number) { writer_.Int64(number); }

  /// A member that was written before: `json` is an object.
  void raw_object(std::string_view name, std::string_view json) {
    key(name);
    raw(json, rapidjson::kObjectType);
  }
  /// A value that was written before: `json` is an array.
  void raw_array(std::string_view json) { raw(json, rapidjson::kArrayType); }
  void null(std::string_view name) {
    key(name);
    writer_.Null();
  }
  void member(std::string_view name, const char* text) { member(name, std::string_view(text)); }
  void member(std::string_view name, const std::string& text) { member(name, std::string_view(text)); }
  void member(std::string_view name, std::string_view text) {
    key(name);
    value(text);
  }
  void member_or_null(std::string_view name, std::string_view text) {
    text.empty() ? null(name) : member(name, text);
  }
  /// A sentence for people (config/base/phrases.h), or several.
  void sentence(std::string_view name, std::string_view text) {
    language_ == Language::english ? member(name, text) : member(name, in_language(text, language_));
  }
  void sentence_or_null(std::string_view name, std::string_view text) {
    text.empty() ? null(name) : sentence(name, text);
  }
  void sentences(std::string_view name, const std::vector<std::string>& texts) {
    open_array(name);
    for (const auto& text : texts) value(in_language(text, language_));
    end_array();
  }
  /// The word of an enumeration.
  template <class Enumeration>
  requires std::is_enum_v<Enumeration>
  void member(std::string_view name, Enumeration value) { member(name, to_string(value)); }
  template <class Enumeration>
  requires std::is_enum_v<Enumeration>
  void member_or_null(std::string_view name, std::optional<Enumeration> value) {
    value ? member(name, *value) : null(name);
  }
  void member(std::string_view name, const std::vector<std::string>& texts) {
    open_array(name);
    for (const auto& text : texts) value(text);
    end_array();
  }
  /// bool and whole numbers, each as what it is: nothing converts to another in silence.
  template <class Number>
  requires std::is_integral_v<Number>
  void member(std::string_view name, Number number) {
    key(name);
    if constexpr (std::is_same_v<Number, bool>)
      writer_.Bool(number);
    else if constexpr (std::is_unsigned_v<Number>)
      writer_.Uint64(number);
    else
      writer_.Int64(number);
  }

  std::string text() const { return {buffer_.GetString(), buffer_.GetSize()}; }

 private:
  /// As RawValue(), which copies a character at a time: what comes before the value, then all of it at once.
  void raw(std::string_view json, rapidjson::Type type) {
    writer_.RawValue("", 0, type);
    std::copy(json.begin(), json.end(), buffer_.Push(json.size()));
  }

  Language language_ = Language::english;
  rapidjson::StringBuffer buffer_{nullptr, 4096};
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

}  // namespace mailtap::inspect
