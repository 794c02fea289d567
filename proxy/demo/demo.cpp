#include "proxy/demo/demo.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ostream>

#include "proxy/demo/installation.h"
#include "proxy/demo/logged.h"
#include "proxy/demo/router.h"

namespace mailtap::demo {

namespace {

constexpr std::string_view exception_text =
    "System.Net.WebException: The underlying connection was closed: Could not establish trust relationship "
    "for "
    "the SSL/TLS secure channel. ---> System.Security.Authentication.AuthenticationException: The remote "
    "certificate is invalid according to the validation procedure.";

/// What came of one server, and what of it wasn't as it should be.
struct Outcome {
  Result<Poll> alone;    ///< the router without mailtap
  Result<Poll> through;  ///< and through it
  Result<Logged> logged;
  std::vector<std::string> complaints;
};

std::string quoted(const std::vector<std::string>& list) {
  return list.empty() ? "none" : join(list, ", ");
}

std::string quoted(const std::vector<int>& list) {
  std::vector<std::string> texts;
  for (const int one : list) texts.push_back(std::to_string(one));
  return quoted(texts);
}

template <class T>
std::vector<T> sorted(std::vector<T> list) {
  std::sort(list.begin(), list.end());
  return list;
}

void check_alone(const Result<Poll>& alone, const Expected& expected, std::vector<std::string>& complaints) {
  if (!alone) return complaints.push_back("the router alone failed: " + alone.error().message);
  if (alone->refusal.empty() == expected.router_refuses)
    complaints.push_back(expected.router_refuses ? "the router alone accepts the certificate"
                                                 : "the router alone refuses: " + alone->refusal);
}

void check_through(const Result<Poll>& through, const Transcript& server,
                   std::vector<std::string>& complaints) {
  if (!through) return complaints.push_back("the router failed through mailtap: " + through.error().message);
  if (!through->refusal.empty())
    return complaints.push_back("the router refuses mailtap's certificate: " + through->refusal);
  if (!through->succeeded())
    complaints.emplace_back("through mailtap not every operation was answered with 200");
  if (through->sent != server.received || through->received != server.sent)
    complaints.emplace_back("the bytes that came out of mailtap aren't those that went in");
}

void check_logged(const Result<Logged>& logged, const Expected& expected, const Poll* through,
                  std::vector<std::string>& complaints) {
  if (!logged) return complaints.push_back(logged.error().message);
  if (sorted(logged->faults) != sorted(expected.faults))
    complaints.push_back("faults: " + quoted(logged->faults) + ", expected: " + quoted(expected.faults));
  if (logged->trusted != expected.faults.empty())
    complaints.push_back(std::string("trust: ") + (logged->trusted ? "trusted" : "untrusted"));
  if (logged->name_matches != expected.name_matches)
    complaints.push_back(std::string("name: ") + (logged->name_matches ? "match" : "mismatch"));
  if (sorted(logged->causes) != sorted(expected.causes))
    complaints.push_back("causes: " + quoted(logged->causes) + ", expected: " + quoted(expected.causes));
  if (logged->ending != "closed") complaints.push_back("the connection ended with " + logged->ending);
  if (through != nullptr &&
      (logged->to_upstream != through->sent.size() || logged->to_downstream != through->received.size()))
    complaints.emplace_back("the log counts other bytes than the router");
}

Outcome poll(const Installation& installation, const Lab& lab, std::size_t index) {
  const auto& server = lab.servers[index];
  const std::string name(configured_name);
  Outcome outcome{poll_mailbox(installation.direct(index), name, lab.root),
                  poll_mailbox(installation.proxied(index), name, installation.ca()),
                  await_log_line(installation.log_file(), server.id),
                  {}};
  check_alone(outcome.alone, server.expected, outcome.complaints);
  check_through(outcome.through, installation.mail_servers().last_transcript(index), outcome.complaints);
  check_logged(outcome.logged, server.expected, outcome.through ? &*outcome.through : nullptr,
               outcome.complaints);
  return outcome;
}

// --- what is written
// ----------------------------------------------------------------------------------------

std::string describe(const Result<Poll>& poll) {
  if (!poll) return "fails";
  if (!poll->refusal.empty()) return "refuses";
  std::vector<std::string> statuses;
  for (const auto status : poll->statuses) statuses.push_back(std::to_string(status));
  return join(statuses, " ") + ", " + std::to_string(poll->received.size()) + " bytes";
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

void report_progress(const LabServer& server, const Outcome& outcome, std::ostream& out, const Style& style) {
  const bool good = outcome.complaints.empty();
  out << "  " << padded(server.id, 24) << "alone: " << padded(describe(outcome.alone), 20)
      << "through mailtap: " << padded(describe(outcome.through), 22)
      << style.paint(good ? Tone::good : Tone::bad, good ? "unchanged" : "WRONG") << std::endl;
}

/// "NameMismatch, ChainErrors (NotTimeValid)": .NET's flags without their common prefix.
std::string dotnet_flags(const Logged& logged) {
  std::vector<std::string> flags;
  for (std::string_view flag : logged.policy_errors) {
    constexpr std::string_view prefix = "RemoteCertificate";
    if (flag.starts_with(prefix)) flag.remove_prefix(prefix.size());
    flags.emplace_back(flag);
    if (flag == "ChainErrors" && !logged.chain_status.empty())
      flags.back() += " (" + join(logged.chain_status, ", ") + ")";
  }
  return join(flags, ", ");
}

Row table_row(const LabServer& server, const Outcome& outcome) {
  const bool good = outcome.complaints.empty();
  Row row{{{server.id, good ? Tone::strong : Tone::bad}, {}, {}, {}}, {}};
  if (outcome.logged) {
    const auto& logged = *outcome.logged;
    const bool accepted = logged.policy_errors.empty();
    auto verdict = logged.faults;
    if (!logged.name_matches) verdict.emplace_back("name mismatch");
    const bool well = verdict.empty();
    row.cells[1] = {accepted ? "connects" : dotnet_flags(logged), accepted ? Tone::good : Tone::bad};
    row.cells[2] = {well ? "trusted, name matches" : join(verdict, ", "), well ? Tone::good : Tone::bad};
    row.cells[3] = {logged.causes.empty() ? "-" : quoted(logged.causes)};
    row.remark = logged.advice;
  }
  return row;
}

void report_table(const Lab& lab, const std::vector<Outcome>& outcomes, std::ostream& out,
                  const Style& style) {
  out << "\nWhatever is wrong, the router's log has one sentence for it:\n\n"
      << indented(exception_text, 2, style, Tone::bad)
      << "\nWhat .NET knew when it said so, and what mailtap logs. Cause 1: the certificate isn't trusted. "
         "Cause 2: the\nrouter's URL doesn't match it.\n\n";
  std::vector<Row> rows;
  for (std::size_t i = 0; i < outcomes.size(); ++i) rows.push_back(table_row(lab.servers[i], outcomes[i]));
  out << render({"MAIL SERVER", ".NET'S FLAGS", "MAILTAP'S VERDICT", "CAUSE"}, rows, style);
}

void report_sum(const Lab& lab, const std::vector<Outcome>& outcomes, std::chrono::milliseconds took,
                std::ostream& out, const Style& style) {
  std::size_t good = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    good += outcomes[i].complaints.empty() ? 1 : 0;
    for (const auto& complaint : outcomes[i].complaints)
      out << '\n' << style.paint(Tone::bad, "WRONG") << " " << lab.servers[i].id << ": " << complaint;
  }
  out << (good == outcomes.size() ? "\n" : "\n\n")
      << style.paint(good == outcomes.size() ? Tone::good : Tone::bad,
                     std::to_string(good) + " of " + std::to_string(outcomes.size()))
      << " servers: the verdict is the expected one, the mailbox was polled through mailtap, and not a byte "
         "differs ("
      << took.count() << " ms).\n";
}

void report_commands(const Lab& lab, const Installation& installation, std::ostream& out,
                     const Style& style) {
  out << "\nThe installation goes on until Ctrl-C; then its folder " << installation.folder()
      << " goes too.\n\n";
  std::vector<Row> rows;
  for (std::size_t i = 0; i < lab.servers.size(); ++i)
    rows.push_back(
        {{{lab.servers[i].id}, {installation.proxied(i).to_string()}, {installation.direct(i).to_string()}},
         {}});
  out << render({"MAIL SERVER", "THROUGH MAILTAP", "ITSELF"}, rows, style);

  const std::string name(configured_name);
  const auto expired = std::find_if(lab.servers.begin(), lab.servers.end(),
                                    [](const auto& server) { return server.id == "expired"; });
  const auto index =
      static_cast<std::size_t>(expired == lab.servers.end() ? 0 : expired - lab.servers.begin());
  const auto curl = [&](const std::string& ca_file, const config::Endpoint& to) {
    const auto port = std::to_string(to.port);
    return "  curl -i --cacert " + ca_file + " --resolve " + name + ":" + port +
           ":127.0.0.1 \\\n    https://" + name + ":" + port + "/EWS/Exchange.asmx\n";
  };
  const auto s_client = [&](const std::string& ca_file, const config::Endpoint& to) {
    return "  openssl s_client -connect " + to.to_string() + " -servername " + name + " \\\n    -CAfile " +
           ca_file + " -verify_return_error -verify_hostname " + name + " </dev/null\n";
  };
  const auto comment = [&](const std::string& text) {
    return style.paint(Tone::faint, "  # " + text) + '\n';
  };
  out << "\nTo try from another terminal, with the server \"" << lab.servers[index].id << "\":\n\n"
      << comment("each connection's line, as it ends") << "  tail -f " << installation.log_file() << "\n\n"
      << comment("through mailtap: HTTP's 401, as Exchange says to whoever hasn't logged on")
      << curl(installation.ca_file(), installation.proxied(index))
      << s_client(installation.ca_file(), installation.proxied(index)) << '\n'
      << comment("the server itself: the certificate is refused")
      << curl(installation.root_file(), installation.direct(index))
      << s_client(installation.root_file(), installation.direct(index)) << std::flush;
}

/// While it lives, SIGINT and SIGTERM wait: the folder is removed whenever they come.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t held;
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

int run(const Lab& lab, const Options& options, std::ostream& out, const Style& style) {
  const auto began = std::chrono::steady_clock::now();
  std::optional<SignalsHeld> held(std::in_place);
  auto installation = Installation::make(lab);
  if (!installation) {
    out << "mailtap demo: " << installation.error().message << '\n';
    return EXIT_FAILURE;
  }
  out << style.paint(Tone::strong, "mailtap demo") << ": a mail router polls " << lab.servers.size()
      << " mail servers (EWS over TLS, all on loopback), alone and through mailtap\n\n";

  std::vector<Outcome> outcomes;
  for (std::size_t i = 0; i < lab.servers.size(); ++i) {
    outcomes.push_back(poll(**installation, lab, i));
    report_progress(lab.servers[i], outcomes.back(), out, style);
  }
  report_table(lab, outcomes, out, style);
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
  report_sum(lab, outcomes, took, out, style);
  if (options.keep) {
    report_commands(lab, **installation, out, style);
    held.reset();  // a signal that came meanwhile ends it now
    (*installation)->run_until_signal();
    out << "\nmailtap demo: stopped, the folder is removed\n";
  }
  const bool all_good = std::all_of(outcomes.begin(), outcomes.end(),
                                    [](const Outcome& outcome) { return outcome.complaints.empty(); });
  return all_good ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace mailtap::demo
