#include "lab.h"

#include <catch2/catch_test_macros.hpp>
#include <utility>

#include "certs/issue/presenter.h"
#include "certs/system/system_verdict.h"
#include "certs/verify/trust_store.h"
#include "tests/tls/test_identity.h"
#include "tls/sessions/tickets.h"

namespace mailtap::proxy::test {

namespace {

/// One certificate for everybody, as of the mode "own".
class OnePresenter final : public certs::Presenter {
 public:
  bool needs_upstream_chain() const override { return false; }
  certs::IdentityPtr present_at_once(const certs::PresentationRequest&) override { return identity_; }
  Result<certs::IdentityPtr> present(const certs::PresentationRequest&) override { return identity_; }

 private:
  certs::IdentityPtr identity_ = tests::make_identity();
};

}  // namespace

// --- peers ------------------------------------------------------------------------------------------------

bool Peer::step() {
  if (!wire) return false;
  const auto held = wire;  // this peer may be replaced by another in what follows
  bool moved = false;
  if (hears && !wire->to_peer.empty()) {
    const auto bytes = std::exchange(wire->to_peer, {});
    session ? session->feed(as_bytes(bytes)) : static_cast<void>(heard += bytes);
    moved = true;
  }
  if (session) {
    if (hears && wire->mailtap_ended && wire->to_peer.empty() && !std::exchange(end_fed_, true))
      session->feed_end();
    if (step_ != tls::Step::done && step_ != tls::Step::failed) step_ = session->handshake();
    while (step_ == tls::Step::done) {
      Buffer plaintext(std::size_t{17} * 1024);
      const auto [step, size] = session->read(plaintext);
      if (step == tls::Step::closed) heard_close_notify = true;
      if (step != tls::Step::done) break;
      heard += as_text(Bytes(plaintext).first(size));
      moved = true;
    }
    if (const auto outgoing = session->outgoing(); !outgoing.empty()) {
      wire->to_mailtap += as_text(outgoing);
      session->consume_outgoing(outgoing.size());
      moved = true;
    }
  }
  return held->deliver() || moved;
}

void Peer::say(std::string_view text) {
  session ? static_cast<void>(session->write(as_bytes(text))) : static_cast<void>(wire->to_mailtap += text);
  run();
}

void Peer::send_raw(std::string_view bytes) {
  wire->to_mailtap += bytes;
  run();
}

void Peer::close_notify() {
  session->close_notify();
  run();
}

void Peer::end() {
  wire->peer_ended = true;
  run();
}

void Peer::reset() {
  wire->reset_by_peer();
  run();
}

std::optional<int> Peer::alert() const {
  if (session && session->failure().alert_from_peer) return session->failure().alert;
  return std::nullopt;
}

// --- the lab ----------------------------------------------------------------------------------------------

struct Lab::Dial final : Attempt {
  Dial(Lab& its_lab, Dialer::Delegate& its_delegate, std::chrono::milliseconds within)
      : lab(its_lab), delegate(its_delegate), timer(lab.timers.make([this] {
          lab.dial_ = nullptr;
          delegate.on_not_dialled({net::DialFailure::Kind::timed_out, {}});
        })) {
    lab.dial_ = this;
    timer->start(within);
  }
  ~Dial() override {
    if (lab.dial_ == this) lab.dial_ = nullptr;
  }
  void begin() override {
    const auto address = *net::Address::parse("192.0.2.25", 993);
    delegate.on_dialing(address);
    auto outcome = Dialled::accepts;
    if (!lab.dials.empty()) {
      outcome = lab.dials.front();
      lab.dials.pop_front();
    }
    if (outcome != Dialled::is_silent) end(outcome == Dialled::accepts);
  }
  void end(bool well) {
    timer->stop();
    lab.dial_ = nullptr;
    if (!well) return delegate.on_not_dialled(lab.dial_failure);
    lab.server = Peer();
    lab.server.run = [this_lab = &lab] { this_lab->run(); };
    lab.server.wire = lab.make_wire("192.0.2.25", 993);
    if (lab.server_begins_with_tls) lab.server.secure(lab.server_session());
    delegate.on_dialled(std::make_unique<WireStream>(lab.server.wire), lab.server.wire->peer);
  }

  Lab& lab;
  Dialer::Delegate& delegate;
  std::unique_ptr<net::Timers::Timer> timer;
};

struct Lab::Job final : Task {
  Job(Lab& its_lab, std::function<void()> its_work, std::function<void()> its_done)
      : lab(its_lab), work(std::move(its_work)), done(std::move(its_done)) {
    lab.job_ = this;
  }
  ~Job() override {
    if (lab.job_ == this) lab.job_ = nullptr;
  }
  Lab& lab;
  std::function<void()> work, done;
};

struct Lab::LateVerdict final : Work {
  LateVerdict(Lab& its_lab, inspect::ConnectionRecord& its_record, std::function<void()> its_done)
      : lab(its_lab), record(its_record), done(std::move(its_done)) {
    lab.late_verdict_ = this;
  }
  ~LateVerdict() override {
    if (lab.late_verdict_ == this) lab.late_verdict_ = nullptr;
  }
  void finish_now() override { record.verdict = std::make_shared<const certs::Verdict>(lab.verdict); }
  Lab& lab;
  inspect::ConnectionRecord& record;
  std::function<void()> done;
};

struct Lab::LateWindows final : Verifier::Waiting {
  LateWindows(Lab& its_lab, std::function<void()> its_done) : lab(its_lab), done(std::move(its_done)) {
    lab.late_windows_ = this;
  }
  ~LateWindows() override {
    if (lab.late_windows_ == this) lab.late_windows_ = nullptr;
  }
  Lab& lab;
  std::function<void()> done;
};

Lab::Lab() : presenter(std::make_shared<OnePresenter>()), server_identity(tests::make_identity()) {
  route.id = "mail";
  route.upstream = {"mail.example", 993};
  route.present = config::Presentation::own;
  route.trial_hello = false;  // transcripts count connections
  client_tls.sni = "mail.example";
  client_tls.asks_for_staple = client_tls.asks_for_timestamps = true;  // as .NET and browsers do
  verdict.name_matches = true;
  verdict.name_checked = "mail.example";
  verdict.spki_sha256 = "aGVyIGtleQ==";
  client.run = server.run = [this] { run(); };
}

Lab::~Lab() = default;

std::shared_ptr<Wire> Lab::make_wire(const std::string& peer, std::uint16_t port) {
  auto wire = std::make_shared<Wire>();
  wire->peer = *net::Address::parse(peer, port);
  wire->local = *net::Address::parse("198.51.100.1", 993);
  return wire;
}

RunningRoutePtr Lab::running_route() {
  auto made = std::make_shared<RunningRoute>(route);
  made->names = ingress::SniTable(route.ingress.sni_routes);
  made->trust = certs::TrustStore::of({}).value();
  made->presenter = route.mode == config::Mode::intercept ? presenter : nullptr;
  made->tickets = tls::TicketKeys::make().value();
  made->log = inspect::LogWriter::open({"/dev/null", config::LogFormat::json}, messages_).value();
  made->pseudonyms = std::make_shared<const inspect::Pseudonyms>(
      inspect::Pseudonyms::make(config::NameDisplay::hash).value());
  made->memory = std::make_shared<inspect::RouteMemory>();
  if (change) change(*made);
  return made;
}

std::unique_ptr<tls::Session> Lab::client_session() {
  auto parameters = client_tls;
  return tls::make_client_session(std::move(parameters));
}

std::unique_ptr<tls::Session> Lab::server_session() {
  auto parameters = server_tls;
  parameters.identity = server_identity;
  return tls::make_server_session(std::move(parameters));
}

void Lab::begin() {
  running_ = running_route();
  begin_again();
}

void Lab::begin_again() {
  connection_.reset();
  if (!services_)
    services_ = std::make_unique<Services>(Services{timers, *this, *this, *this, *this, *this,
                                                    is_watched ? this : nullptr, sessions_, old_servers_,
                                                    hellos_, own_listeners_, nullptr, scratch_});
  is_over = false;
  client = Peer();
  client.run = [this] { run(); };
  client.wire = make_wire(client_address, 50000);
  if (client_begins_with_tls) client.secure(client_session());
  Connection::Owner& owner = *this;
  connection_ = std::make_unique<Connection>(*services_, running_, next_id_++, owner);
  connection_->start({std::make_unique<WireStream>(client.wire), original_destination});
  run();
}

void Lab::run() {
  for (int turns = 0;; ++turns) {
    REQUIRE(turns < 10'000);
    bool moved = client.step();
    moved = server.step() || moved;
    for (auto& aside : aside_) {
      moved = aside.client.step() || moved;
      moved = aside.server.step() || moved;
    }
    if (!moved) return destroy_what_is_over();
  }
}

/// As its owner has to, once what it was called by has unwound.
void Lab::destroy_what_is_over() {
  if (is_over) connection_.reset();
  for (auto& aside : aside_)
    if (aside.is_over) aside.connection.reset();
}

Lab::Aside& Lab::set_aside() {
  REQUIRE_FALSE(is_over);
  aside_.push_back({std::move(client), std::move(server), false, std::move(connection_)});
  client = Peer();
  server = Peer();
  client.run = server.run = [this] { run(); };
  return aside_.back();
}

void Lab::pass(std::chrono::milliseconds time) {
  timers.pass(time);
  run();
}

void Lab::close_in_order() {
  for (auto* peer : {&client, &server}) {
    if (peer->session) peer->close_notify();
    peer->end();
  }
}

void Lab::stop(std::string detail) {
  REQUIRE(connection_);
  connection_->stop(inspect::Reason::shutdown, detail);
  run();
}

void Lab::on_finished(Connection& connection) {
  bool* ended = &is_over;
  for (auto& aside : aside_)
    if (aside.connection.get() == &connection) ended = &aside.is_over;
  CHECK_FALSE(std::exchange(*ended, true));
}

void Lab::ended(const inspect::ConnectionRecord& ended_record) {
  record = ended_record;
}

// --- what it is lent --------------------------------------------------------------------------------------

std::unique_ptr<net::Dialer::Attempt> Lab::dial(const config::Endpoint& endpoint,
                                                std::chrono::milliseconds within,
                                                Dialer::Delegate& delegate) {
  ++dialled;
  client_was_answered_first = client.wire && !client.wire->to_peer.empty();
  dialled_targets.push_back(endpoint.to_string());
  return std::make_unique<Dial>(*this, delegate, within);
}

void Lab::finish_dial(bool well) {
  REQUIRE(dial_ != nullptr);
  dial_->end(well);
  run();
}

std::unique_ptr<net::Background::Task> Lab::run(std::function<void()> work, std::function<void()> done) {
  return std::make_unique<Job>(*this, std::move(work), std::move(done));
}

void Lab::finish_background() {
  REQUIRE(job_ != nullptr);
  const auto work = std::move(job_->work);
  const auto done = std::move(job_->done);
  job_ = nullptr;
  work();
  done();
  run();
}

void Lab::verify_now(const Verifier::Question& question, inspect::ConnectionRecord& to) {
  ++verifications;
  to.verdict = std::make_shared<const certs::Verdict>(verdict);
  to.verdict_source = question.source;
  if (asks_windows) to.windows = windows_ = std::make_shared<certs::SystemAnswer>();
}

std::unique_ptr<Verifier::Waiting> Lab::await_system(const inspect::ConnectionRecord& of,
                                                     std::function<void()> done) {
  if (!of.windows || of.windows->verdict) return nullptr;
  return std::make_unique<LateWindows>(*this, std::move(done));
}

void Lab::let_windows_answer() {
  REQUIRE(windows_ != nullptr);
  windows_->verdict.emplace();
  if (late_windows_ != nullptr) late_windows_->done();
  run();
}

std::unique_ptr<Verifier::Work> Lab::verify(const Verifier::Question& question, inspect::ConnectionRecord& to,
                                            std::function<void()> done) {
  if (verdict_is_late) return std::make_unique<LateVerdict>(*this, to, std::move(done));
  verify_now(question, to);
  return nullptr;
}

void Lab::give_verdict() {
  REQUIRE(late_verdict_ != nullptr);
  ++verifications;
  late_verdict_->finish_now();
  const auto done = std::move(late_verdict_->done);
  done();
  run();
}

void Lab::ask(const Prober::Question& question, const void* /*owner*/, Answer answer) {
  probes.push_back(question);
  probe_answer_ = std::move(answer);
}

void Lab::answer_probe(Probed probed) {
  REQUIRE(probe_answer_);
  std::exchange(probe_answer_, nullptr)(std::make_shared<const Probed>(std::move(probed)));
  run();
}

void Lab::forget(const void* /*owner*/) {
  probe_answer_ = nullptr;
}

}  // namespace mailtap::proxy::test
