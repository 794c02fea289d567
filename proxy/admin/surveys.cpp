#include "proxy/admin/surveys.h"

#include <algorithm>
#include <utility>

#include "config/base/text.h"
#include "inspect/writers/protocols_json.h"
#include "tls/survey/weaknesses.h"

namespace mailtap::admin {

Surveys::Surveys(uv_loop_t* loop)
    : resolver_(loop), network_{loop, resolver_, read_buffer_}, turns_(loop, pace) {}

void Surveys::begin(std::uint64_t upstream, probe::ProbeRequest how) {
  running_ = upstream;
  run_ = std::make_unique<probe::SurveyRun>(
      network_, std::move(how), tls::survey::Scope::everything, turns_,
      [this](tls::survey::Findings findings) { finished(std::move(findings)); });
  run_->start();
}

void Surveys::finished(tls::survey::Findings findings) {
  const auto at = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  done_.insert_or_assign(*running_, Done{at, std::move(findings)});
  running_.reset();
  if (done_.size() <= max_kept) return;
  done_.erase(std::min_element(done_.begin(), done_.end(),
                               [](const auto& a, const auto& b) { return a.second.at < b.second.at; }));
}

std::string Surveys::list_json() const {
  inspect::JsonWriter to;
  to.start_object();
  if (running_) {
    to.open("running");
    to.member("upstream", *running_);
    to.member("questions", std::uint64_t{run_->questions()});
    to.end_object();
  } else {
    to.null("running");
  }
  to.open_array("surveys");
  for (const auto& [upstream, done] : done_) {
    const auto grade = tls::survey::grade_of(done.findings, tls::survey::weaknesses_of(done.findings)).letter;
    to.start_object();
    to.member("upstream", upstream);
    to.member("at", to_rfc3339(done.at));
    to.member_or_null("grade", grade == '?' ? "" : std::string(1, grade));
    to.end_object();
  }
  to.end_array();
  to.end_object();
  return to.text();
}

std::optional<std::string> Surveys::json(std::uint64_t upstream, certs::Language language) const {
  const auto found = done_.find(upstream);
  if (found == done_.end()) return std::nullopt;
  inspect::JsonWriter to(language);
  to.start_object();
  to.member("upstream", upstream);
  to.member("at", to_rfc3339(found->second.at));
  inspect::write_protocols(to, found->second.findings);
  to.end_object();
  return to.text();
}

}  // namespace mailtap::admin
