#include "proxy/commands/check.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <system_error>

#include <unistd.h>

#include "certs/advice/advice.h"
#include "certs/model/identity.h"
#include "certs/verify/trust_store.h"
#include "config/base/file.h"
#include "config/base/phrases.h"
#include "config/base/process.h"
#include "config/base/utf16.h"
#include "config/values.h"
#include "proxy/check/check.h"
#include "proxy/check/report.h"
#include "proxy/commands/language_option.h"
#include "tls/offer/known_hellos.h"

namespace mailtap::commands {

namespace {

/// As they were written.
struct Line {
  std::vector<std::string> targets;
  std::string targets_file;  ///< "-": standard input
  std::size_t targets_at_once = check::Options{}.targets_at_once;
  std::string name;
  std::string starttls;
  std::vector<std::string> trust{"system"};
  std::vector<std::string> crl;
  std::string at;
  std::string profile = "rfc5280";
  std::string language;
  std::string timeout = "10s";
  std::string client_cert;
  std::string client_key;
  std::string proxy_protocol;
  std::string as;
  bool json = false;
  bool fetch_aia = false;
  bool fetch_crl = false;
  bool fetch_ocsp = false;
  bool protocols = false;
  bool intolerance = false;
  std::vector<std::string> hellos;
  std::optional<std::size_t> at_once;
  std::string delay;
};

check::Starttls starttls_of(const std::string& word) {
  using check::Starttls;
  for (const auto protocol : {Starttls::smtp, Starttls::pop3, Starttls::imap})
    if (word == to_string(protocol)) return protocol;
  return Starttls::none;
}

/// What an error is about where it isn't an option.
constexpr auto target_argument = "TARGET";

/// As the command line names what it is about.
std::string labelled(const Error& error) {
  if (error.about.empty()) return error.message;
  return (error.about == target_argument ? "" : "--") + error.about + ": " + error.message;
}

Result<std::vector<check::Target>> targets_of(const Line& line) {
  std::vector<check::Target> targets;
  const auto add = [&](const std::string& text) -> Result<void> {
    std::error_code none;
    const bool is_file = std::filesystem::is_regular_file(text, none);
    if (text.find('/') != std::string::npos && std::filesystem::is_directory(text, none))
      return fail(text + " is a folder; give a file in it that has the chain, or the server's host");
    auto target = check::parse_target(text, starttls_of(line.starttls), is_file);
    if (!target) return tl::unexpected(target.error());
    targets.push_back(std::move(*target));
    return {};
  };
  for (const auto& text : line.targets)
    if (auto added = add(text); !added) return fail_about(target_argument, added.error());
  if (line.targets_file.empty()) {
    if (targets.empty()) return fail("give a TARGET, several, or --targets FILE");
    return targets;
  }
  std::ifstream file;
  if (line.targets_file != "-") {
    file.open(line.targets_file);
    if (!file)
      return fail(line.targets_file + " can't be read: " + std::generic_category().message(errno) +
                      "; give a file with a target a line, or - for standard input",
                  "targets");
  }
  std::istream& in = line.targets_file == "-" ? std::cin : file;
  std::size_t number = 0;
  for (std::string text; std::getline(in, text);) {
    ++number;
    if (number == 1 && is_utf16(text))
      return fail(line.targets_file + " is UTF-16, which Notepad calls Unicode; save it as UTF-8", "targets");
    if (number == 1 && text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
    const auto begin = text.find_first_not_of(" \t\r");
    if (begin == std::string::npos || text[begin] == '#') continue;
    text = text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
    if (auto added = add(text); !added)
      return fail(line.targets_file + ":" + std::to_string(number) + ": " + added.error().message, "targets");
  }
  if (targets.empty()) return fail(line.targets_file + " names no target; write one a line", "targets");
  return targets;
}

/// What is asked of a server, and so means nothing for a file.
Result<void> ask_servers_alone(const Line& line, const std::vector<check::Target>& targets) {
  const auto file =
      std::find_if(targets.begin(), targets.end(), [](const auto& one) { return !one.file.empty(); });
  if (file == targets.end()) return {};
  for (const auto& [option, is_given] :
       {std::pair("protocols", line.protocols), std::pair("intolerance", line.intolerance),
        std::pair("hello", !line.hellos.empty()), std::pair("starttls", !line.starttls.empty()),
        std::pair("client-cert", !line.client_cert.empty()),
        std::pair("send-proxy-protocol", !line.proxy_protocol.empty())})
    if (is_given)
      return fail("is about a server, and " + file->text +
                      " is a file, which is only read; give the server's host, or leave it out",
                  option);
  return {};
}

/// A client's name or a JA4, else a file.
Result<check::Hello> hello_of(const std::string& text) {
  const auto* known = tls::offer::find_hello(text);
  Buffer stream;
  if (known != nullptr) {
    stream = known->stream;
  } else {
    const auto content = read_file(text);
    if (!content) {
      std::string names;
      for (const auto& each : tls::offer::known_hellos())
        names += (names.empty() ? "" : ", ") + std::string(each.name);
      return fail("\"" + text +
                  "\" is neither a client whose hello is known, nor its JA4, nor a file that can be read; "
                  "known are " +
                  names);
    }
    auto hello = tls::offer::hello_in(as_bytes(*content));
    if (!hello) return fail(text + ": " + hello.error().message);
    stream = std::move(*hello);
  }
  auto offer = tls::offer::read_offer(stream);
  if (!offer) return tl::unexpected(offer.error());
  return check::Hello{text, std::make_shared<const tls::offer::Offer>(std::move(*offer))};
}

Result<check::Options> options_of(const Line& line) {
  check::Options options;
  if ((line.at_once || !line.delay.empty()) && !line.protocols && !line.intolerance)
    return fail("is for --protocols and --intolerance; add one of these, or leave it out",
                line.at_once ? "at-once" : "delay");
  auto targets = targets_of(line);
  if (!targets) return tl::unexpected(targets.error());
  if (auto fit = ask_servers_alone(line, *targets); !fit) return tl::unexpected(fit.error());
  options.targets = std::move(*targets);
  options.targets_at_once = line.targets_at_once;
  if (!line.name.empty()) {
    auto name = config::parse_host(line.name);
    if (!name) return fail_about("name", name.error());
    options.name = std::move(*name);
  }
  auto trust = certs::TrustStore::load(line.trust, line.crl);
  if (!trust) return tl::unexpected(trust.error());
  options.trust = std::move(*trust);
  if (!line.at.empty()) {
    const auto at = from_rfc3339(line.at);
    if (!at) return fail_about("at", at.error());
    options.at = *at;
  }
  options.profile = line.profile == "webpki" ? certs::Profile::webpki : certs::Profile::rfc5280;
  options.language = config::language_for(line.language);
  if (!line.as.empty()) {
    auto client = config::parse_client(line.as);
    if (!client) return fail_about("as", client.error());
    options.as = std::move(*client);
  }
  const auto timeout = config::parse_timeout(line.timeout);
  if (!timeout) return fail_about("timeout", timeout.error());
  options.timeout = *timeout;
  if (!line.client_cert.empty()) {
    auto identity = certs::Identity::load(line.client_cert, line.client_key);
    if (!identity) return fail_about("client-" + identity.error().about, identity.error());
    options.client_certificate = std::move(*identity);
  }
  using config::ProxyVersion;
  for (const auto version : {ProxyVersion::v1, ProxyVersion::v2})
    if (line.proxy_protocol == to_string(version)) options.proxy_protocol = version;
  options.protocols = line.protocols;
  options.intolerance = line.intolerance;
  for (const auto& text : line.hellos) {
    auto hello = hello_of(text);
    if (!hello) return fail_about("hello", hello.error());
    options.hellos.push_back(std::move(*hello));
  }
  const auto delay = config::parse_duration(line.delay.empty() ? "0ms" : line.delay);
  if (!delay) return fail_about("delay", delay.error());
  options.pace = {line.at_once.value_or(check::Pace{}.at_once), *delay};
  options.fetch_aia = line.fetch_aia;
  options.fetch_crl = line.fetch_crl;
  options.fetch_ocsp = line.fetch_ocsp;
  return options;
}

/// On a terminal: how many of the targets are ready, in one line that is wiped at the end.
class Progress {
 public:
  explicit Progress(std::size_t targets)
      : targets_(targets), shown_(targets > 1 && ::isatty(STDERR_FILENO) == 1) {
    show(0);
  }
  ~Progress() { wipe(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void wipe() const {
    if (shown_) std::cerr << "\r\x1b[K" << std::flush;
  }
  void show(std::size_t ready) const {
    if (!shown_) return;
    constexpr std::size_t width = 30;
    const auto filled = width * ready / targets_;
    std::cerr << "\r[" << std::string(filled, '#') << std::string(width - filled, '.') << "] " << ready << "/"
              << targets_ << std::flush;
  }

 private:
  std::size_t targets_;
  bool shown_;
};

int run_check(const Line& line) {
  constexpr int usage_error = 64;  // sysexits.h
  const auto options = options_of(line);
  if (!options) {
    const auto language = config::language_for(line.language);
    std::cerr << "mailtap check: " << in_language(labelled(options.error()), language) << '\n';
    return usage_error;
  }
  if (const auto risk = key_file_risk(line.client_key); !risk.empty())
    std::cerr << "mailtap check: warning: " << in_language(risk, options->language) << '\n';
  ignore_broken_pipes();
  const auto clock = [] {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  };
  const auto now = clock();
  const bool are_lines = line.json && !line.targets_file.empty();
  std::vector<check::Report> reports;
  {
    const Progress progress(options->targets.size());
    reports = check::check_all(*options, [&](std::size_t ready, const check::Report& report) {
      if (are_lines) {
        progress.wipe();
        std::cout << check::to_json_line(report, clock(), options->language) << std::flush;
      }
      progress.show(ready);
    });
  }
  // A name alone is a host's, as they are called inside; if it is a folder's too, that was meant.
  for (auto& report : reports)
    if (std::error_code none;
        !report.error.empty() && std::filesystem::is_directory(report.target.text, none))
      report.error += "; there is a folder of that name: give a file in it";
  std::cout << (are_lines   ? check::to_json_sum(reports, clock())
                : line.json ? check::to_json(reports, now, options->language)
                            : check::to_text(reports, options->language, terminal::style_for(STDOUT_FILENO)))
            << std::flush;
  return check::exit_status(reports);
}

}  // namespace

void add_check(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("check", "Say what the certificate of a server, or in a file, is worth");
  auto line = std::make_shared<Line>();
  command->add_option(
      "TARGET", line->targets,
      "URL (https, smtps, pop3s, imaps; smtp, pop3, imap: by STARTTLS), HOST[:PORT], or a file "
      "with a chain (PEM, DER, PKCS#7)");
  command
      ->add_option(
          "--targets", line->targets_file,
          "More targets, one a line, from this file or standard input (-); # begins a remark. --json "
          "is then a line for each as it is ready")
      ->type_name("FILE|-");
  command
      ->add_option("--targets-at-once", line->targets_at_once,
                   "So many targets are checked at once (default 8)")
      ->check(CLI::Range(1, 256));
  command->add_option("--name", line->name,
                      "The name that the certificate must be for (default: the target's host)");
  command->add_option("--starttls", line->starttls, "Begin TLS by STARTTLS of this protocol")
      ->check(CLI::IsMember({"smtp", "pop3", "imap"}));
  command
      ->add_option("--trust", line->trust,
                   "What is trusted: a file, a folder, or system (default); repeatable")
      ->allow_extra_args(false);
  command->add_option("--crl", line->crl, "A CRL file; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command->add_option("--at", line->at, "Judge as of this time, such as 2026-11-23T20:00:00Z (default: now)");
  command->add_option("--profile", line->profile, "rfc5280 (default), or webpki: lints are faults too")
      ->check(CLI::IsMember({"rfc5280", "webpki"}));
  add_language_option(*command, line->language);
  command->add_option("--as", line->as,
                      "As this client would judge it, such as java: its opinion counts for the exit status");
  command
      ->add_option(
          "--hello", line->hellos,
          "Play this client's hello to the server, and say what the two would agree on: a client whose "
          "hello is known, such as openssl-3.0, its JA4, or a file with a hello as it was sent, or in hex; "
          "repeatable")
      ->type_name("FILE|JA4|CLIENT")
      ->allow_extra_args(false);
  command->add_flag("--json", line->json, "One JSON document instead of text");
  command->add_flag(
      "--fetch-aia", line->fetch_aia,
      "Say whether the issuers that the certificates name (AIA, http:// only) would complete an "
      "incomplete chain");
  command->add_flag(
      "--fetch-crl", line->fetch_crl,
      "Fetch the revocation lists that the certificates name (http:// only) and judge by them; one "
      "that can't be had is a fault");
  command->add_flag(
      "--fetch-ocsp", line->fetch_ocsp,
      "Ask the OCSP responders that the certificates name (http:// only) and judge by their answers; one "
      "that gives none is a fault");
  command->add_flag("--protocols", line->protocols,
                    "Ask for everything else of the server's TLS too: suites, groups and signature "
                    "algorithms of each version, extensions, "
                    "known weaknesses; with a grade. Some two hundred connections to each server");
  command->add_flag(
      "--intolerance", line->intolerance,
      "Try out what breaks servers and the boxes before them: large hellos, hellos in several "
      "segments, with what nobody knows, without a name. Some twenty connections to each server");
  command
      ->add_option("--at-once", line->at_once,
                   "Of --protocols and --intolerance: so many connections to a server at once (default 8)")
      ->check(CLI::Range(1, 64));
  command->add_option("--delay", line->delay,
                      "Of --protocols and --intolerance: between two connections to a server, such as 100ms "
                      "(default: none)");
  command->add_option("--timeout", line->timeout, "For each connection, such as 5s (default 10s)");
  auto* cert =
      command->add_option("--client-cert", line->client_cert, "Shown to a server that asks for one (PEM)")
          ->type_name("FILE");
  auto* key =
      command->add_option("--client-key", line->client_key, "Its private key (PEM)")->type_name("FILE");
  cert->needs(key);
  key->needs(cert);
  command
      ->add_option("--send-proxy-protocol", line->proxy_protocol,
                   "Begin each connection with a PROXY header of that version, for a server that demands it "
                   "(HAProxy: accept-proxy, nginx: proxy_protocol)")
      ->check(CLI::IsMember({"v1", "v2"}));
  command->footer(
      "Exit code: 0 trusted and matching, 1 not trusted, 2 name mismatch, 3 both, 4 unreachable, no TLS, or "
      "nothing\n"
      "to judge, 5 trusted and matching but nothing newer than TLS 1.1, 64 usage. Of several targets the\n"
      "worst counts: 0, 5, 2, 1, 3, 4.\n"
      "\n"
      "  mailtap check https://mail.contoso.local/EWS/Exchange.asmx --trust routers-roots.pem\n"
      "  mailtap check imap://mail.contoso.local smtp://mail.contoso.local mail.contoso.local:995\n"
      "  mailtap check --targets servers.txt --json\n"
      "  mailtap check chain.pem --name mail.contoso.local --at 2027-01-01T00:00:00Z");
  command->callback([line, &status] { status = run_check(*line); });
}

}  // namespace mailtap::commands
