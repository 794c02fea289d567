#pragma once
#include "certs/verdict.h"
namespace mailtap::certs {
class VerdictCache { public: std::shared_ptr<const Verdict> judge(const std::vector<Buffer>&, const std::shared_ptr<const TrustStore>&, const Question& q){ auto v=std::make_shared<Verdict>(); v->name_checked=q.name; v->name_matches=true; v->findings={{Fault::self_signed,0,"stub"}}; return v; } };
}
