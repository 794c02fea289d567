// One connection with everything around it in memory: a client, servers, the clock, name resolution,
// verdicts. What a test writes is a transcript; nothing waits for real time or for the network.
//
//   Lab lab;
//   lab.route.starttls = true;      settings, before begin()
//   lab.begin();                    a client is accepted
//   lab.client.say("...");          and so on, each followed by everything that it leads to
//   CHECK(lab.ending() == "...");
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "certs/issue/presenter.h"
#include "certs/model/identity.h"
#include "certs/verify/verdict.h"
#include "fake_timers.h"
#include "inspect/writers/messages.h"
#include "proxy/connection/connection.h"
#include "tls/sessions/sessions.h"
#include "wire.h"

namespace mailtap::proxy::test {

/// A client or a server at the other end of a wire: in plaintext until it has a session.
class Peer {
 public:
  /// Goes on with the wire as far as it goes. True: something happened.
  bool step();

  void say(std::string_view text);  ///< through the session, once there is one
  void send_raw(std::string_view bytes);
  void close_notify();
  void end();    ///< FIN
  void reset();  ///< RST
  /// From now on it speaks TLS.
  void secure(std::unique_ptr<tls::Session> its_session) { session = std::move(its_session); }

  bool is_established() const { return step_ == tls::Step::done; }
  /// The fatal alert that it was sent; nothing: none.
  std::optional<int> alert() const;
  /// The other side ended its stream, everything of which has come.
  bool saw_end() const { return wire && wire->to_peer.empty() && wire->mailtap_ended; }
  bool saw_reset() const { return wire && wire->mailtap_reset; }

  std::shared_ptr<Wire> wire;             ///< null: not connected
  std::unique_ptr<tls::Session> session;  ///< null: plaintext
  std::string heard;                      ///< plaintext
  bool heard_close_notify = false;
  bool hears = true;  ///< false: its kernel takes nothing

  std::function<void()> run;  ///< everything that follows

 private:
  tls::Step step_ = tls::Step::want_read;
  bool end_fed_ = false;
};

class Lab : public net::Dialer,
            net::Background,
            Verifier,
            Prober,
            EndListener,
            inspect::Watcher,
            Connection::Owner {
 public:
  /// What a dialled address does.
  enum class Dialled { accepts, is_silent, fails };

  Lab();
  ~Lab() override;

  // --- before begin() ---
  config::Route route;
  std::shared_ptr<certs::Presenter> presenter;  ///< issues for mail.example at once unless replaced
  tls::ClientParameters client_tls;             ///< what the client offers
  tls::ServerParameters server_tls;  ///< what each server accepts; its identity is `server_identity`
  certs::IdentityPtr server_identity;
  bool client_begins_with_tls = true;
  bool server_begins_with_tls = true;  ///< false: plaintext until the test secures it
  std::deque<Dialled> dials;           ///< what the next ones meet; then all are accepted
  net::DialFailure dial_failure{net::DialFailure::Kind::not_connected, "connection refused"};
  certs::Verdict verdict;        ///< on each server's chain; trusted and matching
  bool verdict_is_late = false;  ///< it comes with give_verdict()
  bool asks_windows = false;     ///< which answers with let_windows_answer()
  bool is_watched = true;
  std::string client_address = "192.0.2.1";
  std::optional<net::Address> original_destination;
  std::function<void(RunningRoute&)> change;  ///< the running route, at last

  // --- what happens ---
  /// A client of the route as it is set now, which is in force from now on.
  void begin();
  /// Another client, to the same route and with the same memory.
  void begin_again();
  /// A connection that lives on beside those that begin after it.
  struct Aside;
  Aside& set_aside();
  void run();
  void pass(std::chrono::milliseconds time);
  /// Both end, the client first, with close_notify where they speak TLS.
  void close_in_order();
  void give_verdict();
  void let_windows_answer();
  void finish_background();
  void answer_probe(Probed probed);
  void finish_dial(bool well);
  void stop(std::string detail = "told to");
  std::unique_ptr<tls::Session> client_session();
  std::unique_ptr<tls::Session> server_session();

  // --- what came of it ---
  Peer client;
  Peer server;  ///< the last that was dialled
  std::size_t dialled = 0;
  std::vector<std::string> dialled_targets;
  bool client_was_answered_first =
      false;  ///< when the last was dialled, bytes were on their way to the client
  bool is_over = false;
  inspect::ConnectionRecord record;  ///< when it is over
  int opened_to_watcher = 0;
  int ended_to_watcher = 0;
  bool shows_messages = false;
  std::shared_ptr<const inspect::HandshakeMessages> messages;  ///< that the watcher was told of
  std::string reason() const { return std::string(to_string(record.ending.reason)); }
  inspect::Side side() const { return record.ending.side; }
  const std::string& detail() const { return record.ending.detail; }

  FakeTimers timers;
  std::vector<Prober::Question> probes;
  std::size_t verifications = 0;

 private:
  struct Dial;
  struct Job;
  struct LateVerdict;
  struct LateWindows;

  void destroy_what_is_over();

  std::shared_ptr<Wire> make_wire(const std::string& peer, std::uint16_t port);
  RunningRoutePtr running_route();

  // net::Dialer
  std::unique_ptr<Attempt> dial(const config::Endpoint& endpoint, std::chrono::milliseconds within,
                                Dialer::Delegate& delegate) override;
  // net::Background
  std::unique_ptr<Task> run(std::function<void()> work, std::function<void()> done) override;
  // Verifier
  std::unique_ptr<Work> verify(const Verifier::Question& question, inspect::ConnectionRecord& to,
                               std::function<void()> done) override;
  void verify_now(const Verifier::Question& question, inspect::ConnectionRecord& to) override;
  std::unique_ptr<Verifier::Waiting> await_system(const inspect::ConnectionRecord& of,
                                                  std::function<void()> done) override;
  // Prober
  void ask(const Prober::Question& question, const void* owner, Answer answer) override;
  void forget(const void* owner) override;
  // EndListener, inspect::Watcher
  void ended(const inspect::ConnectionRecord& ended_record) override;
  void opened(const inspect::ConnectionRecord&) override { ++opened_to_watcher; }
  void ended(inspect::ConnectionRecord shown) override {
    ++ended_to_watcher;
    messages = std::move(shown.messages);
  }
  bool wants_messages() override { return shows_messages; }
  void batched(std::uint64_t, std::uint64_t) override {}
  // Connection::Owner
  void on_finished(Connection& connection) override;

  inspect::Messages messages_;
  tls::SessionCache sessions_;
  OldServers old_servers_;
  HelloMemory hellos_;
  ingress::OwnListeners own_listeners_;
  Buffer scratch_ = Buffer(std::size_t{17} * 1024);
  std::unique_ptr<Services> services_;
  RunningRoutePtr running_;
  Dial* dial_ = nullptr;  // the one under way
  Job* job_ = nullptr;
  LateVerdict* late_verdict_ = nullptr;
  LateWindows* late_windows_ = nullptr;
  std::shared_ptr<certs::SystemAnswer> windows_;
  Answer probe_answer_;
  std::list<Aside> aside_;
  std::unique_ptr<Connection> connection_;
  std::uint64_t next_id_ = 1;
};

struct Lab::Aside {
  Peer client;
  Peer server;
  bool is_over = false;
  std::unique_ptr<Connection> connection{};
};

}  // namespace mailtap::proxy::test
