#include "inspect/alerts/alert.h"

#include "certs/verify/verdict.h"
#include "config/base/phrases.h"
#include "inspect/writers/human.h"
#include "inspect/writers/json_writer.h"
#include "tls/alert.h"

namespace mailtap::alerts {

namespace {

using inspect::JsonWriter;
using inspect::printable;

void write_opinion(JsonWriter& to, std::string_view name, const Opinion& opinion) {
  to.open(name);
  to.member("trust", opinion.faults.empty() ? "trusted" : "untrusted");
  to.open_array("faults");
  for (const auto fault : opinion.faults) to.value(certs::to_string(fault));
  to.end_array();
  if (opinion.name_known)
    to.member("name", opinion.name_matches ? "match" : "mismatch");
  else
    to.null("name");
  to.sentences("reasons", opinion.reasons);
  to.end_object();
}

void write_shown(JsonWriter& to, std::string_view name, const Shown& shown) {
  to.open(name);
  to.member_or_null("subject", shown.subject);
  to.member_or_null("issuer", shown.issuer);
  to.member_or_null("serial", shown.serial);
  to.member_or_null("sha256", shown.sha256);
  to.member_or_null("spki_sha256", shown.spki_sha256);
  to.member_or_null("ends", shown.ends == Time{} ? std::string() : to_rfc3339(shown.ends));
  to.end_object();
}

void write_particulars(JsonWriter& to, const Alert& alert) {
  if (alert.expiry) {
    to.open("expiry");
    to.member("ends", to_rfc3339(alert.expiry->ends));
    to.member("days_left", alert.expiry->days_left);
    to.member("threshold_days", alert.expiry->threshold);
    to.end_object();
  } else {
    to.null("expiry");
  }
  if (alert.verdict) {
    to.open("verdict");
    write_opinion(to, "from", alert.verdict->from);
    write_opinion(to, "to", alert.verdict->to);
    to.end_object();
  } else {
    to.null("verdict");
  }
  if (alert.chain) {
    to.open("chain");
    write_shown(to, "before", alert.chain->before);
    write_shown(to, "after", alert.chain->after);
    to.member("changed", alert.chain->changed);
    to.end_object();
  } else {
    to.null("chain");
  }
  if (alert.router) {
    const auto& router = *alert.router;
    to.open("router");
    to.member_or_null("client", router.client);
    to.member("reaction", to_string(router.reaction));
    router.alert ? to.member("alert", *router.alert) : to.null("alert");
    to.member_or_null("alert_name", router.alert ? tls::alert_name(*router.alert) : std::string_view());
    to.member("in_a_row", router.in_a_row);
    to.end_object();
  } else {
    to.null("router");
  }
}

void add_line(std::string& text, std::string_view label, const std::string& line) {
  text += "\n    " + std::string(label) + std::string(8 - label.size(), ' ') + printable(line);
}

std::string describe(const Shown& shown) {
  return shown.subject + ", issued by " + shown.issuer +
         (shown.ends == Time{} ? std::string() : ", ends " + to_rfc3339(shown.ends)) + ", SHA-256 " +
         shown.sha256;
}

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::raised: return "raised";
    case State::cleared: return "cleared";
    case State::notice: return "notice";
  }
  return "unknown";
}

std::string to_string(const Opinion& opinion) {
  std::string text = opinion.faults.empty() ? "trusted" : "untrusted";
  for (const auto fault : opinion.faults)
    text += (text == "untrusted" ? ": " : ", ") + std::string(certs::to_string(fault));
  return opinion.name_matches || !opinion.name_known ? text : text + "; name mismatch";
}

std::string to_json(const Alert& alert) {
  JsonWriter to(alert.language);
  to.start_object();
  to.member("event", "alert");
  to.member("time", to_rfc3339_milliseconds(alert.time));
  to.member("kind", to_string(alert.kind));
  to.member("state", to_string(alert.state));
  to.member("route", alert.route);
  to.member("upstream", alert.upstream);
  to.member_or_null("name", alert.name);
  alert.connection != 0 ? to.member("connection", alert.connection) : to.null("connection");
  to.sentence("summary", alert.summary);
  to.sentence_or_null("advice", alert.advice);
  to.member("held_back", alert.held_back);
  write_particulars(to, alert);
  to.end_object();
  return to.text();
}

std::string to_text(const Alert& alert, bool on_terminal) {
  namespace colour = inspect::colour;
  const auto say = [&](const std::string& sentence) { return in_language(sentence, alert.language); };
  auto word = "ALERT " + std::string(to_string(alert.kind)) + " " + std::string(to_string(alert.state));
  if (on_terminal)
    word = std::string(alert.state == State::raised    ? colour::red
                       : alert.state == State::cleared ? colour::green
                                                       : colour::yellow) +
           word + std::string(colour::none);
  auto text = inspect::local_time(alert.time, !on_terminal) + " " + word + "  " + printable(alert.route) +
              "  " + printable(say(alert.summary));
  if (alert.connection != 0) text += " (#" + std::to_string(alert.connection) + ")";
  if (alert.chain) {
    add_line(text, "before", say(describe(alert.chain->before)));
    add_line(text, "now", say(describe(alert.chain->after)));
  }
  if (alert.verdict && alert.state == State::raised)
    for (const auto& reason : alert.verdict->to.reasons) add_line(text, "why", say(reason));
  if (!alert.advice.empty()) add_line(text, "advice", say(alert.advice));
  if (alert.held_back != 0)
    add_line(text, "held",
             said(alert.language, "{n} alerts like this before", {std::to_string(alert.held_back)}));
  return text;
}

}  // namespace mailtap::alerts
