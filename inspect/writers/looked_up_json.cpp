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

}  // namespace

void write_looked_up(JsonWriter& to, const LookedUp& looked_up) {
  write_completion(to, looked_up.completion);
  if (!looked_up.lists) return to.null("crl");
  to.open_array("crl");
  for (const auto& list : *looked_up.lists) {
    to.start_object();
    to.member_or_null("url", list.url);
    to.sentence_or_null("problem", list.problem);
    to.end_object();
  }
  to.end_array();
}

}  // namespace mailtap::inspect
