#include "certs/model/distinguished_name.h"

#include <algorithm>
#include <array>
#include <utility>

#include "certs/asn1/oids.h"

namespace mailtap::certs {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 14> short_names{{
    {oid::common_name, "CN"},
    {"\x55\x04\x04", "SN"},
    {"\x55\x04\x05", "serialNumber"},
    {oid::country, "C"},
    {oid::locality, "L"},
    {oid::state, "ST"},
    {"\x55\x04\x09", "street"},
    {oid::organisation, "O"},
    {oid::organisational_unit, "OU"},
    {"\x55\x04\x0c", "title"},
    {"\x55\x04\x2a", "GN"},
    {oid::email_address, "emailAddress"},
    {oid::domain_component, "DC"},
    {"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", "UID"},
}};

void append_utf8(std::string& out, std::uint32_t code) {
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) code = 0xfffd;
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

/// The attribute's string as UTF-8; none when it isn't of a string type.
std::optional<std::string> to_utf8(const NameAttribute& attribute) {
  std::size_t width = 1;
  switch (attribute.tag) {
    case der::tag_utf8_string:
    case der::tag_printable_string:
    case der::tag_ia5_string: return std::string(as_text(attribute.value));
    case der::tag_teletex_string: break;  // in practice Latin-1
    case der::tag_bmp_string: width = 2; break;
    case der::tag_universal_string: width = 4; break;
    default: return std::nullopt;
  }
  if (attribute.value.size() % width != 0) return std::nullopt;
  std::string text;
  for (std::size_t i = 0; i < attribute.value.size(); i += width) {
    std::uint32_t code = 0;
    for (std::size_t j = 0; j < width; ++j) code = code << 8 | attribute.value[i + j];
    append_utf8(text, code);
  }
  return text;
}

std::string fold(std::string_view text) {
  std::string folded;
  for (const char c : text) {
    if (c != ' ') {
      folded += c;
    } else if (!folded.empty() && folded.back() != ' ') {
      folded += ' ';
    }
  }
  if (!folded.empty() && folded.back() == ' ') folded.pop_back();
  return to_lower_ascii(folded);
}

void append_sized(std::string& out, std::string_view part) {
  out += std::to_string(part.size()) + ":";
  out += part;
}

std::string comparable_rdn(const std::vector<NameAttribute>& rdn) {
  std::vector<std::string> parts;
  for (const auto& attribute : rdn) {
    std::string part;
    append_sized(part, as_text(attribute.oid));
    if (const auto text = to_utf8(attribute)) {
      append_sized(part, fold(*text));
    } else {
      part += static_cast<char>(attribute.tag);
      append_sized(part, as_text(attribute.value));
    }
    parts.push_back(std::move(part));
  }
  std::sort(parts.begin(), parts.end());
  return join(parts, "");
}

std::string printable(const NameAttribute& attribute) {
  auto text = to_utf8(attribute);
  if (!text) return "#" + to_hex(attribute.value);
  // A name is shown on terminals and in logs: no control characters of a stranger's making.
  for (auto& c : *text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return *text;
}

}  // namespace

bool DistinguishedName::within(const DistinguishedName& other) const {
  return comparable.size() >= other.comparable.size() &&
         std::equal(other.comparable.begin(), other.comparable.end(), comparable.begin());
}

std::string DistinguishedName::text() const {
  std::vector<std::string> parts;
  for (const auto& rdn : rdns)
    for (const auto& attribute : rdn) {
      const auto known = std::find_if(short_names.begin(), short_names.end(),
                                      [&](const auto& name) { return oid::is(attribute.oid, name.first); });
      const auto type =
          known != short_names.end() ? std::string(known->second) : der::oid_text(attribute.oid);
      parts.push_back(type + "=" + printable(attribute));
    }
  return join(parts, ", ");
}

std::vector<std::string> DistinguishedName::values(std::string_view oid) const {
  std::vector<std::string> found;
  for (const auto& rdn : rdns)
    for (const auto& attribute : rdn)
      if (oid::is(attribute.oid, oid)) found.push_back(to_utf8(attribute).value_or(std::string{}));
  return found;
}

std::string DistinguishedName::key() const {
  std::string key;
  for (const auto& rdn : comparable) append_sized(key, rdn);
  return key;
}

std::optional<DistinguishedName> parse_name(Bytes rdn_sequence) {
  DistinguishedName name;
  der::Reader rdns(rdn_sequence);
  while (!rdns.done()) {
    const auto set = rdns.next(der::tag_set);
    if (!set || set->value.empty()) return std::nullopt;
    std::vector<NameAttribute> rdn;
    der::Reader attributes(set->value);
    while (!attributes.done()) {
      const auto pair = attributes.next(der::tag_sequence);
      if (!pair) return std::nullopt;
      der::Reader reader(pair->value);
      const auto type = reader.next(der::tag_oid);
      const auto value = reader.next();
      if (!type || !value || !reader.done()) return std::nullopt;
      rdn.push_back({type->value, value->tag, value->value});
    }
    name.comparable.push_back(comparable_rdn(rdn));
    name.rdns.push_back(std::move(rdn));
  }
  return name;
}

}  // namespace mailtap::certs
