#include "certs/advice/full_verdict.h"

#include "certs/advice/advice.h"
#include "certs/clients/opinions.h"
#include "certs/model/signature.h"
#include "certs/verify/dotnet.h"
#include "certs/verify/verify.h"

namespace mailtap::certs {

Verdict full_verdict(const std::vector<Buffer>& sent, const TrustStore& anchors, const Question& question,
                     SignatureMemo& signatures) {
  auto verdict = verify(sent, anchors, question, signatures);
  verdict.dotnet = dotnet_view(verdict, /*anything_sent=*/!sent.empty());
  verdict.client = question.client;
  verdict.clients = clients::opinions_of(sent, anchors, question, signatures, verdict);
  verdict.advice = advice(verdict, question.language);
  return verdict;
}

Verdict full_verdict(const std::vector<Buffer>& sent, const TrustStore& anchors, const Question& question) {
  SignatureMemo signatures;
  return full_verdict(sent, anchors, question, signatures);
}

}  // namespace mailtap::certs
