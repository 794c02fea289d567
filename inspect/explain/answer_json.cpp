#include "inspect/explain/answer.h"
#include "inspect/writers/json_writer.h"

namespace mailtap::explain {

namespace {

void write_matches(inspect::JsonWriter& to, const std::vector<Match>& matches) {
  to.open_array("matches");
  for (const auto& match : matches) {
    to.start_object();
    to.member("pattern", match.pattern->id);
    to.member("program", match.pattern->program);
    to.member("line", match.line);
    to.member("times", match.times);
    to.member("text", match.quote);
    to.end_object();
  }
  to.end_array();
}

}  // namespace

std::string to_json(const Answer& answer, certs::Language language) {
  const bool vietnamese = language == certs::Language::vietnamese;
  inspect::JsonWriter to;
  to.start_object();
  to.member("event", "explanation");
  to.member("known", !answer.explanations.empty());
  to.open_array("explanations");
  for (const auto& [cause, matches, next] : answer.explanations) {
    to.start_object();
    to.member("cause", cause->id);
    to.member("side", to_string(cause->side));
    to.open_array("faults");
    for (const auto fault : cause->faults) to.value(fault);
    to.end_array();
    to.member("name_mismatch", cause->name_mismatch);
    to.member("what", vietnamese ? cause->what_vi : cause->what_en);
    to.member("advice", vietnamese ? cause->do_vi : cause->do_en);
    to.member("next", next);
    write_matches(to, matches);
    to.end_object();
  }
  to.end_array();
  to.open("server");
  to.member_or_null("host", answer.place.host);
  to.member_or_null("port", answer.place.port);
  to.member_or_null("protocol", answer.place.protocol);
  to.end_object();
  to.open("read");
  to.member("lines", answer.lines);
  to.member("lines_known", answer.lines_known);
  to.member("cut", answer.cut);
  to.end_object();
  if (answer.explanations.empty())
    to.member("send_instead", what_to_send(language));
  else
    to.null("send_instead");
  to.member("known_as_of", known_as_of());
  to.end_object();
  return to.text();
}

}  // namespace mailtap::explain
