#include "tests/tls/peers/conversation.h"

#include "tests/tls/pair.h"

namespace mailtap::tests {

using tls::Step;

bool Conversation::carry() {
  const auto view = ours_->outgoing();
  const Buffer bytes(view.begin(), view.end());
  ours_->consume_outgoing(bytes.size());
  theirs_->feed(bytes);
  const auto answer = theirs_->take_outgoing();
  ours_->feed(answer);
  return !bytes.empty() || !answer.empty();
}

void Conversation::shake_hands() {
  do {
    if (step_ == Step::want_read) step_ = ours_->handshake();
    state_ = theirs_->handshake();
  } while (carry());
}

bool Conversation::established() const {
  return step_ == Step::done && state_ == Peer::State::established;
}

std::string Conversation::failure() const {
  std::string text = "the session ";
  text += step_ == Step::done ? "is established" : step_ == Step::failed ? "failed" : "waits";
  if (!ours_->failure().detail.empty()) text += ": " + ours_->failure().detail;
  text += "; the peer ";
  text += state_ == Peer::State::established ? "is established"
          : state_ == Peer::State::failed    ? "failed"
                                             : "waits";
  if (!theirs_->error().empty()) text += ": " + theirs_->error();
  return text;
}

std::string Conversation::say(bool to_peer, const std::string& text) {
  const std::string what = std::to_string(text.size()) + " bytes " + (to_peer ? "to" : "from") + " the peer";
  if (to_peer ? ours_->write(as_bytes(text)) != Step::done : !theirs_->write(as_bytes(text)))
    return what + " can't be written. " + failure();
  std::string got;
  do {
    carry();
    got += to_peer ? theirs_->read() : read_all(*ours_);
  } while (carry());
  if (got == text) return {};
  return what + ": " + std::to_string(got.size()) + " arrived. " + failure();
}

std::string Conversation::exchange(bool we_are_client) {
  char letter = 'a';
  // Around a cipher's block and a MAC's, a whole record, and several.
  for (const std::size_t size : {1U, 15U, 16U, 47U, 1000U, 16384U, 16385U, 50000U})
    for (const bool to_peer : {we_are_client, !we_are_client})
      if (auto problem = say(to_peer, std::string(size, letter++)); !problem.empty()) return problem;

  if (we_are_client) {
    ours_->close_notify();
    carry();
    if (!theirs_->read().empty() || !theirs_->closed())
      return "the peer doesn't see close_notify. " + failure();
  } else {
    theirs_->close_notify();
    carry();
    auto step = Step::done;
    if (!read_all(*ours_, step).empty() || step != Step::closed)
      return "close_notify isn't seen. " + failure();
  }
  return say(!we_are_client, "the last word");
}

}  // namespace mailtap::tests
