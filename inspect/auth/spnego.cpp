#include "inspect/auth/spnego.h"

#include "certs/asn1/der.h"
#include "certs/asn1/oids.h"
#include "inspect/auth/ntlm.h"

namespace mailtap::inspect::auth {

namespace {

namespace der = certs::der;
namespace oid = certs::oid;

constexpr std::uint8_t initial_token = 0x60;  // [APPLICATION 0], RFC 2743 section 3.1
constexpr auto neg_token_init = der::context_constructed(0), neg_token_resp = der::context_constructed(1);

/// The header field may have been too long to be kept whole.
Bytes inside(Bytes bytes, std::uint8_t tag) {
  const auto element = der::Reader(bytes).next_leniently();
  return element && element->tag == tag ? element->value : Bytes();
}

Mechanism mechanism_of(Bytes identifier) {
  if (oid::is(identifier, oid::ntlm)) return Mechanism::ntlm;
  if (oid::is(identifier, oid::kerberos) || oid::is(identifier, oid::ms_kerberos)) return Mechanism::kerberos;
  return Mechanism::unknown;
}

NegotiateToken parse_mechanism_token(Bytes token) {
  if (as_text(token).starts_with(ntlm_signature)) return {Mechanism::ntlm, token};
  // Kerberos wraps its messages as RFC 2743 section 3.1 says.
  const auto identifier = der::Reader(inside(token, initial_token)).next_leniently();
  if (identifier && identifier->tag == der::tag_oid) return {mechanism_of(identifier->value), {}};
  return {};
}

/// The members of a NegTokenInit or NegTokenResp; both have the mechanism's token under [2].
NegotiateToken parse_members(Bytes members) {
  constexpr auto mechanisms = der::context_constructed(0), supported = der::context_constructed(1),
                 mechanism_token = der::context_constructed(2);
  NegotiateToken result;
  der::Reader reader(members);
  while (const auto member = reader.next_leniently()) {
    if (member->tag == mechanism_token) {
      const auto token = parse_mechanism_token(inside(member->value, der::tag_octet_string));
      if (token.mechanism != Mechanism::unknown) return token;
    } else if (result.mechanism == Mechanism::unknown && member->tag == mechanisms) {
      result.mechanism =
          mechanism_of(inside(inside(member->value, der::tag_sequence), der::tag_oid));  // the preferred one
    } else if (result.mechanism == Mechanism::unknown && member->tag == supported) {
      result.mechanism = mechanism_of(inside(member->value, der::tag_oid));
    }
  }
  return result;
}

}  // namespace

NegotiateToken parse_negotiate(Bytes token) {
  if (as_text(token).starts_with(ntlm_signature)) return {Mechanism::ntlm, token};
  const auto outer = der::Reader(token).next_leniently();
  if (!outer) return {};
  if (outer->tag == neg_token_resp) return parse_members(inside(outer->value, der::tag_sequence));
  if (outer->tag != initial_token) return {};
  der::Reader content(outer->value);
  const auto identifier = content.next_leniently();
  if (!identifier || identifier->tag != der::tag_oid) return {};
  if (!oid::is(identifier->value, oid::spnego)) return {mechanism_of(identifier->value), {}};
  const auto message = content.next_leniently();
  if (!message || message->tag != neg_token_init) return {};
  return parse_members(inside(message->value, der::tag_sequence));
}

}  // namespace mailtap::inspect::auth
