// The load client with which the other is checked: one thread, OpenSSL.
#pragma once

#include <memory>

#include "bench/ews_exchange.h"
#include "bench/tool/load.h"
#include "bench/tool/openssl.h"

namespace mailtap::bench {

class OpensslClient final : public LoadClient {
 public:
  /// `name`: sent as SNI.
  static Result<std::unique_ptr<OpensslClient>> make(const Scenario& scenario, std::string name);
  ~OpensslClient() override;

  using LoadClient::run;
  Load run(const sockaddr* address, socklen_t size, const Batch& batch) override;
  void let_go() override;

 private:
  struct Connection;
  struct Run;

  OpensslClient(bool resumes, std::string name);
  static int keep_session(SSL* ssl, SSL_SESSION* session);
  void offer_session(SSL* ssl);

  bool resumes_;
  std::string name_;
  const std::string ews_request_ = ews_request();
  const std::uint64_t ews_response_size_ = ews_response().size();
  ContextPtr context_;
  std::vector<SessionPtr> sessions_;  // newest last
  std::vector<std::unique_ptr<Connection>> held_;
};

}  // namespace mailtap::bench
