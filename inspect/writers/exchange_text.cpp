// An exchange in one line for a person, and why it is remarkable when it is.
#include "config/base/phrases.h"
#include "inspect/exchange.h"
#include "inspect/writers/human.h"
#include "inspect/writers/printable.h"

namespace mailtap::inspect {

namespace {

std::string describe(const HttpPart& http, Language /*language*/) {
  auto text = std::string(http.method) + " " + or_dash(http.path);
  if (!http.operation.empty()) text += " " + printable(http.operation);
  return text;
}

std::string describe(const MailPart& mail, Language language) {
  std::string text(mail.command);
  for (const auto* const name : {&mail.user, &mail.mailbox, &mail.address})
    if (!name->empty()) text += " " + printable(*name);
  if (mail.exists) text += " (" + said(language, "{n} in the mailbox", {std::to_string(*mail.exists)}) + ")";
  if (mail.fetched > mail.messages)
    text += " (" + said(language, "of {n}", {std::to_string(mail.fetched)}) + ")";
  if (mail.messages > 0)
    text += " (" +
            said(language, mail.messages == 1 ? "{n} message, {size}" : "{n} messages, {size}",
                 {std::to_string(mail.messages), human_size(mail.message_bytes)}) +
            ")";
  return text;
}

std::string describe_response(const Exchange& exchange, Language language) {
  auto text = exchange.status.empty() ? said(language, "no answer") : printable(exchange.status);
  if (const auto* http = std::get_if<HttpPart>(&exchange.part)) {
    if (!http->response_code.empty()) text += " " + printable(http->response_code);
    if (http->upgraded) text += " upgraded";
    if (http->http2 && !http->http2->ended_by.empty())
      text += " " + std::string(http->http2->ended_by) + " " + std::string(http->http2->error);
  }
  return exchange.complete || exchange.status.empty() ? text : text + " " + said(language, "cut short");
}

std::string describe(const Authentication& authentication, Language language) {
  auto text = std::string(to_string(authentication.scheme));
  if (authentication.stage != AuthStage::none) text += " " + std::string(to_string(authentication.stage));
  if (authentication.ntlm && authentication.ntlm->binding != ChannelBinding::unknown)
    text += ", " +
            said(language, "channel binding {what}", {std::string(to_string(authentication.ntlm->binding))});
  return text;
}

}  // namespace

std::string to_text(const Exchange& exchange, const ExchangeContext& context, bool on_terminal) {
  const auto response = describe_response(exchange, context.language);
  auto text =
      local_time(exchange.time, !on_terminal) + " #" + std::to_string(context.connection) + "." +
      std::to_string(exchange.number) + " " + printable(context.route) + "  " +
      std::string(to_string(exchange.service)) + "  " +
      std::visit([&](const auto& part) { return describe(part, context.language); }, exchange.part) + "  " +
      (on_terminal && exchange.failed ? std::string(colour::red) + response + std::string(colour::none)
                                      : response) +
      "  " + human_size(exchange.request_bytes) + " up " + human_size(exchange.response_bytes) + " down  " +
      human_duration(exchange.total);
  if (exchange.authentication.scheme != AuthScheme::none)
    text += "  " + describe(exchange.authentication, context.language);
  return text;
}

}  // namespace mailtap::inspect
