// One connection to a server, from its name to what it shows in the handshake.
//
//   dial -> PROXY header, where the server demands one
//   -> STARTTLS dialogue -> TLS handshake, or a survey's question
//
// No byte of the application is exchanged, unless the request has words for it. Whatever happens ends in one
// ProbeResult.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "certs/model/identity_ptr.h"
#include "certs/model/pointers.h"
#include "config/endpoint.h"
#include "config/ingress.h"
#include "proxy/net/network.h"
#include "proxy/net/tcp_dialer.h"
#include "proxy/net/timer.h"
#include "proxy/probe/starttls.h"
#include "tls/offer/answer.h"
#include "tls/offer/offer.h"
#include "tls/session.h"
#include "tls/survey/conversation.h"
#include "tls/survey/ticket_reader.h"

namespace mailtap::probe {

using net::Network;

inline constexpr std::size_t max_said = std::size_t{16} * 1024;

struct ProbeRequest {
  config::Endpoint endpoint;
  std::optional<net::Address> address;  ///< known from an earlier probe: nothing is looked up
  Starttls starttls = Starttls::none;
  std::string sni;            ///< empty: none is sent
  std::uint16_t version = 0;  ///< the only one offered, 0x0301 to 0x0304; 0: 1.2 and 1.3
  /// The only ones offered, ending with 0, static; null: mailtap's own.
  const std::uint16_t* signature_algorithms = nullptr;
  /// A client's hello, to be played instead: ProbeResult::trial.
  std::shared_ptr<const tls::offer::Offer> offer;
  std::optional<tls::survey::Question> question;  ///< to be asked instead: ProbeResult::answer
  std::optional<tls::SavedSession> resume;        ///< a session to go on with, if the server does
  bool renegotiates = false;  ///< TLS 1.2: asks for another handshake: ProbeResult::renegotiated
  bool wants_ticket = false;  ///< waits a moment for what could be resumed: ProbeResult::saved and ticket
  /// After the handshake: `asks` is said (empty: nothing), and what the server says is heard until `until`:
  /// ProbeResult::said.
  struct Words {
    std::string asks;
    std::string until;
  };
  std::optional<Words> words;
  /// The connection begins with a PROXY header that tells of mailtap itself.
  config::ProxyVersion proxy_protocol = config::ProxyVersion::none;
  certs::IdentityPtr client_certificate;      ///< null: none is shown
  std::chrono::milliseconds timeout{10'000};  ///< for all of it
  /// For the dialogue before STARTTLS alone, after which `timeout` begins anew; nothing: it is in `timeout`.
  std::optional<std::chrono::milliseconds> dialogue_timeout;
};

struct ProbeResult {
  enum class End {
    agreed,       ///< the handshake is done
    refused,      ///< it speaks TLS, but no handshake came about: `detail`
    no_tls,       ///< it is there and doesn't speak TLS here, or nothing at all: `detail`
    unreachable,  ///< no connection: `detail`
  };
  End end = End::unreachable;
  std::string detail;
  std::optional<net::Address> address;  ///< that the connection was made to
  bool tls_begun = false;               ///< a client hello was sent
  tls::Agreed agreed;    ///< if the server asked for a client certificate and refused then, it is in question
  std::string greeting;  ///< before STARTTLS; empty: none was heard
  Obstacle obstacle = Obstacle::none;  ///< in the dialogue before STARTTLS
  bool is_plain_http = false;          ///< what answers a handshake's hello
  std::vector<Buffer> chain;           ///< DER, leaf first; may be there though the handshake failed later
  certs::StapledPtr stapled;           ///< what came with its first; null: nobody asked for it
  tls::survey::Answer answer;          ///< to the question, if there was one; `end` says less
  tls::offer::Answer trial;            ///< to the hello that was played; `end` says less
  std::optional<tls::SavedSession> saved;
  std::optional<tls::survey::Ticket> ticket;
  std::optional<bool> renegotiated;  ///< nothing: not asked
  std::string said;                  ///< after the handshake; at most max_said bytes
};

class Probe final : net::Stream::Events, net::Dialer::Delegate {
 public:
  /// The probe must not be destroyed in it.
  using Done = std::function<void(ProbeResult result)>;

  Probe(const Network& network, ProbeRequest request, Done done);
  ~Probe() override = default;
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  /// Once. `done` is called later, never from within.
  void start();

 private:
  using SessionPtr = std::unique_ptr<tls::Session>;
  using ConversationPtr = std::unique_ptr<tls::survey::Conversation>;

  // In the order in which they happen.
  void on_dialing(const net::Address& address) override { result_.address = address; }
  void on_dialled(std::unique_ptr<net::Stream> stream, const net::Address& address) override;
  void on_not_dialled(const net::DialFailure& why) override;
  void send_proxy_header();
  void begin_tls();
  void send_segment();
  void on_data(net::Stream& stream, Bytes bytes) override;
  void on_dialogue(StarttlsDialogue& dialogue, Bytes bytes);
  void on_answer(tls::survey::Conversation::Step step);
  void go_on(tls::Session& session);
  void hear_out(tls::Session& session);
  void renegotiate(tls::Session& session);
  void converse(tls::Session& session);
  void on_quiet();
  void on_end(net::Stream& stream) override;
  void on_broken(net::Stream& stream, std::string_view why) override;
  void on_flushed(net::Stream& /*stream*/) override {}
  void on_timeout();
  std::chrono::milliseconds time_for_stage() const;
  void broken_off(const std::string& how, tls::survey::Conversation::Stop stop);
  void finish(ProbeResult::End end, std::string detail = {});

  const ProbeRequest request_;
  const Done done_;
  ProbeResult result_;

  net::TcpDialer dialer_;
  std::unique_ptr<net::Dialer::Attempt> dialling_;
  std::unique_ptr<net::Stream> stream_;  // null: not connected
  /// What the bytes are for: nothing yet, the dialogue, a handshake, a question, a client's hello that is
  /// played.
  std::variant<std::monostate, StarttlsDialogue, SessionPtr, ConversationPtr, tls::offer::AnswerReader>
      stage_;
  Buffer unsent_;  // of a hello in segments
  std::size_t segments_left_ = 0;
  tls::survey::TicketReader tickets_;
  bool tls_seen_ = false;  // its bytes look like TLS records
  bool hears_out_ = false;
  bool has_asked_ = false;
  bool finished_ = false;
  net::Timer timeout_;  // for all
  net::Timer segment_;  // after one
  net::Timer hearing_;  // of a server that has yet to judge the client's certificate, or may say no more
  net::Timer report_;   // calls done_ when nothing of this is on the stack
};

}  // namespace mailtap::probe
