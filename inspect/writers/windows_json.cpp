#include "inspect/writers/windows_json.h"

#include "certs/system/windows_says.h"
#include "certs/verify/verdict.h"

namespace mailtap::inspect {

namespace {

void write_bits(JsonWriter& to, std::uint32_t status) {
  for (const auto& bit : certs::bits_of(status)) to.value(bit.name);
}

}  // namespace

void write_windows(JsonWriter& to, const certs::SystemVerdict* windows, const certs::Verdict* verdict) {
  if (windows == nullptr) return to.null("windows");
  to.open("windows");
  if (windows->known())
    to.member("accepts", windows->accepts());
  else
    to.null("accepts");
  const bool refuses = windows->known() && windows->policy != 0;
  to.member_or_null("policy", refuses ? certs::policy_name(windows->policy) : "");
  to.member_or_null("policy_code", refuses ? certs::windows_number(windows->policy) : "");
  to.open_array("status");
  write_bits(to, windows->status);
  to.end_array();
  to.open_array("elements");
  for (const auto status : windows->elements) {
    to.start_array();
    write_bits(to, status);
    to.end_array();
  }
  to.end_array();
  to.member_or_null("name", !windows->name_known ? "" : windows->name == 0 ? "match" : "mismatch");
  to.member_or_null("error", windows->known() ? "" : certs::windows_number(windows->failure));
  to.sentences("differences", verdict == nullptr ? std::vector<std::string>{}
                                                 : certs::windows_differences(*windows, *verdict));
  to.end_object();
}

}  // namespace mailtap::inspect
