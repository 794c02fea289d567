#include "inspect/reaction.h"

#include <algorithm>
#include <array>

#include "tls/alert.h"

namespace mailtap::inspect {

namespace {

namespace alert = tls::alert;

/// RFC 8446 section 6.2: these say by themselves that it is the certificate.
bool names_the_certificate(int description) {
  return description >= alert::bad_certificate && description <= alert::unknown_ca &&
         description != alert::illegal_parameter;
}

/// What OpenSSL, Java and others answer to a certificate whose key or signature is too weak or wrong. Before
/// the client has said anything there is little else that they could be about.
bool may_mean_the_certificate(int description) {
  constexpr std::array possible{alert::handshake_failure, alert::access_denied, alert::decrypt_error,
                                alert::insufficient_security};
  return std::find(possible.begin(), possible.end(), description) != possible.end();
}

std::string what_happened(ReactionKind kind, std::optional<int> description, const Shown& shown) {
  const std::string certificate =
      !shown.presentation ? "the server's certificate" : "the presented certificate";
  switch (kind) {
    case ReactionKind::rejected:
      if (!description)
        return "The router ended the handshake right after " + certificate +
               " with an alert, which is encrypted: it has almost certainly rejected it";
      return "The router rejected " + certificate + " (" + std::string(tls::alert_name(*description)) + ")";
    case ReactionKind::left_at_certificate:
      return "The router closed the connection right after " + certificate +
             ", without an alert: it has probably rejected it";
    case ReactionKind::no_request:
      return "The router finished the handshake and left without a request: unless it only tests the "
             "connection, it has judged " +
             certificate + " (.NET does so after the handshake) and rejected it";
    default: return {};
  }
}

std::string import_the_ca(const std::string& file) {
  return "import the CA with `certutil -addstore -f Root " + file + "` on Windows, or `cp " + file +
         " /usr/local/share/ca-certificates/mailtap.crt && update-ca-certificates` on Debian, then restart "
         "the router; `mailtap ca export --ca-cert " +
         file + "` has the steps for every system";
}

constexpr std::string_view check_the_name =
    ". If it has the CA already, compare the host in its URL with the certificate's names: issue-name adds "
    "one";

/// A leaf of the local CA is in order, so the client lacks the CA, has another name in its URL, or another
/// time.
std::string remedy_for_issued(std::optional<int> description, const std::string& ca_file) {
  if (description == alert::certificate_expired)
    return "the certificate is valid now, so set the clock of the router's machine right";
  auto text = import_the_ca(ca_file);
  if (description != alert::unknown_ca) text += check_the_name;
  return text;
}

std::string remedy(std::optional<int> description, const Shown& shown) {
  if (!shown.presentation && !shown.server_acceptable)
    return "put the server right, as the verdict on it says; or stop observing and show the router another "
           "certificate, with mode intercept";
  if (!shown.presentation)
    return "it is in order by the CAs that mailtap trusts, so see that the router's machine has its root, "
           "that "
           "its clock is right, and that the host in the router's URL is one of the certificate's names";
  if (shown.presentation == config::Presentation::issue) return remedy_for_issued(description, shown.ca_file);
  if (shown.presentation == config::Presentation::own)
    return "make the router's machine trust the issuer of the certificate given by cert, see that it hasn't "
           "expired, and compare its names with the host in the router's URL";
  if (!shown.server_acceptable)
    return "that is what it makes of the server's own certificate too, for the faults named here; put the "
           "server right, or show it a certificate that it accepts with present issue";
  if (!shown.ca_file.empty()) return remedy_for_issued(description, shown.ca_file);
  return "the server's own is in order, but mirror can't repeat its CA's signature; to see how the router "
         "takes the rest of it, make a CA with `mailtap ca init --ca-cert ca.pem --ca-key ca.key`, import it "
         "there, and give ca-cert and ca-key with present mirror";
}

}  // namespace

std::string_view to_string(ReactionKind kind) {
  switch (kind) {
    case ReactionKind::unknown: return "unknown";
    case ReactionKind::accepted: return "accepted";
    case ReactionKind::rejected: return "rejected";
    case ReactionKind::other_alert: return "other-alert";
    case ReactionKind::left_at_certificate: return "left-at-certificate";
    case ReactionKind::no_request: return "no-request";
  }
  return "unknown";
}

bool is_refusal(ReactionKind kind) {
  return kind == ReactionKind::rejected || kind == ReactionKind::other_alert ||
         kind == ReactionKind::left_at_certificate;
}

ReactionKind reaction_to(const ReactionFacts& facts) {
  if (!facts.shown) return ReactionKind::unknown;
  if (facts.alert && names_the_certificate(*facts.alert)) return ReactionKind::rejected;
  if (facts.has_spoken) return ReactionKind::accepted;
  if (facts.alert)
    return may_mean_the_certificate(*facts.alert) ? ReactionKind::rejected : ReactionKind::other_alert;
  if (facts.encrypted_alert) return ReactionKind::rejected;
  if (!facts.left) return ReactionKind::unknown;
  return facts.handshake_done ? ReactionKind::no_request : ReactionKind::left_at_certificate;
}

Reaction reaction_of(const ReactionFacts& facts, const Shown& shown) {
  const auto kind = reaction_to(facts);
  return {kind, facts.alert, advice_on(kind, facts.alert, shown)};
}

std::string advice_on(ReactionKind kind, std::optional<int> alert, const Shown& shown) {
  const auto happened = what_happened(kind, alert, shown);
  return happened.empty() ? happened : happened + ": " + remedy(alert, shown) + ".";
}

}  // namespace mailtap::inspect
