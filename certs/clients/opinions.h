// Every client's opinion of one chain, for the verdict.
#pragma once

#include <vector>

#include "certs/verify/verdict.h"
#include "config/base/bytes.h"

namespace mailtap::certs {

class SignatureMemo;
class TrustStore;
struct Question;

}  // namespace mailtap::certs

namespace mailtap::certs::clients {

/// In the order of profiles(). `verdict`: of the same question, with its .NET view.
std::vector<ClientOpinion> opinions_of(const std::vector<Buffer>& sent, const TrustStore& store,
                                       const Question& question, SignatureMemo& signatures,
                                       const Verdict& verdict);

}  // namespace mailtap::certs::clients
