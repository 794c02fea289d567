// What the calendar has to do with certificates: limits that go by the date of issue, CAs that lost trust,
// roots that are about to. The data is certs/verify/dates.tsv, a line each with its source, of the day that
// its first line has.
//
//   kind            from                    value                   subject
//   limit           issued from then on     days of validity        -
//   distrust        issued from then on     who distrusts it        the organisation (O) of the CA
//   retire          root made from then on  the day of its end, or +N years after it was made
//   service         the day                 what is refused         service; protocols; what those use whom
//   it
//                                                                   concerns; the event (ServiceRule)
//   no-client-auth  issued from then on     how far it is left out  the organisation (O) of the CA; -: all
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "config/base/text.h"

namespace mailtap::certs {

struct Path;
struct Verdict;

struct DatedRule {
  std::string_view kind;
  Time from;
  std::string_view value;
  std::string_view subject;
  std::string_view source;
};

/// What the subject of a rule of kind service says. "-": nothing.
struct ServiceRule {
  std::string_view service;    ///< "Exchange Online"
  std::string_view protocols;  ///< "pop3,imap"
  std::string_view use;        ///< of mailtap report: "basic"
  std::string_view event;      ///< "basic-off"
};
/// Nothing: it is of another kind.
std::optional<ServiceRule> service_of(const DatedRule& rule);

/// The file as it was built in.
std::string_view dates_file();
/// Its lines, in order. An error names the line.
Result<std::vector<DatedRule>> parse_dates(std::string_view file);
const std::vector<DatedRule>& dated_rules();

/// The limit of a public CA's server certificate, issued then; nothing before there were limits.
std::optional<long> max_validity_days(Time issued);
/// Since when that limit holds: "2026-03-15".
std::string validity_limit_since(Time issued);

/// Who distrusts the path's leaf, as of its date of issue, and when its root loses trust: lints.
/// `is_public`: its root is one of the system's.
std::vector<std::string> dated_lints(const Path& path, bool is_public, Time at);

/// The rules on public CAs that leave clientAuth out of their certificates: those of that organisation, and
/// then those of all.
std::vector<DatedRule> client_auth_rules_of(std::string_view organisation);

/// What that service ("Exchange Online", "Exchange Server") refuses from those that speak `protocol` (http,
/// smtp, pop3, imap), in the order of the dates, those that are to come included.
std::vector<DatedRule> refusals_of(std::string_view service, std::string_view protocol);

/// An end nearer than so many days is worth a warning, of a certificate that lives so long: a third of its
/// life, at most warn_days. One of 45 days is renewed with 15 left.
long warn_days_of_life(long days);
/// The same of the certificate on the path that ends first; of one that wasn't sent warn_days.
long warn_days_of(const Verdict& verdict);
/// How many days the certificate on the path that ends first lives from beginning to end; nothing: it wasn't
/// sent.
std::optional<long> life_of(const Verdict& verdict);

}  // namespace mailtap::certs
