#include "proxy/demo/report.h"

#include <algorithm>
#include <ostream>

#include "certs/verify/verdict.h"
#include "config/base/text.h"

namespace mailtap::demo {

using terminal::indented;
using terminal::join_numbers;
using terminal::render;
using terminal::Row;
using terminal::Tone;

namespace {

constexpr std::string_view exception_text =
    "System.Net.WebException: The underlying connection was closed: Could not establish trust relationship "
    "for "
    "the SSL/TLS secure channel. ---> System.Security.Authentication.AuthenticationException: The remote "
    "certificate is invalid according to the validation procedure.";

/// The one of which --keep shows commands.
constexpr std::string_view example = "expired";

/// Where to write a command on.
constexpr std::string_view next_line = " \\\n      ";

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string describe(const Result<Poll>& poll) {
  if (!poll) return "fails";
  return poll->refusal.empty() ? join_numbers(poll->statuses, " ") : "refuses";
}

/// "NameMismatch, ChainErrors (NotTimeValid)": .NET's flags without their common prefix.
std::string dotnet_flags(const Logged& logged) {
  std::vector<std::string> flags;
  for (std::string_view flag : logged.policy_errors) {
    constexpr std::string_view prefix = "RemoteCertificate";
    if (flag.starts_with(prefix)) flag.remove_prefix(prefix.size());
    flags.emplace_back(flag);
    if (flag == "ChainErrors") flags.back() += " (" + join(logged.chain_status, ", ") + ")";
  }
  return join(flags, ", ");
}

Row table_row(const LabServer& server, const Outcome& outcome) {
  Row row{{{server.id, outcome.as_expected() ? Tone::strong : Tone::bad}, {"?"}, {"?"}, {"?"}}, {}};
  if (!outcome.logged) return row;
  const auto& logged = *outcome.logged;
  auto verdict = logged.faults;
  if (!logged.name_matches) verdict.emplace_back("name mismatch");
  if (logged.policy_errors.empty())
    row.cells[1] = {"none", Tone::good};
  else
    row.cells[1] = {dotnet_flags(logged), Tone::bad};
  if (verdict.empty())
    row.cells[2] = {"trusted, name matches", Tone::good};
  else
    row.cells[2] = {join(verdict, ", "), Tone::bad};
  row.cells[3] = {logged.causes.empty() ? "-" : join_numbers(logged.causes, ", ")};
  row.remark = logged.advice;
  return row;
}

}  // namespace

void Report::begin() {
  out_ << indented("mailtap demo", 0, style_, Tone::strong)
       << indented("A mail router polls the inbox of " + std::to_string(lab_.servers.size()) +
                       " mail servers (EWS over TLS, all on loopback): first alone, then through mailtap.",
                   0, style_)
       << '\n';
}

void Report::progress(const LabServer& server, const Outcome& outcome) {
  const auto bytes = outcome.through ? outcome.through->received.size() : 0;
  out_ << "  " << padded(server.id, 24) << "alone " << padded(describe(outcome.alone), 9)
       << "through mailtap "
       << padded(describe(outcome.through) + ", " + std::to_string(bytes) + " bytes", 21)
       << (outcome.as_expected() ? style_.paint(Tone::good, "ok") : style_.paint(Tone::bad, "WRONG"))
       << std::endl;
}

void Report::verdicts(const std::vector<Outcome>& outcomes) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < outcomes.size(); ++i) rows.push_back(table_row(lab_.servers[i], outcomes[i]));
  out_ << '\n'
       << indented("Whatever is wrong, such a router's own log has one sentence for it:", 0, style_) << '\n'
       << indented(exception_text, 4, style_, Tone::faint) << '\n'
       << indented(
              "What .NET knew when it said so (of a revocation only if it is told to look, which isn't the "
              "default), "
              "and what mailtap's log says. Cause 1: the certificate isn't trusted. Cause 2: it isn't for "
              "the name "
              "in the router's URL, " +
                  std::string(configured_name) + ".",
              0, style_)
       << '\n'
       << render({"MAIL SERVER", ".NET'S FLAGS", "MAILTAP'S VERDICT", "CAUSE"}, rows, style_) << '\n';
}

void Report::sum(const std::vector<Outcome>& outcomes, std::chrono::milliseconds took) {
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    for (const auto& complaint : outcomes[i].complaints)
      out_ << indented("WRONG " + lab_.servers[i].id + ": " + complaint, 0, style_, Tone::bad);
  const auto good = std::count_if(outcomes.begin(), outcomes.end(),
                                  [](const Outcome& outcome) { return outcome.as_expected(); });
  const bool all = static_cast<std::size_t>(good) == outcomes.size();
  out_ << indented(std::to_string(good) + " of " + std::to_string(outcomes.size()) +
                       " as expected: the verdict, the poll through mailtap, and every byte of it (" +
                       std::to_string(took.count()) + " ms).",
                   0, style_, all ? Tone::good : Tone::bad);
}

void Report::commands(const Installation& installation) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < lab_.servers.size(); ++i)
    rows.push_back({{{lab_.servers[i].id, Tone::strong},
                     {installation.proxied(i).to_string()},
                     {installation.direct(i).to_string()}},
                    {}});
  out_ << "\nAll of it goes on until Ctrl-C. The live page: " << installation.page() << "\n\n"
       << render({"MAIL SERVER", "THROUGH MAILTAP", "ITSELF"}, rows, style_);

  const std::string name(configured_name);
  const auto curl = [&](const std::string& ca_file, const config::Endpoint& to) {
    const auto port = std::to_string(to.port);
    out_ << "  curl -i --cacert " << ca_file << next_line << "--resolve " << name << ':' << port
         << ":127.0.0.1" << next_line << "https://" << name << ':' << port << "/EWS/Exchange.asmx\n";
  };
  const auto s_client = [&](const std::string& ca_file, const config::Endpoint& to) {
    out_ << "  openssl s_client -connect " << to.to_string() << " -servername " << name << next_line
         << "-CAfile " << ca_file << next_line << "-verify_return_error -verify_hostname " << name
         << " </dev/null\n";
  };
  const auto remark = [&](const std::string& text) {
    out_ << '\n' << indented("# " + text, 2, style_, Tone::faint);
  };

  const auto found = std::find_if(lab_.servers.begin(), lab_.servers.end(),
                                  [](const LabServer& server) { return server.id == example; });
  const auto index = found != lab_.servers.end() ? static_cast<std::size_t>(found - lab_.servers.begin()) : 0;
  out_ << "\nTo try from another terminal, with the server \"" << lab_.servers[index].id << "\":\n";
  remark("the log, a line as each connection ends");
  out_ << "  tail -f " << installation.log_file() << '\n';
  remark("through mailtap: trusted; 401, as Exchange says to somebody who hasn't logged on");
  curl(installation.ca_file(), installation.proxied(index));
  s_client(installation.ca_file(), installation.proxied(index));
  remark("the server itself: refused");
  curl(installation.root_file(), installation.direct(index));
  s_client(installation.root_file(), installation.direct(index));
  out_ << std::flush;
}

}  // namespace mailtap::demo
