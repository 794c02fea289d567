#include "proxy/demo/report.h"

#include <algorithm>
#include <ostream>

#include "certs/verify/verdict.h"
#include "config/base/phrases.h"
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

/// What is too short for the catalogue, which finds sentences.
struct Words {
  std::string_view alone, through, fails, refuses, ok, wrong, none;
};
constexpr Words english{.alone = "alone",
                        .through = "through mailtap",
                        .fails = "fails",
                        .refuses = "refuses",
                        .ok = "ok",
                        .wrong = "WRONG",
                        .none = "none"};
constexpr Words vietnamese{.alone = "một mình",
                           .through = "qua mailtap",
                           .fails = "thất bại",
                           .refuses = "từ chối",
                           .ok = "đúng",
                           .wrong = "SAI",
                           .none = "không có"};

const Words& words_of(Language language) {
  return language == Language::vietnamese ? vietnamese : english;
}

/// Columns are counted as UTF-8 code points.
std::string padded(const std::string& text, std::size_t width) {
  const auto columns = static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
  return text + std::string(width - std::min(columns, width), ' ');
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

}  // namespace

std::string Report::say(std::string_view sentence, const std::vector<std::string>& values) const {
  return said(language_, sentence, values);
}

std::string Report::describe(const Result<Poll>& poll) const {
  if (!poll) return std::string(words_of(language_).fails);
  return poll->refusal.empty() ? join_numbers(poll->statuses, " ") : std::string(words_of(language_).refuses);
}

Row Report::table_row(const LabServer& server, const Outcome& outcome) const {
  Row row{{{server.id, outcome.as_expected() ? Tone::strong : Tone::bad}, {"?"}, {"?"}, {"?"}}, {}};
  if (!outcome.logged) return row;
  const auto& logged = *outcome.logged;
  auto verdict = logged.faults;
  if (!logged.name_matches) verdict.push_back(say("name mismatch"));
  if (logged.policy_errors.empty())
    row.cells[1] = {std::string(words_of(language_).none), Tone::good};
  else
    row.cells[1] = {dotnet_flags(logged), Tone::bad};
  if (verdict.empty())
    row.cells[2] = {say("trusted, name matches"), Tone::good};
  else
    row.cells[2] = {join(verdict, ", "), Tone::bad};
  row.cells[3] = {logged.causes.empty() ? "-" : join_numbers(logged.causes, ", ")};
  row.remark = logged.advice;
  return row;
}

void Report::begin() {
  out_ << indented("mailtap demo", 0, style_, Tone::strong)
       << indented(
              say("A mail router polls the inbox of {n} mail servers (EWS over TLS, all on loopback): first "
                  "alone, then through mailtap.",
                  {std::to_string(lab_.servers.size())}),
              0, style_)
       << '\n';
}

void Report::progress(const LabServer& server, const Outcome& outcome) {
  const auto bytes = outcome.through ? outcome.through->received.size() : 0;
  out_ << "  " << padded(server.id, 24) << words_of(language_).alone << ' '
       << padded(describe(outcome.alone), 9) << words_of(language_).through << ' '
       << padded(describe(outcome.through) + ", " + say("{n} bytes", {std::to_string(bytes)}), 21)
       << (outcome.as_expected() ? style_.paint(Tone::good, std::string(words_of(language_).ok))
                                 : style_.paint(Tone::bad, std::string(words_of(language_).wrong)))
       << std::endl;
}

void Report::verdicts(const std::vector<Outcome>& outcomes) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < outcomes.size(); ++i) rows.push_back(table_row(lab_.servers[i], outcomes[i]));
  out_ << '\n'
       << indented(say("Whatever is wrong, such a router's own log has one sentence for it:"), 0, style_)
       << '\n'
       << indented(exception_text, 4, style_, Tone::faint) << '\n'
       << indented(
              say("What .NET knew when it said so (of a revocation only if it is told to look, which isn't "
                  "the default), and what mailtap's log says. Cause 1: the certificate isn't trusted. Cause "
                  "2: it isn't for the name in the router's URL, {name}.",
                  {std::string(configured_name)}),
              0, style_)
       << '\n'
       << render({say("MAIL SERVER"), say(".NET'S FLAGS"), say("MAILTAP'S VERDICT"), say("CAUSE")}, rows,
                 style_)
       << '\n';
}

void Report::sum(const std::vector<Outcome>& outcomes, std::chrono::milliseconds took) {
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    for (const auto& complaint : outcomes[i].complaints)
      out_ << indented(std::string(words_of(language_).wrong) + " " + lab_.servers[i].id + ": " +
                           in_language(complaint, language_),
                       0, style_, Tone::bad);
  const auto good = std::count_if(outcomes.begin(), outcomes.end(),
                                  [](const Outcome& outcome) { return outcome.as_expected(); });
  const bool all = static_cast<std::size_t>(good) == outcomes.size();
  out_ << indented(
      say("{n} of {count} as expected: the verdict, the poll through mailtap, and every byte of it ({ms} "
          "ms).",
          {std::to_string(good), std::to_string(outcomes.size()), std::to_string(took.count())}),
      0, style_, all ? Tone::good : Tone::bad);
}

void Report::commands(const Installation& installation) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < lab_.servers.size(); ++i)
    rows.push_back({{{lab_.servers[i].id, Tone::strong},
                     {installation.proxied(i).to_string()},
                     {installation.direct(i).to_string()}},
                    {}});
  out_ << '\n'
       << say("All of it goes on until Ctrl-C. The live page: {url}", {installation.page()}) << "\n\n"
       << render({say("MAIL SERVER"), say("THROUGH MAILTAP"), say("ITSELF")}, rows, style_);

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
  const auto remark = [&](std::string_view text) {
    out_ << '\n' << indented("# " + say(text), 2, style_, Tone::faint);
  };

  const auto found = std::find_if(lab_.servers.begin(), lab_.servers.end(),
                                  [](const LabServer& server) { return server.id == example; });
  const auto index = found != lab_.servers.end() ? static_cast<std::size_t>(found - lab_.servers.begin()) : 0;
  out_ << '\n'
       << say("To try from another terminal, with the server \"{id}\":", {lab_.servers[index].id}) << '\n';
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
