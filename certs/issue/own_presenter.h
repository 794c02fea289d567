// Presentation mode `own`: certificates that the route is given.
#pragma once

#include <vector>

#include "certs/issue/presenter.h"

namespace mailtap::certs {

/// The certificates whose names match the SNI, exactly before by wildcard; if none does, the first one given
/// and those after it. Of several, one with a key that the client can verify; ECDSA before RSA, as it is
/// cheaper.
class OwnPresenter final : public Presenter {
 public:
  /// At least one.
  explicit OwnPresenter(std::vector<IdentityPtr> identities) : identities_(std::move(identities)) {}

  bool needs_upstream_chain() const override { return false; }
  IdentityPtr present_at_once(const PresentationRequest& request) override;
  Result<IdentityPtr> present(const PresentationRequest& request) override {
    return present_at_once(request);
  }

 private:
  const std::vector<IdentityPtr> identities_;
};

}  // namespace mailtap::certs
