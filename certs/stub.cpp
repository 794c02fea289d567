#include "certs/verdict.h"
namespace mailtap::certs { struct T:TrustStore{ std::size_t size() const override {return 1;} };
Result<std::shared_ptr<const TrustStore>> TrustStore::load(const std::vector<std::string>&,const std::vector<std::string>&){ return std::make_shared<T>(); } 
Verdict judge(const std::vector<Buffer>&, const TrustStore&, const Question&){return {};} }
