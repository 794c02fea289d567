// Surveys of what servers' TLS is able to (tls/survey), which somebody asks for by the page: one at a time,
// with few connections at once and a pause between their beginnings, as other clients are being served
// meanwhile.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "certs/verify/question.h"
#include "config/base/bytes.h"
#include "proxy/net/network.h"
#include "proxy/probe/survey_run.h"
#include "tls/survey/findings.h"

namespace mailtap::admin {

/// One thread uses it: that of the loop.
class Surveys {
 public:
  static constexpr std::size_t max_kept = 64;
  static constexpr probe::Pace pace{.at_once = 4, .delay = std::chrono::milliseconds{20}};

  explicit Surveys(uv_loop_t* loop);
  Surveys(const Surveys&) = delete;
  Surveys& operator=(const Surveys&) = delete;

  bool is_running() const { return running_.has_value(); }
  bool is_running(std::uint64_t upstream) const { return running_ == upstream; }
  /// Of the upstream of that number (Upstream::number). Only while none is running.
  void begin(std::uint64_t upstream, probe::ProbeRequest how);

  /// Which one is running, and what there is of others.
  std::string list_json() const;
  /// What one found; nothing: that upstream wasn't asked, or it is no longer kept.
  std::optional<std::string> json(std::uint64_t upstream, certs::Language language) const;

 private:
  struct Done {
    std::chrono::sys_seconds at;
    tls::survey::Findings findings;
  };
  void finished(tls::survey::Findings findings);

  Buffer read_buffer_ = Buffer(std::size_t{64} * 1024);
  net::Resolver resolver_;
  const net::Network network_;
  probe::Turns turns_;
  std::map<std::uint64_t, Done> done_;
  std::optional<std::uint64_t> running_;
  std::unique_ptr<probe::SurveyRun> run_;  // the last one too, until another begins: it may be on the stack
};

}  // namespace mailtap::admin
