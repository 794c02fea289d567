#include "inspect/writers/direct_json.h"

#include "tls/names.h"

namespace mailtap::inspect {

void write_direct(JsonWriter& to, std::string_view key, const Direct& direct) {
  to.open(key);
  direct.agrees ? to.member("agrees", *direct.agrees) : to.null("agrees");
  const auto agreed = tls::names_of(direct.version, direct.cipher_suite, direct.group);
  to.member_or_null("tls", agreed.version);
  to.member_or_null("cipher", agreed.cipher_suite);
  to.member_or_null("group", agreed.group);
  to.member_or_null("alpn", direct.alpn);
  to.member("hello_retry_request", direct.hello_retry_request);
  direct.alert ? to.member("alert", *direct.alert) : to.null("alert");
  to.member_or_null("cause", to_string(direct.cause));
  to.member_or_null("detail", direct.detail);
  to.member_or_null("finding", direct.finding);
  to.member_or_null("advice", direct.advice);
  to.member("source", direct.from_cache ? "cache" : "probe");
  to.end_object();
}

}  // namespace mailtap::inspect
