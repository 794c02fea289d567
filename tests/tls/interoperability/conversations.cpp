#include <algorithm>
#include <map>

#include "certs/model/identity.h"
#include "tests/tls/interoperability/cells.h"
#include "tests/tls/peers/conversation.h"
#include "tls/crypto/batcher.h"
#include "tls/names.h"
#include "tls/sessions/tickets.h"

namespace mailtap::tests {

namespace {

PeerParameters parameters_of_peer(const Cell& cell, bool is_server) {
  auto parameters = cell.theirs;
  parameters.is_server = is_server;
  const auto& key = is_server ? cell.key : cell.client_key;
  parameters.identity = key.empty() ? nullptr : &peer_identity(key);
  parameters.asks_for_certificate = is_server && !cell.client_key.empty();
  return parameters;
}

/// Both ends of one stack. Empty: they understand each other.
std::string speaks_to_itself(const Cell& cell) {
  auto server = cell.stack->make(parameters_of_peer(cell, true));
  if (!server) return server.error().message;
  auto client = cell.stack->make(parameters_of_peer(cell, false));
  if (!client) return client.error().message;
  for (const bool resume : {false, true}) {
    if (resume && !cell.resumes) break;
    const auto a = (*client)->connect(resume);
    const auto b = (*server)->connect(resume);
    auto of_a = Peer::State::waits;
    auto of_b = Peer::State::waits;
    for (bool moved = true; moved;) {
      of_a = a->handshake();
      const auto to_b = a->take_outgoing();
      b->feed(to_b);
      of_b = b->handshake();
      const auto to_a = b->take_outgoing();
      a->feed(to_a);
      moved = !to_b.empty() || !to_a.empty();
    }
    if (of_a != Peer::State::established || of_b != Peer::State::established)
      return cell.stack->name + " with itself: " + a->error() + (a->error().empty() ? "" : "; ") + b->error();
    if (!cell.client_key.empty() && !b->was_shown_certificate())
      return cell.stack->name + " with itself: the client shows no certificate";
    const std::string text = "to take the ticket";
    b->write(as_bytes(text));
    a->feed(b->take_outgoing());
    a->read();
    if (resume && !a->resumed()) return cell.stack->name + " with itself doesn't resume";
  }
  return {};
}

certs::IdentityPtr own_identity(const std::string& kind) {
  static std::map<std::string, certs::IdentityPtr> made;
  auto& identity = made[kind];
  if (!identity) {
    const auto& of_peer = peer_identity(kind);
    auto parsed = certs::Identity::from_pem(of_peer.certificate, of_peer.key);
    if (parsed) identity = *parsed;
  }
  return identity;
}

/// A cell's connections, one after the other.
class Course {
 public:
  explicit Course(const Cell& cell) : cell_(cell) {
    auto context = cell.stack->make(parameters_of_peer(cell, cell.we_are_client));
    if (!context) {
      outcome_.unspoken = context.error().message;
      return;
    }
    context_ = std::move(*context);
    if (!cell.we_are_client) tickets_ = tls::TicketKeys::make().value();
  }

  bool is_over() const { return !outcome_.problem.empty() || !outcome_.unspoken.empty(); }
  bool has_more(bool resumed) const { return !is_over() && (!resumed || cell_.resumes); }

  void begin(bool resumed, crypto::Batcher* batcher);
  void shake_hands() { conversation_->shake_hands(); }
  void finish(bool resumed);

  Outcome outcome() {
    if (!outcome_.problem.empty()) outcome_.unspoken = speaks_to_itself(cell_);
    return outcome_;
  }

 private:
  std::unique_ptr<tls::Session> make_session(tls::Batching batching);
  std::string check(bool resumed);

  const Cell& cell_;
  std::unique_ptr<PeerContext> context_;
  std::shared_ptr<tls::TicketKeys> tickets_;
  std::optional<tls::SavedSession> saved_;
  std::unique_ptr<Conversation> conversation_;
  Outcome outcome_;
};

std::unique_ptr<tls::Session> Course::make_session(tls::Batching batching) {
  using tls::Version;
  // As a route has it: no narrower than the engine.
  const auto min = cell_.is_legacy ? Version::tls10 : Version::tls12;
  const auto max = cell_.is_legacy ? Version::tls11 : Version::tls13;
  if (cell_.we_are_client) {
    tls::ClientParameters parameters;
    parameters.sni = "mail.example";
    parameters.resume = std::move(saved_);
    if (!cell_.client_key.empty()) {
      parameters.client_certificate = own_identity(cell_.client_key);
      if (!parameters.client_certificate) return nullptr;
    }
    parameters.min_version = min;
    parameters.max_version = max;
    parameters.batching = std::move(batching);
    return tls::make_client_session(std::move(parameters));
  }
  tls::ServerParameters parameters;
  parameters.identity = own_identity(cell_.key);
  if (!parameters.identity) return nullptr;
  parameters.ask_client_certificate = !cell_.client_key.empty();
  parameters.tickets = tickets_;
  parameters.ticket_context = "route:mail.example";
  parameters.min_version = min;
  parameters.max_version = max;
  parameters.batching = std::move(batching);
  return tls::make_server_session(std::move(parameters));
}

void Course::begin(bool resumed, crypto::Batcher* batcher) {
  tls::Batching batching;
  // The conversation isn't made yet; when its session is woken, it is.
  if (batcher != nullptr) batching = {batcher, [this] { conversation_->wake(); }};
  auto session = make_session(std::move(batching));
  if (!session) {
    outcome_.problem = "the key isn't accepted";
    return;
  }
  conversation_ = std::make_unique<Conversation>(std::move(session), context_->connect(resumed));
}

std::string Course::check(bool resumed) {
  if (!conversation_->established()) return conversation_->failure();
  const auto& agreed = conversation_->ours().agreed();
  if (agreed.version != cell_.theirs.version) return "agreed on " + tls::version_name(agreed.version);
  if (cell_.theirs.cipher_suite != 0 && agreed.cipher_suite != cell_.theirs.cipher_suite)
    return "agreed on " + tls::cipher_suite_name(agreed.cipher_suite);
  const bool exchanges_keys = !resumed || agreed.version == tls::version::tls13;
  if (cell_.theirs.group != 0 && exchanges_keys && agreed.group != cell_.theirs.group)
    return "agreed on the group " + tls::group_name(agreed.group);
  if (agreed.resumed != resumed || conversation_->theirs().resumed() != resumed)
    return std::string(agreed.resumed ? "resumed here" : "not resumed here") + ", " +
           (conversation_->theirs().resumed() ? "resumed there" : "not resumed there");
  if (!cell_.client_key.empty()) {
    const bool was_shown = cell_.we_are_client ? conversation_->theirs().was_shown_certificate()
                                               : conversation_->ours().peer_chain().size() == 1;
    if (!was_shown) return "the client's certificate wasn't shown";
    if (cell_.we_are_client && !agreed.certificate_requested)
      return "that a certificate was asked for isn't known";
  }
  if (auto problem = conversation_->exchange(cell_.we_are_client); !problem.empty()) return problem;
  if (cell_.we_are_client && cell_.resumes && !resumed) {
    saved_ = conversation_->ours().take_saved_session();
    if (!saved_) return "no session to resume";
  }
  return {};
}

void Course::finish(bool resumed) {
  if (const auto problem = check(resumed); !problem.empty())
    outcome_.problem = (resumed ? "the second connection: " : "") + problem;
  conversation_.reset();
}

/// Batches of more than one.
bool has_batched(const crypto::Batcher& batcher) {
  for (unsigned kind = 0; kind < crypto::job_kinds; ++kind) {
    const auto& batches = batcher.counts(static_cast<crypto::JobKind>(kind)).batches_of;
    if (std::any_of(batches.begin() + 2, batches.end(), [](auto count) { return count > 0; })) return true;
  }
  return false;
}

}  // namespace

std::vector<Outcome> converse(const std::vector<const Cell*>& cells) {
  crypto::Batcher batcher;
  const bool batches = cells.front()->engine->batches;
  std::vector<std::unique_ptr<Course>> courses;
  for (const auto* cell : cells) courses.push_back(std::make_unique<Course>(*cell));
  for (const bool resumed : {false, true}) {
    std::vector<Course*> going;
    for (const auto& course : courses) {
      if (course->has_more(resumed)) course->begin(resumed, batches ? &batcher : nullptr);
      if (course->has_more(resumed)) going.push_back(course.get());
    }
    for (auto* course : going) course->shake_hands();
    while (batcher.has_work()) {
      batcher.step();
      for (auto* course : going) course->shake_hands();
    }
    for (auto* course : going) course->finish(resumed);
  }
  std::vector<Outcome> outcomes;
  for (const auto& course : courses) outcomes.push_back(course->outcome());
  constexpr std::size_t surely_enough = 16;
  if (batches && cells.size() >= surely_enough && !has_batched(batcher))
    outcomes.front().problem = "nothing was batched of all these handshakes";
  return outcomes;
}

}  // namespace mailtap::tests
