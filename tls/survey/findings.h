// What a survey found of a server.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/base/bytes.h"

namespace mailtap::tls::survey {

enum class Known { unknown, no, yes };
inline Known known(bool is_so) {
  return is_so ? Known::yes : Known::no;
}

/// Whose preference decides.
enum class Order { unknown, server, client };
/// By whether the server's choice is the same when the client's list is turned round.
inline Order order_of(bool is_same) {
  return is_same ? Order::server : Order::client;
}

struct SuiteFound {
  std::uint16_t suite = 0;
  std::uint16_t group = 0;  ///< that the server chose for it from all of them; 0: none
  unsigned dh_bits = 0;     ///< DHE before TLS 1.3
  std::string dh_group;  ///< its prime's name: "ffdhe2048", "MODP 2048"; empty: the server's own, or no DHE

  bool operator==(const SuiteFound&) const = default;
};

struct VersionFound {
  std::uint16_t version = 0;
  bool spoken = false;
  bool unanswered = false;         ///< no connection or no answer in time: whether it is spoken isn't known
  bool in_parts = false;           ///< the server failed at its own choice, and was asked without it
  std::string detail;              ///< not spoken: how the server refused
  std::vector<SuiteFound> suites;  ///< by the server's order, if it has one
  std::vector<Buffer> chain;       ///< DER, leaf first: what came with the first suite that was found
  Order order = Order::unknown;    ///< of the suites; unknown: there is one at most
  std::vector<std::uint16_t> groups;
  Order group_order = Order::unknown;
  // By handshakes that were finished, of TLS 1.2 and 1.3.
  Known resumes = Known::unknown;
  std::uint32_t ticket_lifetime = 0;  ///< seconds; 0: no ticket, or none that says so
  Known early_data = Known::unknown;  ///< tickets of TLS 1.3 invite to it
  std::vector<std::uint16_t>
      signature_algorithms;  ///< TLS 1.2 in the order that the server takes them; 1.3 by number
};

/// A chain that the server shows, and when.
struct CertificateFound {
  std::vector<Buffer> chain;  ///< DER, leaf first
  std::vector<std::string>
      when;  ///< "RSA", "ECDSA", "DSS": by the suites offered; "no SNI", "unknown SNI", "TLSv1.3"
};

struct Findings {
  std::vector<VersionFound> versions;  ///< oldest first, SSL 2.0 to TLS 1.3
  std::vector<CertificateFound> certificates;
  std::vector<std::string> alpn;  ///< in the server's order, of those that mail and web servers have
  std::string without_sni;        ///< how it refused a hello without SNI; empty: it didn't
  std::string unknown_sni;        ///< the same with a name that no server has

  // Of the newest version before TLS 1.3, where hellos show them. Unknown: no such version is spoken.
  Known secure_renegotiation = Known::unknown;
  Known client_renegotiation =
      Known::unknown;  ///< TLS 1.2: it goes along when the client asks for another handshake
  Known compression = Known::unknown;
  Known extended_main_secret = Known::unknown;
  Known encrypt_then_mac = Known::unknown;  ///< unknown too without a suite that has CBC
  Known tickets = Known::unknown;
  Known session_ids = Known::unknown;  ///< it gives each session an identifier by which it could be resumed
  Known staple = Known::unknown;       ///< of an OCSP response
  Known client_certificate = Known::unknown;  ///< it asks for one
  Known heartbeat = Known::unknown;

  Known fallback_scsv = Known::unknown;  ///< unknown too with one version alone

  // Asked with a message that a sound server refuses. Unknown: not asked, or no clear answer.
  Known heartbleed = Known::unknown;
  Known ccs_injection = Known::unknown;
  Known bleichenbacher = Known::unknown;
  std::vector<std::string> bleichenbacher_reactions;  ///< to each of the five vectors

  std::size_t questions = 0;
  std::size_t unanswered = 0;  ///< of them, after another try
  /// At the end not even the hello that it had answered first: what wasn't found isn't known to be absent.
  bool stopped_answering = false;

  /// Known by its leaf. `when` may be empty.
  void note_certificate(const std::vector<Buffer>& chain, const std::string& when);
  bool is_shown(const std::vector<Buffer>& chain, const std::string& when) const;

  const VersionFound* find(std::uint16_t version) const;
  VersionFound* find(std::uint16_t version);
  bool speaks(std::uint16_t version) const;
  bool speaks_any() const;
  /// Any version's suite for which that holds.
  bool any_suite(bool (*is)(std::uint16_t)) const;
  std::uint16_t newest() const;  ///< version spoken; 0: none
  /// Of TLS 1.3's groups those with ML-KEM, in the order in which they were found.
  std::vector<std::uint16_t> post_quantum_groups() const;
  unsigned smallest_dh_bits() const;  ///< 0: no DHE
};

}  // namespace mailtap::tls::survey
