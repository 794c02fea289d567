// What a server's versions of TLS mean for those who connect to it: a server can have the best of
// certificates and speak nothing that today's clients would still go along with.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "certs/verify/question.h"
#include "config/endpoint.h"
#include "proxy/check/target.h"

namespace mailtap::check {

struct VersionAnswer;

/// `faults` in JSON: nothing newer than TLS 1.1 is spoken (deprecated by RFC 8996).
inline constexpr std::string_view old_versions_only = "old-versions-only";

/// What one kind of client meets, left to its defaults.
struct ClientMeets {
  enum class Outcome { connects, depends, refused };
  std::string_view client;  ///< "java"
  std::string_view title;   ///< "Java from 8u291 and 11.0.11 on", in the language asked for
  Outcome outcome = Outcome::connects;
  std::string says;  ///< refused: its own words; depends: on what
};

struct VersionJudgement {
  std::uint16_t oldest = 0, newest = 0;  ///< spoken; 0: none, or nobody was asked
  bool only_old = false;                 ///< the fault old_versions_only
  std::vector<ClientMeets> clients;
};

/// `agreed`: the version of a handshake with all that is offered; 0: there was none.
VersionJudgement judge_versions(const std::vector<VersionAnswer>& answers, std::uint16_t agreed,
                                certs::Language language);

struct VersionWords {
  std::string_view judgement;  ///< beside the verdict on the certificate
  std::string_view fault;      ///< {version}
  std::string_view no_answer, refused;
  /// What .NET does with a certificate that is well: {version} alone is spoken at most; nothing as old as TLS
  /// 1.0 is; TLS 1.3 alone.
  std::string_view dotnet_old, dotnet_not_old, dotnet_newest;
  std::string_view until_then;  ///< a step; {command}
};
const VersionWords& version_words_of(certs::Language language);

/// The text with the value where the placeholder stands.
std::string filled_in(std::string_view text, std::string_view placeholder, std::string_view value);

/// "TLS 1.0".
std::string version_title(std::uint16_t version);

/// mailtap between today's clients and a server of `newest`, which it can shake hands with.
std::string bridging_command(const Target& target, std::uint16_t newest);

}  // namespace mailtap::check
