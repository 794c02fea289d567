// Presentation mode `issue`: a leaf of the local CA for the name that the router connects to.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "certs/issue/key_pool.h"
#include "certs/issue/local_ca.h"
#include "certs/issue/presenter.h"

namespace mailtap::certs {

/// A leaf's names: the configured name, those that the route adds, and the SNI if it is another one. One leaf
/// for each set of names and key type (ECDSA P-256, or RSA-2048 for a client that doesn't verify ECDSA); kept
/// in a bounded cache and made anew when two thirds of its life are over.
class IssuingPresenter final : public Presenter {
 public:
  using Clock = std::function<Time()>;
  static constexpr std::size_t cached_leaves = 1024;

  IssuingPresenter(std::shared_ptr<const LocalCa> ca, std::vector<std::string> further_names, Clock clock);

  bool needs_upstream_chain() const override { return false; }
  IdentityPtr present_at_once(const PresentationRequest& request) override;
  Result<IdentityPtr> present(const PresentationRequest& request) override;
  std::shared_ptr<const LocalCa> local_ca() const override { return ca_; }
  CacheCounters counters() const override { return leaves_.counters(); }

 private:
  using Leaves = MadeOnce<IdentityPtr>;

  std::vector<std::string> names_for(const PresentationRequest& request) const;
  Result<Leaves::Made> make_leaf(const std::vector<std::string>& names, KeySpec type, Time now);

  const std::shared_ptr<const LocalCa> ca_;
  const std::vector<std::string> further_names_;
  const Clock clock_;
  Leaves leaves_{cached_leaves};
  KeyPool keys_;
};

}  // namespace mailtap::certs
