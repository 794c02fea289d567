#include "proxy/connection/sniffed.h"

#include <algorithm>

#include "inspect/record.h"
#include "tls/alert.h"
#include "tls/ja4.h"

namespace mailtap::proxy {

using inspect::Reason;
using inspect::Side;
using tls::Sender;
using trace::HandshakeEvent;
using trace::HandshakeFacts;

namespace {

/// The alert with which `sender` ended the handshake; null: none.
const HandshakeEvent* last_alert(const HandshakeFacts& facts, Sender sender) {
  const auto found =
      std::find_if(facts.events.rbegin(), facts.events.rend(), [&](const HandshakeEvent& event) {
        const bool ends_it = event.encrypted || event.fatal;
        return event.kind == HandshakeEvent::Kind::alert && event.sender == sender && ends_it;
      });
  return found == facts.events.rend() ? nullptr : &*found;
}

std::string alert_detail(const HandshakeEvent& alert) {
  const std::string who = alert.sender == Sender::client ? "the client" : "the server";
  if (alert.number < 0) return who + " ended the handshake with an alert, which is encrypted";
  return who + " sent the alert " + tls::alert_text(alert.number);
}

inspect::Ending failed_handshake(const HandshakeFacts& facts, const StreamEnd& end) {
  for (const auto sender : {Sender::client, Sender::server}) {
    const auto* alert = last_alert(facts, sender);
    if (alert == nullptr) continue;
    return sender == Sender::client
               ? inspect::Ending{Reason::downstream_handshake_failed, Side::downstream, alert_detail(*alert)}
               : inspect::Ending{Reason::upstream_handshake_failed, Side::upstream, alert_detail(*alert)};
  }
  if (end.is_reset) return {Reason::reset, end.first, end.detail};
  return end.first == Side::upstream ? inspect::Ending{Reason::upstream_handshake_failed, end.first,
                                                       "the server closed in the handshake"}
                                     : inspect::Ending{Reason::downstream_handshake_failed, end.first,
                                                       "the client closed in the handshake"};
}

}  // namespace

Hidden certificate_hidden(const HandshakeFacts& facts) {
  if (!facts.server_chain.empty()) return Hidden::no;
  if (facts.is_resumed()) return Hidden::resumed;
  return facts.is_tls13() ? Hidden::encrypted : Hidden::no;
}

void describe(const HandshakeSniffer& sniffer, inspect::ConnectionRecord& record) {
  record.starttls = sniffer.starttls();
  const auto& facts = sniffer.facts();
  if (!facts.client_hellos.empty()) {
    const auto& hello = facts.client_hellos.front();
    record.downstream.name = record.upstream.name = hello.sni;
    record.ja4 = tls::ja4(hello);
  }
  record.undecoded = sniffer.gave_up();
  const auto* hello = facts.server_hello();
  if (hello == nullptr) return;
  for (auto* leg : {&record.downstream, &record.upstream}) {
    leg->version = tls::Version{hello->version};
    leg->cipher_suite = tls::CipherSuite{hello->cipher_suite};
    if (hello->group) leg->group = tls::Group{*hello->group};
    leg->alpn = hello->alpn;
    leg->resumed = facts.is_resumed();
  }
}

std::optional<int> alert_of(const HandshakeFacts& facts, Sender sender) {
  const auto* alert = last_alert(facts, sender);
  if (alert == nullptr || alert->number < 0) return std::nullopt;
  return alert->number;
}

inspect::Ending ending_of(const HandshakeSniffer& sniffer, const StreamEnd& end) {
  const bool greeted = sniffer.stage() == HandshakeSniffer::Stage::plaintext;
  if (end.first == Side::downstream && !end.client_spoke && !greeted) return {Reason::no_data, end.first, {}};
  const bool gave_up = !sniffer.gave_up().empty();
  if (sniffer.tls_begun() && !gave_up && !sniffer.facts().finished) {
    // A client that never answered the server's greeting, or a hello that isn't whole, is in it too.
    return failed_handshake(sniffer.facts(), end);
  }
  if (end.is_reset) return {Reason::reset, end.first, end.detail};
  if (sniffer.stage() == HandshakeSniffer::Stage::plaintext)
    return {Reason::starttls_not_used, end.first, {}};
  return {Reason::closed, end.first, {}};
}

inspect::ReactionFacts reaction_facts(const HandshakeSniffer& sniffer, const StreamEnd& end) {
  const auto& facts = sniffer.facts();
  inspect::ReactionFacts reaction;
  // In TLS 1.3 it has been sent when the server has begun to encrypt.
  const bool encrypts =
      std::any_of(facts.events.begin(), facts.events.end(), [](const HandshakeEvent& event) {
        return event.kind == HandshakeEvent::Kind::encrypted && event.sender == Sender::server;
      });
  reaction.shown = !facts.is_resumed() && (!facts.server_chain.empty() || (facts.is_tls13() && encrypts));
  reaction.handshake_done = facts.finished;
  reaction.has_spoken = facts.client_spoke;
  reaction.left = end.first == Side::downstream;
  if (!sniffer.gave_up().empty() && !reaction.has_spoken)
    reaction.shown = false;  // what followed isn't known
  const auto* alert = last_alert(facts, Sender::client);
  if (alert != nullptr && !facts.finished) {
    reaction.encrypted_alert = alert->number < 0;
    if (alert->number >= 0) reaction.alert = alert->number;
  } else if (alert != nullptr && alert->number > 0) {
    reaction.alert = alert->number;
  }
  return reaction;
}

}  // namespace mailtap::proxy
