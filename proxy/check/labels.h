// The words of the text report, one catalogue a language. (Of advice and steps: certs/advice/texts.h.)
#pragma once

#include <array>
#include <string_view>

#include "certs/verify/question.h"

namespace mailtap::check {

struct Labels {
  // The judgement.
  std::string_view trusted, not_trusted, name_matches, name_mismatch, name_unknown, name_not_asked,
      nothing_to_judge;
  std::string_view may_be_revoked;  ///< where the fault revoked stands for a state that isn't known
  // Titles of lines.
  std::string_view server, client, versions, without_sni, chain, names, kind, cause, validity, to_do, lints,
      hello;
  std::string_view after_retry;  // of a hello
  // Versions and SNI.
  std::string_view yes, answers, no, handshake_failed, same_certificate, other_certificate, refused;
  // Client certificates: the server goes on without; demands one; takes it; refuses it.
  std::string_view asks_for_certificate, demands_certificate, takes_certificate, refuses_certificate;
  std::string_view give_certificate;  // a step
  std::string_view give_other_key;    // another; the kinds follow
  // Steps where there is nothing to judge; {host}, {port} and {protocol} are the target's.
  std::string_view correct_name, reach_server, begin_tls, leave_plain_http, begin_at_once;
  // And where the dialogue before STARTTLS failed: by probe::Obstacle.
  std::string_view give_time, speak_its_protocol, allow_address, offer_starttls, stop_rewriting,
      mend_starttls, find_who_speaks;
  // The chain.
  std::string_view in_trust_store, missing, not_on_path, unreadable, no_subject, to;
  std::string_view aia_trusted, aia_faults, aia_fails;
  std::string_view list_read, no_lists;
  std::string_view answer_good, no_responders;
  // What the server stapled, in the order of certs::OcspState; none, or none where one is demanded; how long
  // it holds; SCTs, by the way in which they came.
  std::string_view staple;
  std::array<std::string_view, 11> staple_states;
  std::string_view no_staple, demanded_staple, until, in_certificate, in_handshake, in_ocsp;
  // Names.
  std::string_view asked_for, fits_exactly, fits_by_wildcard, fits_by_address, fits_by_cn, fits_as_dns,
      no_name, and_more;
  // Kinds, in the order of certs::Kind; the template of AD CS.
  std::array<std::string_view, 4> kinds;
  std::string_view certificate_template;
  // Causes 1 and 2; .NET.
  std::array<std::string_view, 2> causes;
  std::string_view dotnet_connects;
  // Clients: after those who do, after those who don't; what is said of one.
  std::string_view clients, accept_it, refuse_it, accepts, refuses;
  // The table of several targets.
  std::string_view target, trust, name, days;
};

const Labels& labels_of(certs::Language language);

}  // namespace mailtap::check
