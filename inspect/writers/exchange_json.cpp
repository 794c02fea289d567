// An exchange's JSON line, and the traffic of a connection in its line (docs/log.md).
#include "inspect/writers/exchange_json.h"

#include <array>
#include <cstdio>

#include "config/base/text.h"

namespace mailtap::inspect {

namespace {

void write_authentication(JsonWriter& to, const Authentication& authentication) {
  if (authentication.scheme == AuthScheme::none) return to.null("authentication");
  to.open("authentication");
  to.member("scheme", to_string(authentication.scheme));
  to.member("stage", to_string(authentication.stage));
  if (const auto& ntlm = authentication.ntlm) {
    std::array<char, 16> flags{};
    std::snprintf(flags.data(), flags.size(), "0x%08x", static_cast<unsigned>(ntlm->flags));
    to.open("ntlm");
    to.member("flags", flags.data());
    to.member_or_null("target", ntlm->target);
    to.member_or_null("domain", ntlm->domain);
    to.member_or_null("user", ntlm->user);
    to.member("message_integrity", ntlm->message_integrity);
    to.member("channel_binding", to_string(ntlm->binding));
    to.end_object();
  } else {
    to.null("ntlm");
  }
  to.end_object();
}

void write_part(JsonWriter& to, const HttpPart& http) {
  to.open("http");
  to.member_or_null("method", http.method);
  to.member_or_null("path", http.path);
  to.member_or_null("operation", http.operation);
  to.member_or_null("response_code", http.response_code);
  to.member("upgraded", http.upgraded);
  to.end_object();
  if (http.http2) {
    to.open("http2");
    to.member("stream", http.http2->number);
    to.member_or_null("ended_by", http.http2->ended_by);
    to.member_or_null("error", http.http2->error);
    to.end_object();
  }
  to.null("mail");
}

void write_part(JsonWriter& to, const MailPart& mail) {
  to.null("http");
  to.open("mail");
  to.member_or_null("command", mail.command);
  to.member("messages", mail.messages);
  to.member("message_bytes", mail.message_bytes);
  to.member("fetched", mail.fetched);
  if (mail.exists)
    to.member("exists", *mail.exists);
  else
    to.null("exists");
  to.member_or_null("user", mail.user);
  to.member_or_null("mailbox", mail.mailbox);
  to.member_or_null("address", mail.address);
  to.end_object();
}

}  // namespace

std::string to_json(const Exchange& exchange, const ExchangeContext& context) {
  JsonWriter to;
  to.start_object();
  to.member("event", "exchange");
  to.member("time", to_rfc3339_milliseconds(exchange.time));
  to.member("id", context.connection);
  to.member("exchange", exchange.number);
  to.member("route", context.route);
  to.member("service", to_string(exchange.service));
  to.member_or_null("status", exchange.status);
  to.member("failed", exchange.failed);
  to.member("complete", exchange.complete);
  to.open("bytes");
  to.member("request", exchange.request_bytes);
  to.member("response", exchange.response_bytes);
  to.end_object();
  to.open("timing_us");
  if (exchange.first_byte.count() < 0)
    to.null("first_byte");
  else
    to.member("first_byte", std::int64_t{exchange.first_byte.count()});
  to.member("total", std::int64_t{exchange.total.count()});
  to.end_object();
  to.open("verdict");
  to.member_or_null("trust", context.trust);
  to.member_or_null("name", context.name);
  to.end_object();
  write_authentication(to, exchange.authentication);
  to.open_array("findings");
  for (const auto finding : exchange.findings) to.value(to_string(finding));
  to.end_array();
  if (exchange.retry_after) to.member("retry_after", *exchange.retry_after);
  std::visit([&](const auto& part) { write_part(to, part); }, exchange.part);
  to.end_object();
  return to.text();
}

void write_traffic(JsonWriter& to, const Traffic& traffic) {
  if (!traffic.protocol) return to.null("traffic");
  to.open("traffic");
  to.member("protocol", *traffic.protocol);
  to.member("exchanges", traffic.exchanges);
  to.member("failed", traffic.failed);
  to.open("services");
  for (const auto& [service, count] : traffic.services) to.member(to_string(service), count);
  to.end_object();
  to.member("last_statuses", traffic.last_statuses);
  to.open_array("findings");
  for (const auto finding : traffic.findings) {
    to.start_object();
    to.member("finding", to_string(finding));
    to.sentence("detail", explain(finding));
    to.sentence_or_null("advice", remedy(finding));
    if (finding == TrafficFinding::throttled && traffic.retry_after)
      to.member("retry_after", *traffic.retry_after);
    to.end_object();
  }
  to.end_array();
  to.sentence_or_null("stopped", traffic.stopped);
  to.end_object();
}

}  // namespace mailtap::inspect
