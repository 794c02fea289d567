#include "certs/model/names.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

#include "certs/asn1/oids.h"
#include "certs/model/idna.h"
#include "config/base/phrases.h"

namespace mailtap::certs {

namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Calls `accept(label)` for each label of a name of legal length; false as soon as one isn't accepted.
template <class Accept>
bool every_label(std::string_view name, Accept accept) {
  if (name.empty() || name.size() > 253) return false;
  while (true) {
    const auto dot = name.find('.');
    const auto label = name.substr(0, dot);
    if (label.empty() || label.size() > 63 || !accept(label)) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

/// RFC 1123 section 2.1: no top-level domain is a number, so that "192.0.2.1." is no host's name either.
bool ends_in_number(std::string_view name) {
  const auto top = name.substr(name.rfind('.') + 1);
  return std::all_of(top.begin(), top.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_letter_digit_hyphen(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

}  // namespace

Buffer parse_ip(std::string_view text) {
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  const std::string terminated(text);
  std::array<std::uint8_t, 16> address{};
  if (inet_pton(AF_INET, terminated.c_str(), address.data()) == 1)
    return {address.begin(), address.begin() + 4};
  if (inet_pton(AF_INET6, terminated.c_str(), address.data()) == 1) return {address.begin(), address.end()};
  return {};
}

bool is_dns_name(std::string_view name) {
  return every_label(name, [](std::string_view label) {
    return std::all_of(label.begin(), label.end(),
                       [](char c) { return is_letter_digit_hyphen(c) || c == '_'; });
  });
}

bool is_preferred_dns_name(std::string_view name) {
  return every_label(name, [](std::string_view label) {
    return label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(), is_letter_digit_hyphen);
  });
}

ReferenceName reference_name(std::string_view name) {
  ReferenceName reference;
  reference.ip = parse_ip(name);
  if (!reference.ip.empty()) {
    reference.form = ReferenceName::Form::ip;
    return reference;
  }
  if (name.find('\0') != std::string_view::npos) return reference;
  std::string dns = is_ascii(name) ? std::string(name) : to_a_labels(std::string(name));
  if (!dns.empty() && dns.back() == '.') dns.pop_back();  // an absolute name is the same host
  if (!is_dns_name(dns) || ends_in_number(dns)) return reference;
  reference.dns = to_lower_ascii(dns);
  reference.form = ReferenceName::Form::dns;
  return reference;
}

std::vector<std::string> alternative_names(const Certificate& certificate) {
  std::vector<std::string> names;
  if (!certificate.subject_alt_name) return names;
  for (const auto& name : *certificate.subject_alt_name) {
    if (name.form == NameForm::dns) names.emplace_back(as_text(name.value));
    if (name.form == NameForm::ip) {
      auto text = ip_text(name.value);
      if (!text.empty()) names.push_back(std::move(text));
    }
  }
  return names;
}

std::vector<std::string> names_of(const Certificate& leaf) {
  auto names = alternative_names(leaf);
  if (names.empty()) names = leaf.subject.values(oid::common_name);
  std::erase(names, std::string{});  // of a string type that nobody reads
  return names;
}

std::string ip_text(Bytes address) {
  if (address.size() != 4 && address.size() != 16) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(address.size() == 4 ? AF_INET : AF_INET6, address.data(), text.data(), text.size());
  return text.data();
}

std::string name_for_people(const std::string& name, Language language) {
  std::string_view bare = name;
  while (bare.starts_with(' ')) bare.remove_prefix(1);
  while (bare.ends_with(' ')) bare.remove_suffix(1);
  const bool has_blank = bare.size() != name.size();
  const bool has_dot = bare.ends_with('.');
  if (has_dot) bare.remove_suffix(1);
  if ((!has_blank && !has_dot) || !is_dns_name(bare.substr(bare.starts_with("*.") ? 2 : 0))) return name;
  return said(language,
              has_blank ? "\"{name}\" (with a blank, which most clients don't take)"
                        : "\"{name}\" (with a dot at its end, which most clients don't take)",
              {name});
}

}  // namespace mailtap::certs
