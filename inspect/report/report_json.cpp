#include "inspect/report/answer.h"
#include "inspect/report/deadlines.h"
#include "inspect/report/words.h"
#include "inspect/writers/json_writer.h"

namespace mailtap::report {

namespace {

void write_time(inspect::JsonWriter& to, std::string_view name, Time time) {
  if (time == Time{})
    to.null(name);
  else
    to.member(name, to_rfc3339(time));
}

void write_read(inspect::JsonWriter& to, const Inventory& inventory) {
  to.open("read");
  to.member("lines", inventory.lines());
  to.member("connections", inventory.connections());
  to.member("exchanges", inventory.exchanges());
  to.member("lost", inventory.lost());
  write_time(to, "first", inventory.first());
  write_time(to, "last", inventory.last());
  to.member("cut", inventory.cut());
  to.member("pseudonyms", has_pseudonyms(inventory));
  to.member("bad_lines", inventory.bad_lines());
  to.open_array("bad");
  for (const auto& [file, line, problem] : inventory.bad()) {
    to.start_object();
    to.member("file", file);
    to.member("line", line);
    to.member("problem", problem);
    to.end_object();
  }
  to.end_array();
  to.end_object();
}

void write_user(inspect::JsonWriter& to, const User& user) {
  to.start_object();
  to.member_or_null("client", user.client);
  to.member_or_null("mailbox", user.mailbox);
  to.open_array("routes");
  for (const auto& route : user.routes) to.value(route);
  to.end_array();
  to.member("connections", user.connections);
  write_time(to, "first", user.first);
  write_time(to, "last", user.last);
  to.end_object();
}

void write_deadline(inspect::JsonWriter& to, const Deadline& deadline, certs::Language language) {
  to.start_object();
  to.member("date", deadline.date);
  to.member("days_left", deadline.days_left);
  to.member("event", deadline.event);
  to.member_or_null("text", event_of(deadline.event, language));
  to.member("source", deadline.source);
  to.end_object();
}

void write_key_exchanges(inspect::JsonWriter& to, std::string_view name, const KeyExchanges& counted) {
  to.open(name);
  to.member("clients", counted.clients);
  to.member("connections", counted.connections);
  to.end_object();
}

}  // namespace

std::string to_json(const Inventory& inventory, Time at, certs::Language language) {
  inspect::JsonWriter to;
  to.start_object();
  to.member("event", "report");
  to.member("at", to_rfc3339(at));
  write_read(to, inventory);
  to.open("key_exchange");
  write_key_exchanges(to, "post_quantum", inventory.post_quantum());
  write_key_exchanges(to, "classical", inventory.classical());
  to.end_object();
  to.open_array("uses");
  for (const auto& [what, users] : inventory.uses()) {
    to.start_object();
    to.member("what", what);
    to.member("title", title_of(what, language));
    to.member_or_null("advice", advice_of(what, language));
    to.open_array("deadlines");
    for (const auto& deadline : deadlines_of(what, at)) write_deadline(to, deadline, language);
    to.end_array();
    to.open_array("clients");
    for (const auto& user : users) write_user(to, user);
    to.end_array();
    to.end_object();
  }
  to.end_array();
  to.open_array("certificates");
  for (const auto& [server, sha256, subject, ends, days_left] : inventory.certificates(at)) {
    to.start_object();
    to.member("server", server);
    to.member_or_null("sha256", sha256);
    to.member_or_null("subject", subject);
    to.member("ends", to_rfc3339(ends));
    to.member("days_left", days_left);
    to.end_object();
  }
  to.end_array();
  to.end_object();
  return to.text();
}

}  // namespace mailtap::report
