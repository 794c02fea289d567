// A mail tap that hears a transcript: "C: ..." and "S: ...", lines that end with CRLF, and tells what it
// understood.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "inspect/exchange.h"
#include "inspect/observer/observer.h"

namespace mailtap::inspect::test {

class MailTranscript final : private ExchangeSink {
 public:
  /// `segment` 0: cut at random, and differently for each `seed`.
  explicit MailTranscript(config::Protocol protocol, std::size_t segment = 4096, unsigned seed = 1,
                          bool greeted = false, bool plaintext = false,
                          config::NameDisplay names = config::NameDisplay::hash)
      : segment_(segment),
        random_(seed),
        pseudonyms_(Pseudonyms::make(names).value()),
        context_{pseudonyms_, certificates_, memory_, {}, Instant{}, greeted, plaintext},
        tap_(make_tap(protocol, context_, *this)) {}

  MailTranscript& hear(const std::vector<std::string>& script) {
    for (const auto& said : script) bytes(said[0] == 'C', said.substr(3) + "\r\n");
    return *this;
  }
  MailTranscript& bytes(bool client, std::string_view words) {
    while (!words.empty() && stopped.empty()) {
      const auto size = segment_ != 0 ? segment_ : 1 + random_() % 20;
      const auto part = words.substr(0, size);
      words.remove_prefix(part.size());
      now_ += std::chrono::microseconds{10};
      // In memory of its own, so that reading beyond it, or keeping it, is found out.
      const std::vector<std::uint8_t> copy(as_bytes(part).begin(), as_bytes(part).end());
      tap_->on_bytes(client ? Flow::to_upstream : Flow::to_downstream, copy, now_);
    }
    return *this;
  }
  MailTranscript& close() {
    if (stopped.empty()) tap_->on_closed(now_);
    return *this;
  }

  /// "EHLO 250; DATA 250 1 message of 37": what was told, in order.
  std::string told() const {
    std::string text;
    for (const auto& exchange : exchanges) {
      const auto& mail = std::get<MailPart>(exchange.part);
      text += (text.empty() ? "" : "; ") + std::string(mail.command) + " " +
              (exchange.complete ? exchange.status : "unanswered");
      if (mail.messages > 0 || mail.message_bytes > 0)
        text += " " + std::to_string(mail.messages) + " of " + std::to_string(mail.message_bytes);
    }
    return text;
  }

  /// The names in all exchanges, in order, and what was told of mailboxes: "SELECT mailbox=INBOX exists=18".
  std::string names() const {
    std::string text;
    for (const auto& exchange : exchanges) {
      const auto& mail = std::get<MailPart>(exchange.part);
      std::string about;
      if (!mail.user.empty()) about += " user=" + mail.user;
      if (!mail.mailbox.empty()) about += " mailbox=" + mail.mailbox;
      if (!mail.address.empty()) about += " address=" + mail.address;
      if (mail.exists) about += " exists=" + std::to_string(*mail.exists);
      if (mail.fetched > 0) about += " fetched=" + std::to_string(mail.fetched);
      if (!about.empty()) text += (text.empty() ? "" : "; ") + std::string(mail.command) + about;
    }
    return text;
  }

  std::vector<Exchange> exchanges;
  std::string stopped;

 private:
  void on_exchange(Exchange exchange) override { exchanges.push_back(std::move(exchange)); }
  void on_stopped(std::string_view why) override { stopped = why; }

  const std::size_t segment_;
  std::mt19937 random_;
  Pseudonyms pseudonyms_;
  LegCertificates certificates_;
  RouteMemory memory_;
  Instant now_{};
  const TapContext context_;
  std::unique_ptr<Tap> tap_;
};

}  // namespace mailtap::inspect::test
