#include "inspect/auth/spnego.h"

#include <optional>
#include <string_view>

#include "inspect/auth/ntlm.h"

namespace mailtap::inspect::auth {

namespace {

using namespace std::string_view_literals;

constexpr auto spnego_oid = "\x2b\x06\x01\x05\x05\x02"sv;
constexpr auto kerberos_oid = "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"sv;
constexpr auto ms_kerberos_oid =
    "\x2a\x86\x48\x82\xf7\x12\x01\x02\x02"sv;  // a misprint that became customary
constexpr auto ntlm_oid = "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"sv;

constexpr std::uint8_t application = 0x60, sequence = 0x30, oid = 0x06, octets = 0x04;
constexpr std::uint8_t neg_token_init = 0xa0, neg_token_resp = 0xa1;

struct Element {
  std::uint8_t tag;
  Bytes value;
};

/// Takes an element off the front of `bytes`; one that is longer than they are is cut, as a header field may
/// be.
std::optional<Element> take(Bytes& bytes) {
  if (bytes.size() < 2) return std::nullopt;
  const auto tag = bytes[0];
  std::size_t size = bytes[1];
  std::size_t head = 2;
  if (size >= 0x80) {
    const std::size_t octets_of_size = size & 0x7f;
    if (octets_of_size == 0 || octets_of_size > 4 || bytes.size() < 2 + octets_of_size) return std::nullopt;
    size = 0;
    for (std::size_t i = 0; i < octets_of_size; ++i) size = size << 8 | bytes[2 + i];
    head += octets_of_size;
  }
  size = std::min(size, bytes.size() - head);
  const Element element{tag, bytes.subspan(head, size)};
  bytes = bytes.subspan(head + size);
  return element;
}

Bytes inside(Bytes bytes, std::uint8_t tag) {
  const auto element = take(bytes);
  return element && element->tag == tag ? element->value : Bytes();
}

Mechanism mechanism_of(Bytes identifier) {
  const auto text = as_text(identifier);
  if (text == ntlm_oid) return Mechanism::ntlm;
  if (text == kerberos_oid || text == ms_kerberos_oid) return Mechanism::kerberos;
  return Mechanism::unknown;
}

NegotiateToken parse_mechanism_token(Bytes token) {
  if (as_text(token).starts_with(ntlm_signature)) return {Mechanism::ntlm, token};
  // Kerberos wraps its messages as RFC 2743 section 3.1 says.
  auto content = inside(token, application);
  const auto identifier = take(content);
  if (identifier && identifier->tag == oid) return {mechanism_of(identifier->value), {}};
  return {};
}

/// The members of a NegTokenInit or NegTokenResp; both have the mechanism's token under [2].
NegotiateToken parse_members(Bytes members) {
  constexpr std::uint8_t mechanisms = 0xa0, supported = 0xa1, mechanism_token = 0xa2;
  NegotiateToken result;
  while (const auto member = take(members)) {
    if (member->tag == mechanism_token) {
      const auto token = parse_mechanism_token(inside(member->value, octets));
      if (token.mechanism != Mechanism::unknown) return token;
    } else if (result.mechanism == Mechanism::unknown && member->tag == mechanisms) {
      result.mechanism = mechanism_of(inside(inside(member->value, sequence), oid));  // the preferred one
    } else if (result.mechanism == Mechanism::unknown && member->tag == supported) {
      result.mechanism = mechanism_of(inside(member->value, oid));
    }
  }
  return result;
}

}  // namespace

NegotiateToken parse_negotiate(Bytes token) {
  if (as_text(token).starts_with(ntlm_signature)) return {Mechanism::ntlm, token};
  auto rest = token;
  const auto outer = take(rest);
  if (!outer) return {};
  if (outer->tag == neg_token_resp) return parse_members(inside(outer->value, sequence));
  if (outer->tag != application) return {};
  auto content = outer->value;
  const auto identifier = take(content);
  if (!identifier || identifier->tag != oid) return {};
  if (as_text(identifier->value) != spnego_oid) return {mechanism_of(identifier->value), {}};
  return parse_members(inside(inside(content, neg_token_init), sequence));
}

}  // namespace mailtap::inspect::auth
