// What clients of the local CA fetch over HTTP: its CRL, which SChannel clients that check revocation insist
// on, and its certificate (RFC 5280 sections 4.2.1.13 and 4.2.2.1).
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "certs/issue/local_ca.h"
#include "inspect/writers/messages.h"
#include "proxy/http/server.h"
#include "proxy/net/timer.h"

namespace mailtap::proxy {

using LocalCaPtr = std::shared_ptr<const certs::LocalCa>;

/// A CA with a CRL that it has signed.
struct PublishedCa {
  LocalCaPtr ca;
  std::string crl;  ///< DER
  Time signed_at{};
};

/// Lives on one loop. A CRL is valid for a week and made anew every day, in libuv's thread pool.
class CaPublication {
 public:
  using Clock = std::function<Time()>;
  static constexpr std::chrono::hours renew_after{24};

  CaPublication(uv_loop_t* loop, const inspect::Messages& messages, Clock clock,
                std::chrono::milliseconds check_every = std::chrono::minutes{10});
  ~CaPublication();
  CaPublication(const CaPublication&) = delete;
  CaPublication& operator=(const CaPublication&) = delete;

  /// Signs the first CRL of each, once for those that are the same; so not on a busy loop.
  static Result<std::vector<PublishedCa>> sign(const std::vector<LocalCaPtr>& authorities, Time now);

  /// From now on these and no others.
  void publish(std::vector<PublishedCa> authorities);
  /// From any thread.
  http::Response answer(const http::Request& request) const;

 private:
  struct Renewal;
  void renew_due();
  void renewed(const std::string& name, Result<PublishedCa> made);

  uv_loop_t* loop_;
  const inspect::Messages& messages_;
  const Clock clock_;
  mutable std::mutex mutex_;                      // answer() may be asked on another thread
  std::map<std::string, PublishedCa> published_;  // by LocalCa::publication_name; changed on the loop alone
  std::map<std::string, Renewal*> renewals_;      // under way
  net::Timer check_;
};

}  // namespace mailtap::proxy
