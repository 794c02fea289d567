// NTLM messages: those that [MS-NLMP] 4.2 publishes, and ones made after them.
#pragma once

#include <array>
#include <string>

#include "config/base/bytes.h"
#include "config/base/text.h"

namespace mailtap::inspect::test {

inline Buffer bytes_of(std::string_view hex) {
  return from_hex(hex).value();
}

inline Buffer negotiate_message() {
  return bytes_of(
      "4e544c4d5353500001000000358288e200000000000000000000000000000000"
      "0501280a0000000f");
}

/// 4.2.4.3: CHALLENGE_MESSAGE.
inline Buffer challenge_message() {
  return bytes_of(
      "4e544c4d53535000020000000c000c003800000033828ae20123456789abcdef"
      "00000000000000002400240044000000060070170000000f5300650072007600"
      "6500720002000c0044006f006d00610069006e0001000c005300650072007600"
      "6500720000000000");
}

/// 4.2.4.3: AUTHENTICATE_MESSAGE, NTLMv2.
inline Buffer authenticate_message() {
  return bytes_of(
      "4e544c4d5353500003000000180018006c00000054005400840000000c000c00"
      "480000000800080054000000100010005c00000010001000d8000000358288e2"
      "0501280a0000000f44006f006d00610069006e00550073006500720043004f00"
      "4d005000550054004500520086c35097ac9cec102554764a57cccc19aaaaaaaa"
      "aaaaaaaa68cd0ab851e51c96aabc927bebef6a1c010100000000000000000000"
      "00000000aaaaaaaaaaaaaaaa0000000002000c0044006f006d00610069006e00"
      "01000c005300650072007600650072000000000000000000c5dad2544fc97990"
      "94ce1ce90bc9d03e");
}

/// 4.2.2.3: AUTHENTICATE_MESSAGE, NTLMv1.
inline Buffer authenticate_message_v1() {
  return bytes_of(
      "4e544c4d5353500003000000180018006c00000018001800840000000c000c00"
      "480000000800080054000000100010005c000000100010009c000000358280e2"
      "0501280a0000000f44006f006d00610069006e00550073006500720043004f00"
      "4d005000550054004500520098def7b87f88aa5dafe2df779688a172def11c7d"
      "5ccdef1367c43011f30298a2ad35ece64f16331c44bdbed927841f9451882"
      "2b1b3f350c8958682ecbb3e3cb7");
}

/// The same as 4.2.4.3's with a MIC and these channel bindings among its AV_PAIRs.
inline Buffer bound_authenticate_message(const std::array<std::uint8_t, 16>& bindings) {
  const auto published = authenticate_message();
  constexpr std::size_t response_at = 0x84, response_size = 0x54, last_pair = 4;
  Buffer pairs{6, 0, 4, 0, 2, 0, 0, 0, 10, 0, 16, 0};
  pairs.insert(pairs.end(), bindings.begin(), bindings.end());
  const auto at = published.begin() + response_at + response_size - last_pair - 4;
  Buffer message(published.begin(), at);
  message.insert(message.end(), pairs.begin(), pairs.end());
  message.insert(message.end(), at, published.end());
  const auto grown = [&](std::size_t position, std::size_t from) {
    const auto value = from + pairs.size();
    message[position] = static_cast<std::uint8_t>(value);
    message[position + 1] = static_cast<std::uint8_t>(value >> 8);
  };
  grown(20, response_size);
  grown(22, response_size);
  grown(56, 0xd8);  // the session key's offset
  return message;
}

inline Buffer der(std::uint8_t tag, const Buffer& content) {
  Buffer element{tag};
  if (content.size() < 128)
    element.push_back(static_cast<std::uint8_t>(content.size()));
  else
    element.insert(element.end(), {0x82, static_cast<std::uint8_t>(content.size() >> 8),
                                   static_cast<std::uint8_t>(content.size())});
  element.insert(element.end(), content.begin(), content.end());
  return element;
}

inline Buffer operator+(Buffer a, const Buffer& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// NegTokenInit offering NTLM, with its first message (RFC 4178 section 4.2.1).
inline Buffer spnego_init(const Buffer& token) {
  const auto mechanisms = der(0xa0, der(0x30, der(0x06, bytes_of("2b06010401823702020a"))));
  return der(0x60, der(0x06, bytes_of("2b0601050502")) +
                       der(0xa0, der(0x30, mechanisms + der(0xa2, der(0x04, token)))));
}

/// NegTokenResp with a message (RFC 4178 section 4.2.2).
inline Buffer spnego_response(const Buffer& token) {
  return der(0xa1, der(0x30, der(0xa0, der(0x0a, {1})) + der(0xa2, der(0x04, token))));
}

/// NegTokenInit with a Kerberos AP-REQ, of which only the frame is real.
inline Buffer kerberos_init() {
  const auto kerberos = der(0x06, bytes_of("2a864886f712010202"));
  const auto ap_req = der(0x60, kerberos + Buffer{1, 0} + Buffer(300, 0x6e));
  const auto mechanisms = der(0xa0, der(0x30, der(0x06, bytes_of("2a864882f712010202")) + kerberos));
  return der(0x60, der(0x06, bytes_of("2b0601050502")) +
                       der(0xa0, der(0x30, mechanisms + der(0xa2, der(0x04, ap_req)))));
}

}  // namespace mailtap::inspect::test
