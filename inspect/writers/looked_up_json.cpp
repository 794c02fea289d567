#include "inspect/writers/looked_up_json.h"

namespace mailtap::inspect {

namespace {

void write_completion(JsonWriter& to, const std::optional<Completion>& completion) {
  if (!completion) return to.null("aia");
  to.open("aia");
  to.member("reaches_root", completion->reaches_root);
  to.open_array("faults");
  for (const auto fault : completion->faults) to.value(certs::to_string(fault));
  to.end_array();
  to.sentence_or_null("detail", completion->detail);
  to.end_object();
}

/// Addresses that were asked, each with what is wrong with its answer.
template <class Answers>
void write_answers(JsonWriter& to, std::string_view name, const std::optional<Answers>& answers) {
  if (!answers) return to.null(name);
  to.open_array(name);
  for (const auto& answer : *answers) {
    to.start_object();
    to.member_or_null("url", answer.url);
    to.sentence_or_null("problem", answer.problem);
    to.end_object();
  }
  to.end_array();
}

}  // namespace

void write_looked_up(JsonWriter& to, const LookedUp& looked_up) {
  write_completion(to, looked_up.completion);
  write_answers(to, "crl", looked_up.lists);
  write_answers(to, "ocsp", looked_up.responses);
}

}  // namespace mailtap::inspect
