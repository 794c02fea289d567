// Reads HTTP/1 in both directions and tells each request with its response.
//
//   to upstream   --> MessageReader --> Request events  --+
//                                                         +--> pending exchanges, oldest first --> sink
//   to downstream --> MessageReader --> Response events --+
//
// Pipelined requests wait in order for their responses. What is no HTTP any more (an upgrade, CONNECT, a
// malformed message) ends the tap with a word why.
#pragma once

#include <deque>
#include <string_view>

#include "inspect/http/body_reader.h"
#include "inspect/http/message_reader.h"
#include "inspect/http/open_exchange.h"
#include "inspect/tap.h"

namespace mailtap::inspect::http {

class HttpTap final : public Tap {
 public:
  HttpTap(const TapContext& context, ExchangeSink& sink);

  void on_bytes(Flow flow, Bytes bytes, Instant now) override;
  void on_end(Flow flow, Instant now) override;
  void on_closed(Instant now) override;
  bool is_between_messages() const override {
    return !stopped_ && pending_.empty() && !requests_.in_message() && !responses_.in_message();
  }

 private:
  /// More requests than this without a response are no conversation that can be followed.
  static constexpr std::size_t max_pending = 64;

  struct Pending : OpenExchange {
    using OpenExchange::OpenExchange;
    bool upgrade_answered = false;  // what follows is no HTTP
    bool is_unasked = false;        // a response without a request
  };

  /// What one direction's message is, while it is read.
  class Request final : public MessageReader::Events {
   public:
    explicit Request(HttpTap& tap) : tap_(tap) {}
    void on_begin() override;
    void on_request_line(std::string_view method, std::string_view target) override;
    void on_status(unsigned) override {}
    bool wants(std::string_view name) override { return RequestHead::wants(name); }
    void on_field(std::string_view name, std::string_view value) override;
    MessageReader::Body on_head() override;
    void on_body(Bytes bytes) override { body_.feed(bytes); }
    void on_complete(std::uint64_t size) override;

   private:
    HttpTap& tap_;
    BodyReader body_;
    RequestHead head_;
  };

  class Response final : public MessageReader::Events {
   public:
    explicit Response(HttpTap& tap) : tap_(tap) {}
    void on_begin() override;
    void on_request_line(std::string_view, std::string_view) override {}
    void on_status(unsigned status) override;
    bool wants(std::string_view name) override { return ResponseHead::wants(name); }
    void on_field(std::string_view name, std::string_view value) override;
    MessageReader::Body on_head() override;
    void on_body(Bytes bytes) override { body_.feed(bytes); }
    void on_complete(std::uint64_t size) override;

   private:
    HttpTap& tap_;
    BodyReader body_;
    ResponseHead head_;
    unsigned status_ = 0;
    bool has_left_ = false;  // has said something unasked
  };

  std::string_view read_request(Bytes bytes);
  void tell_finished();
  void tell(Pending& pending);
  void stop(std::string_view why);

  const TapContext& context_;
  ExchangeSink& sink_;
  Instant now_{};
  bool stopped_ = false;
  std::deque<Pending> pending_;
  Buffer undecided_;  // beginning of a body or of a request: too little to tell
  Request request_{*this};
  Response response_{*this};
  MessageReader requests_{MessageReader::Kind::request, request_};
  MessageReader responses_{MessageReader::Kind::response, response_};
};

}  // namespace mailtap::inspect::http
