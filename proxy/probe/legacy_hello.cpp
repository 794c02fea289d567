#include "proxy/probe/legacy_hello.h"

#include <algorithm>
#include <array>

#include "config/base/text.h"
#include "tls/alert.h"
#include "tls/names.h"
#include "tls/numbers.h"
#include "tls/plain_text.h"

namespace mailtap::probe {

namespace {

using namespace tls::suite;

/// What servers of that age have, RC4 and 3DES included: nothing is ever encrypted with it.
constexpr std::array<std::uint16_t, 19> cipher_suites{
    TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
    TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
    TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
    TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
    TLS_DHE_RSA_WITH_AES_256_CBC_SHA,
    TLS_DHE_RSA_WITH_AES_128_CBC_SHA,
    TLS_DHE_DSS_WITH_AES_256_CBC_SHA,
    TLS_DHE_DSS_WITH_AES_128_CBC_SHA,
    TLS_RSA_WITH_AES_256_CBC_SHA,
    TLS_RSA_WITH_AES_128_CBC_SHA,
    TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA,
    TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA,
    TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA,
    TLS_RSA_WITH_3DES_EDE_CBC_SHA,
    TLS_ECDHE_RSA_WITH_RC4_128_SHA,
    TLS_ECDHE_ECDSA_WITH_RC4_128_SHA,
    TLS_RSA_WITH_RC4_128_SHA,
    TLS_RSA_WITH_RC4_128_MD5,
    TLS_EMPTY_RENEGOTIATION_INFO_SCSV,  // a signal (RFC 5746 section 3.3)
};

class Writer {
 public:
  void u8(std::size_t value) { bytes_.push_back(static_cast<std::uint8_t>(value)); }
  void u16(std::size_t value) {
    u8(value >> 8);
    u8(value);
  }
  void raw(Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void vector16(const Writer& inside) {
    u16(inside.bytes_.size());
    raw(inside.bytes_);
  }
  std::size_t size() const { return bytes_.size(); }
  const Buffer& bytes() const { return bytes_; }

 private:
  Buffer bytes_;
};

/// RFC 6066 section 3: a list with one host_name.
Writer server_name(std::string_view sni) {
  Writer name;
  name.u8(0);
  name.u16(sni.size());
  name.raw(as_bytes(sni));
  Writer list;
  list.vector16(name);
  return list;
}

Writer extensions(std::string_view sni) {
  Writer all;
  if (!sni.empty() && !is_ip_address(sni)) {
    all.u16(0);
    all.vector16(server_name(sni));
  }
  Writer groups;  // secp256r1, secp384r1, secp521r1 (RFC 8422 section 5.1.1)
  groups.u16(6);
  for (const auto group : {23, 24, 25}) groups.u16(static_cast<std::size_t>(group));
  all.u16(10);
  all.vector16(groups);
  Writer formats;  // uncompressed
  formats.u8(1);
  formats.u8(0);
  all.u16(11);
  all.vector16(formats);
  return all;
}

}  // namespace

Buffer make_legacy_hello(std::uint16_t version, std::string_view sni, Bytes random,
                         std::span<const std::uint16_t> without) {
  Writer suites;
  for (const auto suite : cipher_suites)
    if (std::find(without.begin(), without.end(), suite) == without.end()) suites.u16(suite);
  Writer body;
  body.u16(version);
  body.raw(random);
  body.u8(0);  // no session to resume
  body.vector16(suites);
  body.u8(1);  // no compression
  body.u8(0);
  body.vector16(extensions(sni));

  Writer record;
  record.u8(tls::wire::handshake);
  record.u16(tls10);  // the oldest, as clients do for servers that look at it (RFC 5246 appendix E.1)
  record.u16(body.size() + tls::wire::handshake_header_size);
  record.u8(tls::wire::client_hello);
  record.u8(0);
  record.u16(body.size());
  record.raw(body.bytes());
  return record.bytes();
}

LegacyAnswer::State LegacyAnswer::feed(Bytes bytes) {
  const bool is_record =
      !bytes.empty() && bytes[0] >= tls::wire::change_cipher_spec && bytes[0] <= tls::wire::application_data;
  if (!any_bytes_ && !is_record) {
    const auto looks = tls::what_it_looks_like(bytes);
    return refuse(State::not_tls, looks.empty() ? "what it sent is no TLS" : "it sent " + looks);
  }
  any_bytes_ = true;
  records_.append(bytes);
  for (;;) {
    const auto record = records_.next();
    if (!record) return refuse(State::refused, record.error().message);
    if (!*record) return State::waiting;
    if (const auto state = read(**record); state != State::waiting) return state;
  }
}

LegacyAnswer::State LegacyAnswer::read(const tls::wire::Record& record) {
  if (record.type == tls::wire::alert) {
    if (hello_seen_) return State::spoken;
    if (record.fragment.size() != 2) return refuse(State::refused, "it sent a broken alert");
    // A warning (unrecognized_name, mostly) is followed by what the server has to say.
    if (record.fragment[0] == tls::alert_level::warning && record.fragment[1] != tls::alert::close_notify)
      return State::waiting;
    return refuse(State::refused, "alert " + tls::alert_text(record.fragment[1]));
  }
  if (record.type != tls::wire::handshake) return refuse(State::refused, "it sent no server hello");
  messages_.append(record.fragment);
  for (;;) {
    const auto message = messages_.next();
    if (!message) return refuse(State::refused, message.error().message);
    if (!*message) return State::waiting;
    if (const auto state = read(**message); state != State::waiting) return state;
  }
}

LegacyAnswer::State LegacyAnswer::read(const tls::wire::HandshakeMessage& message) {
  if (!hello_seen_) {
    if (message.type != tls::wire::server_hello) return refuse(State::refused, "it sent no server hello");
    const auto hello = tls::wire::parse_server_hello(message.body);
    if (!hello) return refuse(State::refused, hello.error().message);
    if (hello->version != version_)
      return refuse(State::refused, "it answered in " + tls::version_name(hello->version));
    hello_seen_ = true;
    cipher_suite_ = hello->cipher_suite;
    return State::waiting;
  }
  if (message.type != tls::wire::certificate) return State::spoken;
  if (auto chain = tls::wire::parse_tls12_certificate(message.body)) chain_ = std::move(*chain);
  return State::spoken;
}

LegacyAnswer::State LegacyAnswer::refuse(State state, std::string why) {
  // Once it has selected the version it speaks it, whatever comes after.
  if (hello_seen_) return State::spoken;
  refusal_ = std::move(why);
  return state;
}

}  // namespace mailtap::probe
