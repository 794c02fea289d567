#include "proxy/commands/check.h"

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
#include "proxy/commands/failure.h"
#include "tls/offer/known_hellos.h"

namespace mailtap::commands {

namespace {

check::Starttls starttls_of(const std::string& word) {
  using check::Starttls;
  for (const auto protocol : {Starttls::smtp, Starttls::pop3, Starttls::imap})
    if (word == to_string(protocol)) return protocol;
  return Starttls::none;
}

/// What an error is about where it isn't an option.
constexpr auto target_argument = "TARGET";  // as the command line names it

Result<std::vector<check::Target>> targets_of(const CheckLine& line) {
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
Result<void> ask_servers_alone(const CheckLine& line, const std::vector<check::Target>& targets) {
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

Result<check::Options> options_of(const CheckLine& line) {
  check::Options options;
  if ((line.at_once || !line.delay.empty()) && !line.protocols && !line.intolerance)
    return fail("is for --protocols and --intolerance; add one of these, or leave it out",
                line.at_once ? "at-once" : "delay");
  auto targets = targets_of(line);
  if (!targets) return tl::unexpected(targets.error());
  if (auto fit = ask_servers_alone(line, *targets); !fit) return tl::unexpected(fit.error());
  options.targets = std::move(*targets);
  options.targets_at_once = line.targets_at_once.value_or(options.targets_at_once);
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
  if (!line.timeout.empty()) {
    const auto timeout = config::parse_timeout(line.timeout);
    if (!timeout) return fail_about("timeout", timeout.error());
    options.timeout = options.dialogue_timeout = *timeout;
  }
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

}  // namespace

int run_check(const CheckLine& line) {
  const auto options = options_of(line);
  if (!options) {
    const auto language = config::language_for(line.language);
    std::cerr << "mailtap check: " << in_language(labelled(options.error(), target_argument), language)
              << '\n';
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

}  // namespace mailtap::commands
