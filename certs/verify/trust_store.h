// What is trusted: anchors, and the revocation lists that they are judged with.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "certs/model/pointers.h"
#include "config/base/bytes.h"
#include "config/base/result.h"

namespace mailtap::certs {

struct Crl;

/// The trust anchors, and the CRLs. Immutable once made, shared between workers.
class TrustStore {
 public:
  /// Each source is "system", a file (PEM, DER, or PKCS#7 in either) or a folder of such. An empty or
  /// unreadable one is an error that names it, and so are a file of servers' certificates alone, which aren't
  /// self-signed, and a CRL file that can't be parsed.
  static Result<std::shared_ptr<const TrustStore>> load(const std::vector<std::string>& sources,
                                                        const std::vector<std::string>& crl_files = {});
  /// From certificates at hand, DER. It knows no public CAs.
  static Result<std::shared_ptr<const TrustStore>> of(const std::vector<Buffer>& anchors,
                                                      const std::vector<Buffer>& crls = {},
                                                      const std::vector<Buffer>& intermediates = {});
  /// The same anchors with further revocation lists. Of those that couldn't be had `unavailable` says why, by
  /// their URL (RevocationLists): the state of a certificate that names one, and is on no other list, is
  /// unknown.
  static std::shared_ptr<const TrustStore> with_lists(const TrustStore& base,
                                                      const std::vector<std::shared_ptr<const Crl>>& lists,
                                                      std::map<std::string, std::string> unavailable,
                                                      const std::vector<OcspPtr>& responses = {});
  struct Contents;
  explicit TrustStore(std::unique_ptr<const Contents> contents);
  ~TrustStore();
  TrustStore(const TrustStore&) = delete;
  TrustStore& operator=(const TrustStore&) = delete;

  std::size_t size() const;
  const Contents& contents() const { return *contents_; }  ///< trust_store_contents.h

 private:
  std::unique_ptr<const Contents> contents_;
};

}  // namespace mailtap::certs
