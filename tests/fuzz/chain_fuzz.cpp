// A chain as a server may send it: certificates one after the other, the last one being the only anchor.
// A path is never trusted unless its first certificate can be read.
#include <cstdlib>

#include "certs/advice/advice.h"
#include "certs/advice/full_verdict.h"
#include "certs/asn1/der.h"
#include "certs/model/certificate.h"
#include "certs/verify/trust_store.h"
#include "certs/verify/verdict.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailtap;
  using namespace mailtap::certs;
  std::vector<Buffer> sent;
  der::Reader reader({data, size});
  while (!reader.done() && sent.size() < 16) {
    const auto one = reader.next();
    if (!one) break;
    sent.emplace_back(one->whole.begin(), one->whole.end());
  }
  if (sent.empty()) return 0;
  const auto store = TrustStore::of({sent.back()});
  const auto trust = store ? *store : *TrustStore::of({});
  const Time at{std::chrono::sys_days{std::chrono::year{2026} / 6 / 15}};
  for (const auto profile : {Profile::rfc5280, Profile::webpki}) {
    const auto verdict = full_verdict(sent, *trust, {"mail.example.com", at, profile});
    if (verdict.trusted() && !parse_certificate(sent.front())) std::abort();
    if (verdict.trusted() != (verdict.causes.empty() || verdict.causes.front() != 1)) std::abort();
    if (at < verdict.holds_from || at >= verdict.holds_until) std::abort();
    (void)steps(verdict, Language::vietnamese);
  }
  return 0;
}
