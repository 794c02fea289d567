// The system's own verdicts on servers' chains (certs/system), asked beside the loop and remembered:
// Windows's.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "certs/system/system_verdict.h"
#include "config/base/bytes.h"
#include "config/base/text.h"
#include "proxy/connection/verifier.h"
#include "proxy/net/background.h"

namespace mailtap::proxy {

/// One a worker. Remembers by chain and name, so that a connection waits for nothing and costs the system
/// nothing that it has answered in the last quarter of an hour; after that a change of its stores shows.
class SystemJudge {
 public:
  using Ask = std::function<certs::SystemVerdict(const std::vector<Buffer>& chain, const std::string& name,
                                                 Time at, bool may_fetch)>;
  static constexpr std::chrono::minutes remembered{15};
  static constexpr std::size_t capacity = 512;

  /// `background` outlives it. `ask` is called on other threads; without one nothing is ever asked.
  SystemJudge(net::Background& background, Ask ask) : background_(background), ask_(std::move(ask)) {}
  /// The system's own where it has one (certs::ask_system).
  static Ask of_this_system();

  /// The answer, which is empty until it has come: then it is filled in on the loop. Null: there is no judge.
  std::shared_ptr<const certs::SystemAnswer> ask(const std::vector<Buffer>& chain, const std::string& name,
                                                 Time at, bool may_fetch);

  /// Null: it has come, or there is none to come. Otherwise `done` is called on the loop when it has.
  std::unique_ptr<Verifier::Waiting> await(std::shared_ptr<const certs::SystemAnswer> answer,
                                           std::function<void()> done);

  std::size_t size() const { return entries_.size(); }

 private:
  struct Waiter;
  struct Entry {
    std::shared_ptr<certs::SystemAnswer> answer;
    Time asked_at;
    std::unique_ptr<net::Background::Task> task;
  };

  void tell_waiters();

  net::Background& background_;
  Ask ask_;
  std::vector<Waiter*> waiters_;
  std::unordered_map<std::string, Entry> entries_;
  std::deque<std::string> oldest_first_;
};

}  // namespace mailtap::proxy
