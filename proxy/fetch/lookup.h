// Looks up what judging a server's chain needs beyond the handshake, if the user wants it: the issuers that
// the server left out, as Windows fetches them (AIA), the revocation lists of the chain's certificates, and
// what OCSP responders say of them.
//
//   fetch_cache.h  one file, fetched once for all who ask (by the client in proxy/http)
//   lookup.h       everything that one chain needs
//   lookups.h      the look-ups of a worker's connections, remembered
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "certs/model/pointers.h"
#include "certs/verify/question.h"
#include "inspect/looked_up.h"
#include "proxy/fetch/fetch_cache.h"

namespace mailtap::certs {
class TrustStore;
struct Verdict;
}  // namespace mailtap::certs

namespace mailtap::fetch {

struct LookupRequest {
  std::shared_ptr<const certs::TrustStore> trust;
  certs::Question question;
  std::vector<Buffer> chain;  ///< DER, as sent
  bool issuers = false;       ///< by AIA, if the chain is incomplete
  bool lists = false;         ///< the CRLs that the path's certificates name
  bool responses = false;     ///< what the OCSP responders say that they name
  std::size_t max_list_bytes = std::size_t{1} << 20;
};

struct LookupResult {
  inspect::LookedUp found;
  /// The request's, with the lists and answers that were found and those that weren't: what to judge by.
  std::shared_ptr<const certs::TrustStore> trust;
  bool failed = false;             ///< something couldn't be had: worth asking again soon
  Time lists_until = Time::max();  ///< the earliest nextUpdate, of responses too
};

/// True if the chain doesn't reach a root.
bool is_incomplete(const certs::Verdict& verdict);

class Lookup {
 public:
  /// It must not be destroyed in it.
  using Done = std::function<void(LookupResult result)>;
  static constexpr std::size_t max_issuers = 4;
  /// Far above any certificate or PKCS#7 of a few.
  static constexpr std::size_t max_issuer_bytes = std::size_t{64} * 1024;

  Lookup(FetchCache& cache, LookupRequest request, Done done);
  ~Lookup();
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  /// Once. `done` may be called from within, if all is known.
  void start();

 private:
  void complete();
  void on_issuer(const std::string& url, const Result<std::string>& body);
  void completed(bool reaches_root, std::string detail);

  void collect_certificates();
  void next_list();
  void give_up(const certs::Certificate& certificate);
  void ask_for_list(const certs::CertificatePtr& certificate, std::size_t which);
  std::string keep_list(const certs::Certificate& certificate, const Result<std::string>& body);
  void next_question();
  void ask_responder(const certs::CertificatePtr& certificate, const certs::CertificatePtr& issuer,
                     std::size_t which);
  std::string keep_response(const certs::Certificate& certificate, const certs::Certificate& issuer,
                            const Result<std::string>& body);
  void leave_unanswered(const certs::Certificate& certificate, const std::string& url,
                        const std::string& problem);
  certs::CertificatePtr issuer_of(const certs::Certificate& certificate) const;
  void finish();

  FetchCache& cache_;
  const LookupRequest request_;
  const Done done_;
  LookupResult result_;
  std::vector<Buffer> chain_;  ///< with the issuers fetched
  std::size_t issuers_ = 0;
  std::vector<certs::CertificatePtr> unasked_;       ///< whose lists are still to be had
  std::vector<certs::CertificatePtr> unquestioned_;  ///< whose responders are still to be asked
  std::vector<certs::CrlPtr> lists_;
  std::vector<certs::OcspPtr> responses_;
  std::map<std::string, std::string> unavailable_;
};

}  // namespace mailtap::fetch
