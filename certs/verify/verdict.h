// What mailtap says of an upstream's certificate: a trust verdict (every fault, not the first), a name
// verdict, the kind of certificate, and what the router would make of it.
//
//   what the server sent --+
//   trust store, CRLs -----+--> verify() --> Verdict --> log line, table, advice
//   name and time asked ---+
//
// The path is our own (RFC 5280 section 6); mbedTLS verifies signatures. Nothing here does I/O except
// TrustStore::load.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "certs/model/summary.h"
#include "certs/verify/fault.h"
#include "certs/verify/staple.h"
#include "config/base/memo.h"
#include "config/base/text.h"

namespace mailtap::certs {

/// One fault at its place.
struct Finding {
  Fault fault;
  /// In the chain as sent, 0 the leaf; one past its end: an anchor that wasn't sent.
  std::size_t position;
  std::string detail;  ///< a phrase for a person: "expired on 2024-03-01"
  /// Of revoked and bad_signature: not known to be, but it can't be established here.
  bool state_unknown = false;
  /// The X509ChainStatusFlags that .NET shows for it; empty: .NET doesn't mind.
  std::string dotnet{};
  /// Of self_signed, untrusted_root, incomplete_chain and bad_signature: a certificate of the name in
  /// question is trusted, with another key. As a rule one of the two was renewed.
  bool same_name_trusted = false;
  /// Of revoked whose state is unknown: the OCSP responder that gave no answer to rely on; empty: a list.
  std::string responder{};
  bool key_compromised = false;  ///< of revoked: it was for that reason
};

/// .NET Framework's view (System.Net.Security.SslPolicyErrors, X509ChainStatusFlags).
struct DotnetView {
  std::vector<std::string> policy_errors;  ///< RemoteCertificateNameMismatch, RemoteCertificateChainErrors
  std::vector<std::string> chain_status;   ///< UntrustedRoot, NotTimeValid, ...
  std::string exception;                   ///< what the router logs; empty: nothing, it connects
};

/// What one client would do with the chain and the name, and the text that it would show (docs/clients.md).
struct ClientOpinion {
  std::string_view client;  ///< as options and JSON name it: "java"
  std::string_view title;   ///< "Java 17"
  bool accepts = false;
  bool for_the_name = false;  ///< it refuses the name alone
  std::string code{};         ///< as the client numbers or names it
  std::string message{};      ///< its own words, whatever the language; both are empty when it accepts
};

struct Verdict {
  std::vector<Finding> findings;  ///< none: trusted
  bool name_matches = false;
  bool name_known = true;        ///< false: the leaf, or what says its names, can't be read
  bool legacy_cn_match = false;  ///< only the subject's CN matches, which old .NET accepts
  /// The address asked for is only among the DNS names, which Windows compares with it as text.
  bool address_as_dns_name = false;
  /// The leaf's SAN has a dNSName, so that CryptoAPI doesn't look at the common name.
  bool has_dns_names = false;
  std::string name_checked;
  std::vector<std::string> names;  ///< what the leaf is for: SAN entries, else the CN
  Kind kind = Kind::unknown;
  std::string template_name;  ///< of an AD CS certificate, when it has one
  std::vector<int> causes;    ///< of the knowledge-base article: 1 not trusted, 2 the URL doesn't match
  DotnetView dotnet;
  std::vector<ClientOpinion> clients;  ///< every client that is known, in the order in which they are shown
  TextMemo json;                       ///< the whole as the log has it, the same for many connections
  std::string client;                  ///< what the router is, by Question::client; empty: not said
  std::string advice;                  ///< what to do, in one or two sentences; empty when all is well
  std::vector<std::string> lints;      ///< findings of profile, no faults
  std::vector<CertificateSummary> chain;  ///< as sent
  Staple staple;                          ///< what came with the leaf
  std::string spki_sha256;                ///< of the leaf's subjectPublicKeyInfo, base64: what a pin names

  std::vector<std::size_t> path;  ///< positions of the path judged, leaf first, numbered as in Finding
  /// Until the first certificate of the path ends; negative: since; nothing: no end could be read.
  std::optional<long> days_left;
  std::size_t first_to_end = 0;  ///< its position
  /// The same question asked within [holds_from, holds_until) has the same verdict.
  Time holds_from{};
  Time holds_until{};

  bool trusted() const { return findings.empty(); }
  bool acceptable() const { return trusted() && name_matches; }
  /// The names are known, and none is the one asked for.
  bool name_mismatches() const { return name_known && !name_matches; }
  /// The client of that name among `clients`; null: there is none.
  const ClientOpinion* opinion_of(std::string_view name) const;
  /// All is well, but not for long (thresholds.h's warn_days).
  bool ends_soon() const;
};

}  // namespace mailtap::certs
