// `mailtap check`: servers' certificates judged without a proxy in between.
//
//   target.h        what is to be looked at: URL, HOST:PORT, file
//   starttls.h      the dialogue in plain text before TLS
//   probe.h         one connection
//   check.h         a target: its probes, then the verdict; several targets at once
//   judgement.h     the verdict on what was shown
//   versions.h      what the versions that it speaks mean for clients
//   product.h       which program it is, for steps in its words
//   protocols_report.h   what it speaks, or everything of its TLS (proxy/probe/survey_run.h), as text
//   report.h        what is said of it, as text (labels.h) and as JSON
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "certs/advice/server.h"
#include "certs/model/identity_ptr.h"
#include "certs/model/pointers.h"
#include "certs/system/system_verdict.h"
#include "certs/verify/question.h"
#include "config/enums.h"
#include "inspect/direct.h"
#include "inspect/looked_up.h"
#include "inspect/verdict_source.h"
#include "proxy/check/target.h"
#include "proxy/check/versions.h"
#include "proxy/probe/pace.h"
#include "tls/offer/offer.h"
#include "tls/session.h"

namespace mailtap::certs {
class TrustStore;
struct Verdict;
}  // namespace mailtap::certs

namespace mailtap::tls::survey {
struct Findings;
struct Tolerance;
}  // namespace mailtap::tls::survey

namespace mailtap::check {

using probe::Pace;

/// A client's hello that is played to a server, with the server's name in its SNI.
struct Hello {
  std::string name;  ///< as it was asked for
  tls::offer::OfferPtr offer;
};

/// And what the server says to it: whether the two would come to terms.
struct PlayedHello {
  std::string name;
  std::string ja4;
  inspect::Direct direct;
};

struct Options {
  std::vector<Target> targets;
  std::size_t targets_at_once = 8;
  std::string name;  ///< the configured name of all targets; empty: each target's host, of a file none
  std::shared_ptr<const certs::TrustStore> trust;
  std::optional<Time> at;  ///< nothing: now
  certs::Profile profile = certs::Profile::rfc5280;
  std::string as;  ///< a client's name: its opinion counts; empty: the verdict
  certs::Language language = certs::Language::english;
  std::chrono::milliseconds timeout{
      10'000};  ///< of each connection, from resolving the name to the handshake
  /// Of what comes before STARTTLS, beside it: many servers let a client wait for their greeting.
  std::chrono::milliseconds dialogue_timeout{30'000};
  certs::IdentityPtr client_certificate;
  /// What connections begin with, for a server that demands it.
  config::ProxyVersion proxy_protocol = config::ProxyVersion::none;
  bool fetch_aia = false;     ///< where the chain is incomplete
  bool fetch_crl = false;     ///< where the certificates name them
  bool fetch_ocsp = false;    ///< from the responders that the certificates name
  bool protocols = false;     ///< ask for everything else of the server's TLS too
  bool intolerance = false;   ///< try out which hellos it doesn't stand
  Pace pace;                  ///< of both
  std::vector<Hello> hellos;  ///< of clients, to be played to each server
};

/// Does the server speak that version?
struct VersionAnswer {
  std::uint16_t version = 0;
  bool spoken = false;
  std::string detail;               ///< if not, how it refused
  bool by_handshake = false;        ///< it came to its end; else the server's hello alone was seen
  std::vector<std::string> suites;  ///< of TLS 1.0 and 1.1 all that the server selects, in its order; else
                                    ///< the one agreed on
  bool answered = true;             ///< false: nothing came in time, so whether it is spoken isn't known
};

/// What a client sees that sends no SNI, as .NET's and Windows 2003's of old.
enum class WithoutSni {
  not_asked,  ///< a file, or no name to send in the SNI
  same,
  other_certificate,
  refused,
};

/// Did the server ask for a client certificate, and what became of it?
enum class ClientCertificate {
  not_asked,
  not_shown,  ///< and the server goes on without
  demanded,   ///< it was shown none, and refused
  taken,
  refused,  ///< the one that was shown
};

struct Report {
  Target target;
  std::string name;                 ///< asked for; empty: none
  std::string address;              ///< connected to
  std::string error;                ///< there is nothing to judge: why
  std::string greeting;             ///< the server's, of SMTP, IMAP or POP3; empty: none was heard
  std::string http_server;          ///< its field Server; empty: it wasn't asked, or has none
  bool has_exchange_field = false;  ///< its answer in HTTP has one that Exchange alone has
  certs::Product product = certs::Product::unknown;
  std::string handshake;  ///< there is a certificate, but the handshake failed: why
  tls::Agreed agreed;
  ClientCertificate client_certificate = ClientCertificate::not_asked;
  std::string wanted_keys;              ///< of the one that was given and not shown, as in tls::Agreed
  std::vector<VersionAnswer> versions;  ///< oldest first; none: nobody was asked
  VersionJudgement version_judgement;
  WithoutSni without_sni = WithoutSni::not_asked;
  std::string without_sni_detail;                 ///< the other certificate's subject, or how it refused
  certs::StapledPtr stapled;                      ///< what came with the leaf; null: nobody asked for it
  std::shared_ptr<const certs::Verdict> verdict;  ///< null: see error
  std::optional<certs::SystemVerdict> windows;    ///< what Windows says of it; nothing: it wasn't asked
  inspect::VerdictSource source = inspect::VerdictSource::handshake;
  inspect::LookedUp looked_up;
  std::vector<PlayedHello> hellos;                          ///< in the order asked for
  std::shared_ptr<const tls::survey::Findings> protocols;   ///< null: not asked
  std::shared_ptr<const tls::survey::Tolerance> tolerance;  ///< null: not asked
  std::vector<std::string> steps;                           ///< what to do, in the language asked for
};

/// Checks all, several at once; reports are in the order of the targets. `progress` is called after each with
/// the number of those that are ready.
std::vector<Report> check_all(const Options& options,
                              const std::function<void(std::size_t ready, const Report& report)>& progress);

/// 0 trusted and matching, 1 not trusted, 2 name mismatch, 3 both, 4 nothing to judge, 5 trusted and
/// matching, but old_versions_only. As a client (Verdict::client): 0 or 5 it accepts, 2 it refuses the name
/// alone, else 1.
int exit_status(const Report& report);
/// The worst of several, where 0 < 5 < 2 < 1 < 3 < 4.
int exit_status(const std::vector<Report>& reports);

}  // namespace mailtap::check
