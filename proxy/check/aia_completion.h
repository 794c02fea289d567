// Would the certificates that AIA names complete a chain, as Windows does it by itself?
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proxy/check/check.h"
#include "proxy/check/http_fetch.h"

namespace mailtap::check {

/// True if the report's chain doesn't reach a root.
bool is_incomplete(const certs::Verdict& verdict);

/// Fetches issuer after issuer, from the highest certificate of the path on, and judges anew each time. It
/// ends when the chain reaches a root, when nothing more can be had, or after most_issuers.
class AiaCompletion {
 public:
  /// It must not be destroyed in it.
  using Done = std::function<void(Completion completion)>;
  static constexpr std::size_t most_issuers = 4;

  /// `chain`: DER, what was sent.
  AiaCompletion(const Network& network, const Options& options, std::string name, std::vector<Buffer> chain,
                Done done);
  void start();

 private:
  void on_fetched(const std::string& url, Result<std::string> body);

  const Network& network_;
  const Options& options_;
  const std::string name_;
  std::vector<Buffer> chain_;
  const Done done_;
  std::vector<std::unique_ptr<HttpFetch>> fetches_;
};

}  // namespace mailtap::check
