#include "tls/hello_check.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "tls/alert.h"
#include "tls/byte_reader.h"
#include "tls/names.h"
#include "tls/numbers.h"

namespace mailtap::tls {

namespace {

constexpr std::size_t random_size = 32, max_session_id = 32;

using enum ExtensionType;
constexpr auto alpn = application_layer_protocol_negotiation;

struct Extension {
  std::uint16_t type;
  Bytes data;
};

struct KeyShare {
  std::uint16_t group;
  Bytes key;
};

class Check {
 public:
  Check(Bytes body, std::uint16_t newest_version) : body_(body), newest_(newest_version) {}

  std::optional<HelloFault> fault() {
    fields();
    if (!fault_) extensions();
    if (!fault_) negotiation();
    return std::move(fault_);
  }

 private:
  void fields();
  void extensions();
  void syntax_of(const Extension& extension);
  void name(ByteReader data);
  void protocols(ByteReader data);
  void shares(ByteReader data);
  void pre_shared_keys(ByteReader data);
  void negotiation();
  void tls13_rules();
  void share_rules();

  void refuse(int alert, std::string_view what) {
    if (!fault_) fault_ = {alert, "the client's hello is refused: " + std::string(what)};
  }
  void malformed(std::string_view what) {
    if (!fault_) fault_ = {alert::decode_error, "the client's hello is malformed: " + std::string(what)};
  }
  const Extension* find(std::uint16_t type) const {
    const auto found =
        std::find_if(list_.begin(), list_.end(), [&](const auto& each) { return each.type == type; });
    return found == list_.end() ? nullptr : &*found;
  }
  /// A vector of 16-bit numbers that fills the extension and isn't empty.
  std::vector<std::uint16_t> numbers(Bytes vector, const ByteReader& data, std::string_view name);

  Bytes body_;
  std::uint16_t newest_;
  std::optional<HelloFault> fault_;
  std::uint16_t legacy_version_ = 0;
  std::vector<std::uint16_t> suites_;
  Bytes compression_;
  std::vector<Extension> list_;
  std::vector<std::uint16_t> versions_, groups_;
  std::vector<KeyShare> shares_;
  Bytes point_formats_;
};

void Check::fields() {
  ByteReader reader(body_);
  legacy_version_ = reader.u16();
  reader.take(random_size);
  const auto session_id = reader.vector8();
  const auto suites = reader.vector16();
  compression_ = reader.vector8();
  if (reader.failed()) return malformed("its fields overrun it");
  if (session_id.size() > max_session_id) return malformed("its session identifier is longer than 32 bytes");
  if (suites.empty() || suites.size() % 2 != 0) return malformed("its cipher suites are no list of numbers");
  if (compression_.empty()) return malformed("it has no compression methods");
  for (ByteReader list(suites); !list.empty();) suites_.push_back(list.u16());

  if (reader.empty()) return;  // older than RFC 3546, or in need of nothing
  ByteReader extensions(reader.vector16());
  if (reader.failed() || !reader.empty()) return malformed("its extensions don't end where it does");
  while (!extensions.empty()) {
    Extension extension{extensions.u16(), {}};
    extension.data = extensions.vector16();
    if (extensions.failed()) return malformed("an extension overruns it");
    list_.push_back(extension);
  }
}

/// RFC 8446 section 4.2: none twice. Of those that this server doesn't know it isn't noticed.
void Check::extensions() {
  constexpr std::uint16_t known[] = {server_name,          max_fragment_length,  supported_groups,
                                     ec_point_formats,     signature_algorithms, alpn,
                                     encrypt_then_mac,     session_ticket,       pre_shared_key,
                                     extended_main_secret, supported_versions,   key_share,
                                     early_data,           renegotiation_info};
  for (const auto type : known) {
    const auto times =
        std::count_if(list_.begin(), list_.end(), [&](const auto& each) { return each.type == type; });
    if (times > 1)
      return refuse(alert::illegal_parameter, "extension " + std::to_string(type) + " is in it twice");
  }
  for (const auto& extension : list_) syntax_of(extension);
}

std::vector<std::uint16_t> Check::numbers(Bytes vector, const ByteReader& data, std::string_view name) {
  std::vector<std::uint16_t> values;
  if (data.failed() || !data.empty() || vector.empty() || vector.size() % 2 != 0) {
    malformed(std::string(name) + " is no list of numbers");
    return values;
  }
  for (ByteReader list(vector); !list.empty();) values.push_back(list.u16());
  return values;
}

void Check::syntax_of(const Extension& extension) {
  ByteReader data(extension.data);
  switch (extension.type) {
    case server_name: return name(data);
    case max_fragment_length:
      if (extension.data.size() != 1) malformed("max_fragment_length is no number");
      return;
    case supported_groups: {
      const auto vector = data.vector16();
      groups_ = numbers(vector, data, "supported_groups");
      return;
    }
    case signature_algorithms:
    case signature_algorithms_cert: {
      const auto vector = data.vector16();
      numbers(vector, data, "signature_algorithms");
      return;
    }
    case ec_point_formats:
      point_formats_ = data.vector8();
      if (data.failed() || !data.empty() || point_formats_.empty())
        malformed("ec_point_formats is no list of formats");
      return;
    case alpn: return protocols(data);
    case encrypt_then_mac:
    case extended_main_secret:
    case early_data:
      if (!extension.data.empty()) malformed("an extension that is a flag has a value");
      return;
    case record_size_limit:
      if (extension.data.size() != 2) malformed("record_size_limit is no number");
      return;
    case pre_shared_key: return pre_shared_keys(data);
    case supported_versions: {
      const auto vector = data.vector8();
      versions_ = numbers(vector, data, "supported_versions");
      return;
    }
    case psk_key_exchange_modes: {
      const auto modes = data.vector8();
      if (data.failed() || !data.empty() || modes.empty())
        malformed("psk_key_exchange_modes is no list of modes");
      return;
    }
    case key_share: return shares(data);
    case renegotiation_info: {
      const auto verify_data = data.vector8();
      if (data.failed() || !data.empty()) return malformed("renegotiation_info is no vector");
      // RFC 5746 section 3.6; mailtap's servers don't renegotiate.
      if (!verify_data.empty())
        refuse(alert::handshake_failure, "renegotiation_info is of a connection before this one");
      return;
    }
    default: return;
  }
}

/// RFC 6066 section 3. Other types of names have no known form: what follows one isn't looked at.
void Check::name(ByteReader data) {
  constexpr std::uint8_t host_name = 0;
  ByteReader list(data.vector16());
  if (data.failed() || !data.empty()) return malformed("server_name's list overruns it or ends before it");
  if (list.empty()) return malformed("server_name is empty");
  bool seen = false;
  while (!list.empty()) {
    const auto type = list.u8();
    const auto name = list.vector16();
    if (list.failed()) return malformed("server_name has an overlong name");
    // A name has a byte at least. OpenSSL takes none for no name, and so it reads here (tls/client_hello.h).
    if (type != host_name || name.empty()) continue;
    if (seen) return refuse(alert::illegal_parameter, "server_name has two host names");
    seen = true;
    const auto is_control = [](std::uint8_t byte) { return byte < 0x20 || byte == 0x7F; };
    if (std::any_of(name.begin(), name.end(), is_control))
      return refuse(alert::illegal_parameter, "server_name has a control character");
  }
}

/// RFC 7301 section 3.1.
void Check::protocols(ByteReader data) {
  ByteReader list(data.vector16());
  bool is_bad = data.failed() || !data.empty() || list.empty();
  while (!list.empty()) is_bad |= list.vector8().empty();
  if (is_bad || list.failed()) malformed("application_layer_protocol_negotiation is no list of names");
}

/// RFC 8446 section 4.2.8.
void Check::shares(ByteReader data) {
  ByteReader list(data.vector16());
  if (data.failed() || !data.empty()) return malformed("key_share's list overruns it or ends before it");
  while (!list.empty()) {
    KeyShare share{list.u16(), {}};
    share.key = list.vector16();
    if (list.failed()) return malformed("key_share has an overlong share");
    if (share.key.empty()) return refuse(alert::illegal_parameter, "key_share has an empty share");
    shares_.push_back(share);
  }
}

/// RFC 8446 section 4.2.11.
void Check::pre_shared_keys(ByteReader data) {
  std::size_t identities = 0, binders = 0;
  ByteReader names(data.vector16());
  while (!names.empty()) {
    const auto identity = names.vector16();
    names.u32();  // obfuscated_ticket_age
    if (names.failed() || identity.empty()) return malformed("pre_shared_key's identities are malformed");
    ++identities;
  }
  ByteReader proofs(data.vector16());
  while (!proofs.empty()) {
    constexpr std::size_t min_binder = 32;
    const auto binder = proofs.vector8();
    if (proofs.failed() || binder.size() < min_binder)
      return malformed("pre_shared_key's binders are malformed");
    ++binders;
  }
  if (data.failed() || !data.empty() || identities == 0 || binders == 0)
    return malformed("pre_shared_key has no identities or no binders");
  if (identities != binders)
    refuse(alert::illegal_parameter, "pre_shared_key has another number of binders than of identities");
}

void Check::negotiation() {
  if (std::find(compression_.begin(), compression_.end(), 0) == compression_.end())
    return refuse(alert::illegal_parameter, "it insists on compression");

  auto highest = legacy_version_;
  if (!versions_.empty()) {
    highest = 0;
    for (const auto version : versions_)
      if (!is_grease(version) && version <= version::tls13) highest = std::max(highest, version);
  }
  // RFC 7507 section 3.
  const bool is_fallback =
      std::find(suites_.begin(), suites_.end(), suite::TLS_FALLBACK_SCSV) != suites_.end();
  if (is_fallback && highest < newest_)
    return refuse(
        alert::inappropriate_fallback,
        "it says that a newer version was tried in vain, as after an attack, and mailtap has a newer one");

  const bool offers_tls13 = std::find(versions_.begin(), versions_.end(), version::tls13) != versions_.end();
  if (newest_ >= version::tls13 && offers_tls13) return tls13_rules();
  // RFC 8422 section 5.1.2.
  if (newest_ >= version::tls12 && !point_formats_.empty() &&
      std::find(point_formats_.begin(), point_formats_.end(), 0) == point_formats_.end())
    refuse(alert::illegal_parameter, "ec_point_formats lacks the uncompressed one");
}

void Check::tls13_rules() {
  if (compression_.size() != 1) return refuse(alert::illegal_parameter, "it offers TLS 1.3 and compression");
  const auto* keys = find(pre_shared_key);
  if (keys != nullptr && keys != &list_.back())
    return refuse(alert::illegal_parameter, "pre_shared_key isn't its last extension");
  // RFC 8446 section 4.2.9 and 9.2.
  if (keys != nullptr && find(psk_key_exchange_modes) == nullptr)
    return refuse(alert::missing_extension, "pre_shared_key comes without psk_key_exchange_modes");
  if (keys == nullptr && (find(signature_algorithms) == nullptr || find(supported_groups) == nullptr))
    return refuse(alert::missing_extension,
                  "it offers TLS 1.3 without signature_algorithms or supported_groups");
  if ((find(supported_groups) == nullptr) != (find(key_share) == nullptr))
    return refuse(alert::missing_extension, "one of supported_groups and key_share comes without the other");
  share_rules();
}

/// What a share of a known group must look like (RFC 8446 section 4.2.8.1 and 4.2.8.2); 0: the group isn't
/// known.
std::size_t share_size(std::uint16_t group) {
  switch (group) {
    case group::secp256r1: return 1 + 2 * 32;
    case group::secp384r1: return 1 + 2 * 48;
    case group::secp521r1: return 1 + 2 * 66;
    case group::x25519: return 32;
    case group::x448: return 56;
    case group::ffdhe2048: return 256;
    case group::ffdhe3072: return 384;
    case group::ffdhe4096: return 512;
    case group::ffdhe6144: return 768;
    case group::ffdhe8192: return 1024;
    // draft-ietf-tls-ecdhe-mlkem section 4.1: an encapsulation key of ML-KEM-768 and a point.
    case group::X25519MLKEM768: return 1184 + 32;
    case group::SecP256r1MLKEM768: return 1184 + 65;
    default: return 0;
  }
}

/// Groups that RFC 8446 section 4.2.7 and appendix B.3.1.4 keep out of TLS 1.3. As groups alone they are for
/// TLS 1.2.
bool is_obsolete(std::uint16_t group) {
  return (group >= 0x0001 && group <= group::secp256k1) ||
         (group >= group::brainpoolP256r1 && group <= group::brainpoolP512r1) ||
         group == group::arbitrary_explicit_prime_curves || group == group::arbitrary_explicit_char2_curves;
}

void Check::share_rules() {
  constexpr std::uint8_t uncompressed = 4;
  std::vector<std::uint16_t> seen;
  for (const auto& share : shares_) {
    if (std::find(seen.begin(), seen.end(), share.group) != seen.end())
      return refuse(alert::illegal_parameter, "key_share has two shares of one group");
    seen.push_back(share.group);
    if (std::find(groups_.begin(), groups_.end(), share.group) == groups_.end())
      return refuse(alert::illegal_parameter, "key_share has a group that supported_groups lacks");
    if (is_obsolete(share.group))
      return refuse(alert::illegal_parameter, "key_share has a group that TLS 1.3 doesn't allow");
    const auto size = share_size(share.group);
    const bool is_point = share.group >= group::secp256r1 && share.group <= group::secp521r1;
    if (size != 0 && (share.key.size() != size || (is_point && share.key[0] != uncompressed)))
      return refuse(alert::illegal_parameter, "a share of key_share isn't of its group");
  }
}

}  // namespace

std::optional<HelloFault> fault_of_client_hello(Bytes body, std::uint16_t newest_version) {
  return Check(body, newest_version).fault();
}

}  // namespace mailtap::tls
