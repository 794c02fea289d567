#include "proxy/check/check.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <utility>

#include "certs/model/content_kind.h"
#include "certs/model/pem.h"
#include "certs/system/system_verdict.h"
#include "certs/verify/verdict.h"
#include "config/base/file.h"
#include "proxy/check/intolerance.h"
#include "proxy/check/judgement.h"
#include "proxy/check/labels.h"
#include "proxy/check/product.h"
#include "proxy/fetch/lookup.h"
#include "proxy/net/thread_pool.h"
#include "proxy/probe/probe.h"
#include "proxy/probe/survey_run.h"
#include "tls/ja4.h"
#include "tls/names.h"
#include "tls/numbers.h"

namespace mailtap::check {

namespace {

using net::Network;
using probe::Probe;
using probe::ProbeRequest;
using probe::ProbeResult;
using End = ProbeResult::End;

constexpr std::chrono::milliseconds max_question_time{5000};
constexpr std::array<std::uint16_t, 4> versions{tls::version::tls10, tls::version::tls11, tls::version::tls12,
                                                tls::version::tls13};

/// What others know of a chain, if they are to be asked, and the verdict with that: this system itself where
/// it judges, and whom the certificates name.
class Inquiry {
 public:
  using Done = std::function<void()>;
  Inquiry(net::Background& background, fetch::FetchCache& files, const Options& options, Report& report)
      : background_(background), files_(files), options_(options), report_(report) {}

  /// Once. `done` may be called from within.
  void start(const std::vector<Buffer>& chain, const Done& done) {
    if (!certs::system_judges()) return ask_others(chain, done);
    const auto found = std::make_shared<certs::SystemVerdict>();
    const auto question = question_of(options_, report_.name);
    asking_ = background_.run(
        [found, chain, name = question.name, at = question.at, may_fetch = options_.fetch_aia] {
          *found = certs::ask_system(chain, name, at, may_fetch);
        },
        [this, found, chain, done] {
          report_.windows = *found;
          ask_others(chain, done);
        });
  }

 private:
  void ask_others(const std::vector<Buffer>& chain, const Done& done) {
    if (!options_.fetch_aia && !options_.fetch_crl && !options_.fetch_ocsp) return done();
    constexpr std::size_t max_list_bytes = std::size_t{16} << 20;
    fetch::LookupRequest request{.trust = options_.trust,
                                 .question = question_of(options_, report_.name),
                                 .chain = chain,
                                 .issuers = options_.fetch_aia,
                                 .lists = options_.fetch_crl,
                                 .responses = options_.fetch_ocsp,
                                 .max_list_bytes = max_list_bytes};
    lookup_.emplace(files_, std::move(request), [this, chain, done](fetch::LookupResult result) {
      report_.looked_up = std::move(result.found);
      if (options_.fetch_crl || options_.fetch_ocsp) judge(options_, *result.trust, chain, report_);
      done();
    });
    lookup_->start();
  }

  net::Background& background_;
  fetch::FetchCache& files_;
  const Options& options_;
  Report& report_;
  std::unique_ptr<net::Background::Task> asking_;
  std::optional<fetch::Lookup> lookup_;
};

/// A file's chain. Nobody is asked unless the options want it.
class FileCheck {
 public:
  FileCheck(net::Background& background, fetch::FetchCache& files, const Options& options, Report& report,
            Inquiry::Done done)
      : options_(options),
        report_(report),
        done_(std::move(done)),
        inquiry_(background, files, options, report) {}

  void start() {
    const auto& file = report_.target.file;
    const auto content = read_named_file(file);
    const auto chain = content ? certs::certificates_in(*content) : Result<std::vector<Buffer>>{};
    if (!content) {
      report_.error = content.error().message;
    } else if (!chain) {
      report_.error = file + ": " + chain.error().message;
    } else if (chain->empty()) {
      report_.error = file + " " + certs::without_certificate(*content);
    } else {
      report_.source = inspect::VerdictSource::file;
      judge(options_, *options_.trust, *chain, report_);
      return inquiry_.start(*chain, done_);
    }
    done_();
  }

 private:
  const Options& options_;
  Report& report_;
  const Inquiry::Done done_;
  Inquiry inquiry_;
};

/// The probes of one server: a client's usual one first; if somebody is there, at the same time one without
/// SNI, a handshake with each version, and the survey of what it speaks.
class ServerCheck {
 public:
  using Done = std::function<void()>;

  ServerCheck(const Network& network, net::Background& background, fetch::FetchCache& files,
              const Options& options, Report& report, Done done)
      : network_(network),
        options_(options),
        report_(report),
        done_(std::move(done)),
        turns_(network.loop, options.pace),
        inquiry_(background, files, options, report) {}

  void start() {
    probe(report_.name, 0, [this](ProbeResult result) { on_first(std::move(result)); });
  }

 private:
  void probe(const std::string& sni, std::uint16_t version, Probe::Done done) {
    auto request = request_for(sni);
    request.version = version;
    probe(std::move(request), std::move(done));
  }

  void probe(ProbeRequest request, Probe::Done done) {
    ++running_;
    probes_.push_back(probe_in_turn(turns_, network_, std::move(request),
                                    [this, done = std::move(done)](ProbeResult result) {
                                      done(std::move(result));
                                      one_is_done();
                                    }));
  }

  void one_is_done() {
    if (--running_ == 0) finish();
  }

  ProbeRequest request_for(const std::string& sni) const {
    ProbeRequest request;
    request.endpoint = report_.target.endpoint;
    request.address = first_.address;
    request.starttls = report_.target.starttls;
    request.sni = sni;
    request.client_certificate = options_.client_certificate;
    request.proxy_protocol = options_.proxy_protocol;
    request.timeout = options_.timeout;
    request.dialogue_timeout = dialogue_timeout();
    return request;
  }

  /// Where TLS comes first, who waits for a greeting would wait in vain.
  std::chrono::milliseconds dialogue_timeout() const {
    constexpr std::array<std::uint16_t, 4> ports_of_tls{443, 465, 993, 995};
    const auto port = report_.target.endpoint.port;
    const bool is_of_tls = std::find(ports_of_tls.begin(), ports_of_tls.end(), port) != ports_of_tls.end();
    return is_of_tls ? options_.timeout : options_.dialogue_timeout;
  }

  void on_first(ProbeResult result) {
    first_ = std::move(result);
    if (first_.address) report_.address = first_.address->to_string();
    // Who closes at a modern hello, as Windows 2003 does, may still answer an old one.
    if (!first_.tls_begun) return;
    for (const auto version : versions)
      probe(report_.name, version,
            [this, version](ProbeResult answer) { handshakes_[version] = std::move(answer); });
    play_hellos();
    if (!is_ip_address(report_.name) && first_.end != End::no_tls)
      probe({}, 0, [this](ProbeResult answer) { without_sni_ = std::move(answer); });
    survey();
  }

  /// A name is sent by who sends one at all, and it is the target's.
  void play_hellos() {
    const auto sni = is_ip_address(report_.name) ? std::string() : report_.name;
    trials_.resize(options_.hellos.size());
    for (std::size_t i = 0; i < options_.hellos.size(); ++i) {
      auto request = request_for(report_.name);
      request.offer = std::make_shared<const tls::offer::Offer>(with_name(*options_.hellos[i].offer, sni));
      trials_[i].offer = request.offer;
      probe(std::move(request),
            [this, i](ProbeResult answer) { trials_[i].answer = std::move(answer.trial); });
    }
  }

  /// What the server agreed on with mailtap is known now.
  void judge_hellos() {
    inspect::Leg through;
    through.version = report_.agreed.version;
    through.cipher_suite = report_.agreed.cipher_suite;
    through.group = report_.agreed.group;
    for (std::size_t i = 0; i < trials_.size(); ++i) {
      const auto& [offer, answer] = trials_[i];
      auto direct = inspect::judged(*offer, answer, through, options_.language);
      if (!direct.advice.empty() && direct.agrees != true) report_.steps.push_back(direct.advice + ".");
      report_.hellos.push_back({options_.hellos[i].name, tls::ja4(offer->hello), std::move(direct)});
    }
  }

  /// What the engines here can't shake hands with is found by mere hellos.
  void survey() {
    using tls::survey::Scope;
    ++running_;
    auto how = request_for(report_.name);
    how.timeout = std::min(options_.timeout, max_question_time);
    const auto scope = options_.protocols ? Scope::everything : Scope::versions;
    survey_.emplace(network_, std::move(how), scope, turns_, [this](tls::survey::Findings findings) {
      findings_ = std::make_shared<const tls::survey::Findings>(std::move(findings));
      one_is_done();
    });
    survey_->start();
  }

  /// Which versions are spoken: by a handshake, or at least by the server's hello.
  void sum_up_versions() {
    for (const auto& found : findings_->versions) {
      const auto handshake = handshakes_.find(found.version);
      const bool by_handshake = handshake != handshakes_.end() && handshake->second.end == End::agreed;
      const bool is_old = found.version < tls::version::tls12;
      // SSL 2.0 and 3.0 are told of where there is nothing else.
      if (handshake == handshakes_.end() && !(found.spoken && findings_->newest() == found.version)) continue;
      auto& entry = report_.versions.emplace_back();
      entry.version = found.version;
      entry.by_handshake = by_handshake;
      entry.spoken = by_handshake || found.spoken;
      entry.answered = entry.spoken || !found.unanswered;
      if (!entry.spoken) entry.detail = found.detail;
      if (by_handshake && (!is_old || found.suites.empty()))
        entry.suites = {tls::cipher_suite_name(handshake->second.agreed.cipher_suite)};
      else
        for (const auto& suite : found.suites) entry.suites.push_back(tls::cipher_suite_name(suite.suite));
    }
  }

  /// A server that stopped answering may speak newer versions than were found: that it has old ones alone
  /// isn't known.
  void judge_versions_of(const ProbeResult& shown) {
    auto judgement =
        judge_versions(report_.versions, static_cast<std::uint16_t>(shown.agreed.version), options_.language);
    const bool has_stopped = findings_ && findings_->stopped_answering;
    if (!judgement.only_old || !has_stopped) report_.version_judgement = std::move(judgement);
  }

  /// What there is to judge where the usual handshake showed nothing: the newest version's handshake that
  /// came to its end, else the flight that answered a hello of it.
  std::optional<ProbeResult> shown_by_old_version() {
    if (!first_.chain.empty() || first_.end == End::agreed) return std::nullopt;
    for (auto entry = report_.versions.rbegin(); entry != report_.versions.rend(); ++entry) {
      if (!entry->spoken) continue;
      if (entry->by_handshake) return handshakes_[entry->version];
      const auto& found = *findings_->find(entry->version);
      if (found.chain.empty()) continue;
      ProbeResult result;
      result.end = End::agreed;
      result.agreed.version = tls::Version{found.version};
      result.agreed.cipher_suite = tls::CipherSuite{found.suites.front().suite};
      result.chain = found.chain;
      report_.source = inspect::VerdictSource::probe;
      return result;
    }
    return std::nullopt;
  }

  static ClientCertificate client_certificate_of(const ProbeResult& result) {
    const auto& agreed = result.agreed;
    const bool is_refused = result.end != End::agreed && agreed.certificate_in_question;
    if (!agreed.certificate_requested) return ClientCertificate::not_asked;
    if (agreed.certificate_shown) return is_refused ? ClientCertificate::refused : ClientCertificate::taken;
    return is_refused ? ClientCertificate::demanded : ClientCertificate::not_shown;
  }

  void finish() {
    if (findings_) sum_up_versions();
    if (options_.protocols) report_.protocols = findings_;
    const auto old = findings_ ? shown_by_old_version() : std::nullopt;
    const auto& shown = old ? *old : first_;
    if (shown.end == End::agreed || !shown.chain.empty()) {
      report_.agreed = shown.agreed;
      report_.greeting = shown.greeting.empty() ? first_.greeting : shown.greeting;
      if (first_.end != End::agreed) report_.handshake = first_.detail;
      report_.client_certificate = client_certificate_of(shown);
      report_.wanted_keys = shown.agreed.wanted_keys;
      judge_versions_of(shown);
      report_.stapled = shown.stapled;
      judge(options_, *options_.trust, shown.chain, report_);
      compare_without_sni(shown);
      return ask_for_product(shown);
    }
    report_.error = first_.detail;
    if (first_.end == End::no_tls) report_.versions.clear();
    advise_without_certificate();
    ask_for_intolerance();
  }

  /// Where there is something to be done, so that the steps are in the words of the program that it is.
  void ask_for_product(const ProbeResult& shown) {
    auto words = words_for(report_);
    const bool can_be_asked =
        words && shown.end == End::agreed && report_.source != inspect::VerdictSource::probe;
    if (report_.steps.empty() || !can_be_asked) return inquire(shown.chain);
    auto request = request_for(report_.name);
    request.version = first_.end == End::agreed ? 0 : static_cast<std::uint16_t>(shown.agreed.version);
    request.words = std::move(words);
    asking_ = probe_in_turn(turns_, network_, std::move(request),
                            [this, chain = shown.chain](const ProbeResult& result) {
                              note_said(result.said, report_);
                              judge(options_, *options_.trust, chain, report_);
                              inquire(chain);
                            });
  }

  void inquire(const std::vector<Buffer>& chain) {
    inquiry_.start(chain, [this] { ask_for_intolerance(); });
  }

  /// Of a server to which TLS was begun: one that closes at a modern hello may speak what is older.
  void ask_for_intolerance() {
    judge_hellos();
    if (!options_.intolerance || !first_.tls_begun) return done_();
    auto how = request_for(report_.name);
    how.timeout = std::min(options_.timeout, max_question_time);
    intolerance_.emplace(network_, std::move(how), turns_, [this](tls::survey::Tolerance tolerance) {
      report_.tolerance = std::make_shared<const tls::survey::Tolerance>(std::move(tolerance));
      done_();
    });
    intolerance_->start();
  }

  /// What to do where no certificate was seen.
  void advise_without_certificate() {
    const auto& labels = labels_of(options_.language);
    if (first_.end == End::unreachable)
      step(first_.address ? labels.reach_server : labels.correct_name);
    else if (first_.end == End::no_tls && report_.target.starttls == Starttls::none)
      step(first_.is_plain_http ? labels.leave_plain_http : labels.begin_tls);
    else if (first_.end == End::no_tls)
      advise_without_starttls();
  }

  void advise_without_starttls() {
    const auto& labels = labels_of(options_.language);
    using probe::Obstacle;
    switch (first_.obstacle) {
      case Obstacle::none: return step(labels.mend_starttls);  // TLS was begun
      case Obstacle::nothing_readable: return step(labels.begin_at_once);
      case Obstacle::silent: step(labels.begin_at_once); return step(labels.give_time);
      case Obstacle::slow: return step(labels.give_time);
      case Obstacle::other_protocol: return step(labels.speak_its_protocol);
      case Obstacle::turned_away: return step(labels.allow_address);
      case Obstacle::not_offered: return step(labels.offer_starttls);
      case Obstacle::rewritten: return step(labels.stop_rewriting);
      case Obstacle::refused: return step(labels.mend_starttls);
      case Obstacle::out_of_turn: return step(labels.find_who_speaks);
    }
  }

  void step(std::string_view text) {
    const auto& [host, port] = report_.target.endpoint;
    const bool is_short = dialogue_timeout() < std::chrono::minutes(1);
    std::string said(text);
    for (const auto& [placeholder, value] :
         {std::pair<std::string_view, std::string>("{port}", std::to_string(port)),
          std::pair<std::string_view, std::string>("{protocol}", to_string(report_.target.starttls)),
          // RFC 5321 section 4.5.3.2.1 has clients wait five minutes for the greeting.
          std::pair<std::string_view, std::string>("{time}", is_short ? "60s" : "5m"),
          std::pair<std::string_view, std::string>("{host}", host)})
      for (std::size_t at = 0; (at = said.find(placeholder, at)) != std::string::npos; at += value.size())
        said.replace(at, placeholder.size(), value);
    report_.steps.push_back(std::move(said));
  }

  void compare_without_sni(const ProbeResult& shown) {
    if (!without_sni_) return;
    if (without_sni_->chain.empty()) {
      report_.without_sni = by_the_same_refusal() ? WithoutSni::not_asked : WithoutSni::refused;
      report_.without_sni_detail = without_sni_->detail;
    } else if (shown.chain.empty() || without_sni_->chain.front() != shown.chain.front()) {
      report_.without_sni = WithoutSni::other_certificate;
      report_.without_sni_detail = subject_of(options_, without_sni_->chain);
    } else {
      report_.without_sni = WithoutSni::same;
    }
  }

  /// Where the handshake with SNI showed no certificate either, the one without tells nothing of SNI.
  bool by_the_same_refusal() const { return first_.chain.empty(); }

  const Network& network_;
  const Options& options_;
  Report& report_;
  const Done done_;
  probe::Turns turns_;  // of all connections to the server
  std::vector<std::unique_ptr<Probe>> probes_;
  std::size_t running_ = 0;
  ProbeResult first_;
  std::map<std::uint16_t, ProbeResult> handshakes_;  // by the version that was offered alone
  struct Trial {
    tls::offer::OfferPtr offer;
    tls::offer::Answer answer;
  };
  std::vector<Trial> trials_;
  std::optional<ProbeResult> without_sni_;
  std::optional<probe::SurveyRun> survey_;
  std::unique_ptr<Probe> asking_;                          // what it is
  std::shared_ptr<const tls::survey::Findings> findings_;  // null: no TLS was begun
  Inquiry inquiry_;
  std::optional<IntoleranceCheck> intolerance_;
};

/// All servers on one loop.
class Checks {
 public:
  Checks(const Options& options, std::vector<Report>& reports,
         const std::function<void(std::size_t, const Report&)>& progress)
      : options_(options), reports_(reports), progress_(progress) {
    uv_loop_init(&loop_);
    resolver_.emplace(&loop_);
    network_.emplace(Network{&loop_, *resolver_, read_buffer_});
    files_.emplace(*network_, options.timeout);
    checks_.resize(reports.size());
  }
  ~Checks() {
    checks_.clear();
    file_checks_.clear();
    files_.reset();
    resolver_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);  // the last close callbacks
    uv_loop_close(&loop_);
  }
  Checks(const Checks&) = delete;
  Checks& operator=(const Checks&) = delete;

  void run() {
    for (std::size_t i = 0; i < options_.targets_at_once; ++i) start_next();
    uv_run(&loop_, UV_RUN_DEFAULT);
  }

 private:
  void start_next() {
    while (next_ < reports_.size()) {
      const auto index = next_++;
      auto& report = reports_[index];
      if (!report.target.is_file()) {
        checks_[index] =
            std::make_unique<ServerCheck>(*network_, background_, *files_, options_, report, [this, &report] {
              finished(report);
              start_next();
            });
        return checks_[index]->start();
      }
      // Most are done at once: the next one is then this loop's turn, not one deeper on the stack.
      const auto waits = std::make_shared<bool>(false);
      file_checks_.push_back(
          std::make_unique<FileCheck>(background_, *files_, options_, report, [this, waits, &report] {
            finished(report);
            if (*waits) start_next();
          }));
      const auto before = ready_;
      file_checks_.back()->start();
      *waits = ready_ == before;
      if (*waits) return;
    }
  }

  void finished(const Report& report) { progress_(++ready_, report); }

  const Options& options_;
  std::vector<Report>& reports_;
  const std::function<void(std::size_t, const Report&)>& progress_;
  uv_loop_t loop_{};
  net::ThreadPool background_{&loop_};
  Buffer read_buffer_ = Buffer(std::size_t{64} * 1024);
  std::optional<net::Resolver> resolver_;
  std::optional<Network> network_;
  std::optional<fetch::FetchCache> files_;
  std::vector<std::unique_ptr<ServerCheck>> checks_;
  std::vector<std::unique_ptr<FileCheck>> file_checks_;
  std::size_t next_ = 0;
  std::size_t ready_ = 0;
};

}  // namespace

std::vector<Report> check_all(const Options& options,
                              const std::function<void(std::size_t ready, const Report& report)>& progress) {
  std::vector<Report> reports;
  for (const auto& target : options.targets) {
    auto& report = reports.emplace_back();
    report.target = target;
    report.name = options.name.empty() ? target.endpoint.host : options.name;
  }
  Checks(options, reports, progress).run();
  return reports;
}

int exit_status(const Report& report) {
  if (report.verdict == nullptr) return 4;
  const int if_well = report.version_judgement.only_old ? 5 : 0;
  if (const auto* client = report.verdict->opinion_of(report.verdict->client))
    return client->accepts ? if_well : client->for_the_name ? 2 : 1;
  const int status = (report.verdict->trusted() ? 0 : 1) + (report.verdict->name_mismatches() ? 2 : 0);
  return status == 0 ? if_well : status;
}

int exit_status(const std::vector<Report>& reports) {
  constexpr std::array<int, 6> from_best_to_worst{0, 5, 2, 1, 3, 4};
  const auto badness = [&](int status) {
    return std::find(from_best_to_worst.begin(), from_best_to_worst.end(), status);
  };
  int worst = 0;
  for (const auto& report : reports)
    if (const int status = exit_status(report); badness(status) > badness(worst)) worst = status;
  return worst;
}

}  // namespace mailtap::check
