#include "proxy/alerts/hook.h"

#include <catch2/catch_test_macros.hpp>

#include <unistd.h>

#include "inspect/alerts/inbox.h"

using namespace mailtap;
using namespace mailtap::alerts;

namespace {

/// What is said on standard error, read back.
struct Heard {
  Heard() { REQUIRE(::pipe(ends) == 0); }
  ~Heard() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  std::string text() const {
    char buffer[4096];
    const auto size = ::read(ends[0], buffer, sizeof buffer);
    return {buffer, static_cast<std::size_t>(size > 0 ? size : 0)};
  }
  int ends[2]{};
};

Delivery numbered(int number) {
  return {Kind::chain_changed, State::notice, std::to_string(number)};
}

}  // namespace

TEST_CASE("alerts for a hook that is too slow wait in a queue, whose oldest go, which is told once") {
  const Heard heard;
  const inspect::Messages messages(heard.ends[1]);
  HookQueue queue("command", messages);
  for (int i = 0; i < 150; ++i) queue.put(numbered(i));
  CHECK(queue.stats().dropped == 50);
  CHECK(heard.text() ==
        "mailtap: warning: alert-command: it is too slow, and more than 100 alerts wait for it: the oldest "
        "are dropped\n");
  CHECK(queue.next()->json == "50");
  int rest = 0;
  while (queue.next()) ++rest;
  CHECK(rest == 99);
  CHECK(queue.empty());
}

TEST_CASE("what becomes of alerts is counted") {
  const Heard heard;
  const inspect::Messages messages(heard.ends[1]);
  HookQueue queue("webhook", messages);
  queue.delivered();
  queue.failed("it was too late");
  queue.put(numbered(1));
  queue.put(numbered(2));
  queue.drop_all();
  const auto stats = queue.stats();
  CHECK(stats.name == "webhook");
  CHECK(stats.delivered == 1);
  CHECK(stats.failed == 1);
  CHECK(stats.dropped == 2);
  CHECK(heard.text() ==
        "mailtap: warning: alert-webhook: an alert couldn't be delivered: it was too late\n"
        "mailtap: warning: alert-webhook: 2 alerts that waited for it are dropped\n");
}

TEST_CASE("an inbox wakes at its first, and is bounded") {
  Inbox inbox(2);
  int woken = 0;
  inbox.on_first([&] { ++woken; });
  for (int i = 0; i < 5; ++i) inbox.put({});
  CHECK(woken == 1);
  CHECK(inbox.take().size() == 2);
  CHECK(inbox.dropped() == 3);
  inbox.put({});
  CHECK(woken == 2);
}
