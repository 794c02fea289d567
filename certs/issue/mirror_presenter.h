// Presentation mode `mirror`: the upstream's certificates again, with keys of ours.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "certs/issue/key_pool.h"
#include "certs/issue/local_ca.h"
#include "certs/issue/mirror.h"
#include "certs/issue/presenter.h"

namespace mailtap::certs {

/// The same upstream chain always gives the same mirrored chain, and the same key of theirs the same key of
/// ours (until it falls out of a bounded cache). With a local CA, an upstream that is trusted is mirrored
/// under it.
class MirrorPresenter final : public Presenter {
 public:
  static constexpr std::size_t cached_chains = 1024;

  /// `ca` may be null.
  explicit MirrorPresenter(std::shared_ptr<const LocalCa> ca);

  bool needs_upstream_chain() const override { return true; }
  IdentityPtr present_at_once(const PresentationRequest& request) override;
  Result<IdentityPtr> present(const PresentationRequest& request) override;
  std::vector<std::string> not_repeated(const PresentationRequest& request) override;
  std::shared_ptr<const LocalCa> local_ca() const override { return ca_; }
  CacheCounters counters() const override { return chains_.counters(); }

 private:
  struct Mirrored {
    IdentityPtr identity;
    std::vector<std::string> not_repeated;
  };
  using MirroredPtr = std::shared_ptr<const Mirrored>;
  using Chains = MadeOnce<MirroredPtr>;
  using Keys = MadeOnce<KeyPtr>;

  bool goes_under_ca(const PresentationRequest& request) const { return ca_ && request.upstream_trusted; }
  std::string cache_key(const PresentationRequest& request) const;
  Result<Chains::Made> make(const PresentationRequest& request);

  const std::shared_ptr<const LocalCa> ca_;
  Chains chains_{cached_chains};
  Keys keys_{2 * cached_chains};
  KeyPool pool_;
};

}  // namespace mailtap::certs
