// An exchange in one line for a person, and why it is remarkable when it is.
#include "inspect/exchange.h"
#include "inspect/writers/human.h"
#include "inspect/writers/printable.h"

namespace mailtap::inspect {

namespace {

std::string describe(const HttpPart& http) {
  auto text = std::string(http.method) + " " + or_dash(http.path);
  if (!http.operation.empty()) text += " " + printable(http.operation);
  return text;
}

std::string describe(const MailPart& mail) {
  std::string text(mail.command);
  for (const auto* const name : {&mail.user, &mail.mailbox, &mail.address})
    if (!name->empty()) text += " " + printable(*name);
  if (mail.exists) text += " (" + std::to_string(*mail.exists) + " in the mailbox)";
  if (mail.fetched > mail.messages) text += " (of " + std::to_string(mail.fetched) + ")";
  if (mail.messages > 0)
    text += " (" + std::to_string(mail.messages) + (mail.messages == 1 ? " message, " : " messages, ") +
            human_size(mail.message_bytes) + ")";
  return text;
}

std::string describe_response(const Exchange& exchange) {
  auto text = exchange.status.empty() ? std::string("no answer") : printable(exchange.status);
  if (const auto* http = std::get_if<HttpPart>(&exchange.part)) {
    if (!http->response_code.empty()) text += " " + printable(http->response_code);
    if (http->upgraded) text += " upgraded";
    if (http->http2 && !http->http2->ended_by.empty())
      text += " " + std::string(http->http2->ended_by) + " " + std::string(http->http2->error);
  }
  return exchange.complete || exchange.status.empty() ? text : text + " cut short";
}

std::string describe(const Authentication& authentication) {
  auto text = std::string(to_string(authentication.scheme));
  if (authentication.stage != AuthStage::none) text += " " + std::string(to_string(authentication.stage));
  if (authentication.ntlm && authentication.ntlm->binding != ChannelBinding::unknown)
    text += ", channel binding " + std::string(to_string(authentication.ntlm->binding));
  return text;
}

}  // namespace

std::string to_text(const Exchange& exchange, const ExchangeContext& context, bool on_terminal) {
  const auto response = describe_response(exchange);
  auto text =
      local_time(exchange.time, !on_terminal) + " #" + std::to_string(context.connection) + "." +
      std::to_string(exchange.number) + " " + printable(context.route) + "  " +
      std::string(to_string(exchange.service)) + "  " +
      std::visit([](const auto& part) { return describe(part); }, exchange.part) + "  " +
      (on_terminal && exchange.failed ? std::string(colour::red) + response + std::string(colour::none)
                                      : response) +
      "  " + human_size(exchange.request_bytes) + " up " + human_size(exchange.response_bytes) + " down  " +
      human_duration(exchange.total);
  if (exchange.authentication.scheme != AuthScheme::none) text += "  " + describe(exchange.authentication);
  return text;
}

}  // namespace mailtap::inspect
