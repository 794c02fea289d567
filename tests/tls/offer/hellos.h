// Hellos for the tests beside it.
#pragma once

#include <string>
#include <vector>

#include "tests/tls/hello_bytes.h"
#include "tls/client_hello.h"
#include "tls/numbers.h"

namespace mailtap::test {

inline Buffer sni(const std::string& name) {
  Buffer data;
  tests::put16(data, name.size() + 3);
  data.push_back(0);
  tests::put16(data, name.size());
  data.insert(data.end(), name.begin(), name.end());
  return data;
}

/// A client of TLS 1.3 that resumes a session with early data.
inline std::vector<tests::RawExtension> resuming_extensions() {
  using namespace tls::extension;
  return {{server_name, sni("mail.test")},
          {supported_groups, tests::numbers16({0x1A1A, 29, 23})},
          {signature_algorithms, tests::numbers16({0x0403, 0x0804})},
          {session_ticket, {1, 2, 3}},
          {supported_versions, {6, 0x2A, 0x2A, 3, 4, 3, 3}},
          {key_share, {0, 5, 0, 29, 0, 1, 7}},
          {psk_key_exchange_modes, {1, 1}},
          {early_data, {}},
          {pre_shared_key, {0, 8, 0, 2, 9, 9, 0, 0, 0, 1, 0, 4, 3, 1, 2, 3}}};
}

inline Buffer resuming_hello() {
  return tests::client_hello({0x0A0A, 0x1301, 0xC02F}, resuming_extensions());
}

inline tls::ClientHello parsed(const Buffer& stream) {
  return *tls::parse_client_hello(stream).value();
}

inline bool has(const std::vector<std::uint16_t>& list, std::uint16_t value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace mailtap::test
