// A request with its response while they are read: what HTTP/1 and HTTP/2 have in common.
//
//   RequestHead ---+                                +--> what a body is to be read as
//                  +--> fields --> OpenExchange ----+
//   ResponseHead --+                                +--> Exchange, once it is over
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "inspect/auth/http_authentication.h"
#include "inspect/http/inflater.h"
#include "inspect/http/soap_reader.h"
#include "inspect/refusal.h"
#include "inspect/tap.h"

namespace mailtap::inspect::http {

struct OpenExchange {
  explicit OpenExchange(Instant when) : began(when), last(when) { exchange.part = HttpPart{}; }

  Exchange exchange;
  Instant began;
  Instant last;  // a byte of either
  bool request_complete = false;
  bool response_complete = false;
  bool is_head = false;
  bool is_connect = false;
  unsigned status = 0;
  auth::Credentials credentials{};
  auth::Challenge challenge{};
  HttpRefusal refusal{};

  HttpPart& part() { return std::get<HttpPart>(exchange.part); }
  const HttpPart& part() const { return std::get<HttpPart>(exchange.part); }

  void set_request_line(std::string_view method, std::string_view target, const Pseudonyms& pseudonyms);
  void response_begins(Instant now);
  /// It was an interim one, which only announces the response (RFC 9110 section 15.2).
  void forget_response();
  /// What the bodies said; null: it wasn't read.
  void request_said(const SoapReader* soap);
  void response_said(const SoapReader* soap);

  bool is_over() const { return request_complete && response_complete; }
  /// The whole of it, for the log. What was open is used up.
  Exchange finish(const TapContext& context);
};

/// What of a request's head is kept while it is read. Names of fields count whatever their case.
class RequestHead {
 public:
  void begin();
  static bool wants(std::string_view name);
  void on_field(std::string_view name, std::string_view value, OpenExchange& to);
  /// After the request line and the fields: the coding of its body; nothing: it isn't to be read.
  std::optional<Coding> end(OpenExchange& to);

 private:
  std::string coding_;
  std::string_view operation_;
};

class ResponseHead {
 public:
  void begin();
  static bool wants(std::string_view name);
  void on_field(std::string_view name, std::string_view value, OpenExchange& to);
  /// After the status and the fields: as a request's.
  std::optional<Coding> end(OpenExchange& to);

 private:
  std::string coding_;
};

}  // namespace mailtap::inspect::http
