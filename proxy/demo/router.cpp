#include "proxy/demo/router.h"

#include <algorithm>

#include <mbedtls/oid.h>
#include <mbedtls/x509_crt.h>

#include "proxy/demo/ews.h"
#include "proxy/demo/socket.h"
#include "proxy/http/message.h"
#include "tls/names.h"
#include "tls/sessions/sessions.h"

namespace mailtap::demo {

using tls::Step;

namespace {

using Clock = Socket::Clock;

class Certificates {
 public:
  Certificates() { mbedtls_x509_crt_init(&list_); }
  ~Certificates() { mbedtls_x509_crt_free(&list_); }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  /// Strict: a critical extension that mbedTLS doesn't know is an error.
  bool add(Bytes der) {
    return mbedtls_x509_crt_parse_der_with_ext_cb(&list_, der.data(), der.size(), 1, nullptr, nullptr) == 0;
  }
  mbedtls_x509_crt* get() { return &list_; }

 private:
  mbedtls_x509_crt list_;
};

/// Why `chain` isn't acceptable for `name`; empty if it is.
std::string check_certificate(const std::vector<Buffer>& chain, const std::string& name, Bytes anchor) {
  Certificates sent;
  Certificates trusted;
  for (const auto& der : chain)
    if (!sent.add(der)) return "a certificate can't be read, or holds a critical extension that is unknown";
  if (chain.empty() || !trusted.add(anchor)) return "there is no certificate";

  std::uint32_t flags = 0;
  const auto profile = mbedtls_x509_crt_profile_default;
  if (mbedtls_x509_crt_verify_with_profile(sent.get(), trusted.get(), nullptr, &profile, name.c_str(), &flags,
                                           nullptr, nullptr) != 0) {
    std::string reasons(512, '\0');
    const int size = mbedtls_x509_crt_verify_info(reasons.data(), reasons.size(), "", flags);
    reasons.resize(static_cast<std::size_t>(std::max(size, 0)));
    while (reasons.ends_with('\n')) reasons.pop_back();
    std::replace(reasons.begin(), reasons.end(), '\n', ';');
    return reasons;
  }
  if (mbedtls_x509_crt_check_extended_key_usage(sent.get(), MBEDTLS_OID_SERVER_AUTH,
                                                MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)) != 0)
    return "the certificate isn't for a server";
  return {};
}

/// Far above any response of the demonstration.
constexpr http::MessageReader::Limits response_limits{.body = std::size_t{1} << 20};

class Conversation {
 public:
  explicit Conversation(Clock::time_point deadline) : socket_(deadline) {}

  Result<void> begin(const config::Endpoint& address, const std::string& name) {
    if (auto connected = socket_.connect(address); !connected) return connected;
    tls::ClientParameters parameters;
    parameters.sni = name;
    session_ = tls::make_client_session(std::move(parameters));
    for (;;) {
      const auto step = session_->handshake();
      if (auto sent = flush(); !sent) return sent;
      if (step == Step::done) return {};
      if (auto more = go_on_after(step); !more) return more;
    }
  }

  Result<void> send(std::string_view text) {
    session_->write(as_bytes(text));
    return flush();
  }

  /// At least one byte of plaintext; nothing: the peer said goodbye.
  Result<std::string_view> receive() {
    for (;;) {
      const auto [step, size] = session_->read(plaintext_);
      if (step == Step::done) return as_text(Bytes(plaintext_).first(size));
      if (step == Step::closed) return std::string_view{};
      if (auto more = go_on_after(step); !more) return tl::unexpected(more.error());
    }
  }

  /// Says goodbye and waits for the other side's.
  Result<void> end() {
    session_->close_notify();
    if (auto sent = flush(); !sent) return sent;
    socket_.end();
    const auto rest = receive();
    if (!rest) return tl::unexpected(rest.error());
    return rest->empty() ? Result<void>{} : fail("more bytes came than were asked for");
  }

  const tls::Session& session() const { return *session_; }

 private:
  Result<void> flush() {
    const auto bytes = session_->outgoing();
    const auto size = bytes.size();
    auto sent = socket_.send(bytes);
    session_->consume_outgoing(size);
    return sent;
  }

  Result<void> go_on_after(Step step) {
    if (step == Step::want_write) return flush();
    if (step == Step::closed) return fail("the connection was closed during the handshake");
    if (step == Step::truncated) return fail("the connection was cut off");
    if (step != Step::want_read) return fail(session_->failure().detail);
    const auto bytes = socket_.receive(ciphertext_);
    if (!bytes) return tl::unexpected(bytes.error());
    if (bytes->empty())
      session_->feed_end();
    else
      session_->feed(*bytes);
    return {};
  }

  Socket socket_;
  std::unique_ptr<tls::Session> session_;
  Buffer ciphertext_ = Buffer(std::size_t{17} * 1024);
  Buffer plaintext_ = Buffer(std::size_t{16} * 1024);
};

/// Sends one request and reads its response; what goes over the line is added to `poll`.
Result<void> ask(Conversation& conversation, const std::string& request, Poll& poll) {
  poll.sent += request;
  if (auto sent = conversation.send(request); !sent) return sent;
  using http::MessageReader;
  MessageReader response(MessageReader::Kind::response, MessageReader::Until::end, response_limits);
  while (response.state() == MessageReader::State::need_more) {
    const auto text = conversation.receive();
    if (!text) return tl::unexpected(text.error());
    if (text->empty()) return fail("the connection was closed before the whole response had come");
    poll.received += *text;
    response.feed(as_bytes(*text));
  }
  if (response.state() != MessageReader::State::complete) return fail("the response is no HTTP");
  poll.statuses.push_back(response.head().status);
  return {};
}

}  // namespace

bool Poll::succeeded() const {
  return statuses.size() == ews::mailbox_poll.size() &&
         std::all_of(statuses.begin(), statuses.end(), [](unsigned status) { return status == 200; });
}

Result<Poll> poll_mailbox(const config::Endpoint& address, const std::string& name, Bytes anchor,
                          std::chrono::milliseconds patience) {
  Conversation conversation(Clock::now() + patience);
  if (auto begun = conversation.begin(address, name); !begun) return tl::unexpected(begun.error());

  Poll poll;
  poll.tls = tls::version_name(conversation.session().agreed().version);
  poll.refusal = check_certificate(conversation.session().peer_chain(), name, anchor);
  const auto operations =
      poll.refusal.empty() ? std::span(ews::mailbox_poll) : std::span<const ews::Operation>{};
  const auto host = name + ":" + std::to_string(address.port);
  for (const auto operation : operations)
    if (auto asked = ask(conversation, ews::request(operation, host), poll); !asked)
      return tl::unexpected(asked.error());
  if (auto ended = conversation.end(); !ended) return tl::unexpected(ended.error());
  return poll;
}

}  // namespace mailtap::demo
