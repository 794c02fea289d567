#include "certs/issue/issuing_presenter.h"

#include <algorithm>

#include "certs/model/identity.h"

namespace mailtap::certs {

namespace {

constexpr std::size_t max_dns_name = 253;

/// The SNI is a stranger's: only what a host name is made of may get into a certificate.
bool is_host_name(std::string_view name) {
  return !name.empty() && name.size() <= max_dns_name && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

KeySpec key_type_for(const PresentationRequest& request) {
  return request.client_verifies_ecdsa ? KeySpec::p256() : KeySpec::rsa(2048);
}

std::string cache_key(const std::vector<std::string>& names, KeySpec type) {
  return to_string(type) + " " + join(names, ",");
}

}  // namespace

IssuingPresenter::IssuingPresenter(std::shared_ptr<const LocalCa> ca, std::vector<std::string> further_names,
                                   Clock clock)
    : ca_(std::move(ca)),
      further_names_(std::move(further_names)),
      clock_(std::move(clock)),
      keys_({{KeySpec::p256(), 16}, {KeySpec::rsa(2048), 4}}) {}

IdentityPtr IssuingPresenter::present_at_once(const PresentationRequest& request) {
  return leaves_.find(cache_key(names_for(request), key_type_for(request)), clock_());
}

Result<IdentityPtr> IssuingPresenter::present(const PresentationRequest& request) {
  const auto names = names_for(request);
  const auto type = key_type_for(request);
  const auto now = clock_();
  return leaves_.get(cache_key(names, type), now, [&] { return make_leaf(names, type, now); });
}

std::vector<std::string> IssuingPresenter::names_for(const PresentationRequest& request) const {
  std::vector<std::string> names;
  const auto add = [&names](std::string name) {
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(std::move(name));
  };
  add(to_lower_ascii(request.name));
  for (const auto& name : further_names_) add(to_lower_ascii(name));
  if (auto sni = to_lower_ascii(request.sni); is_host_name(sni)) add(std::move(sni));
  return names;
}

Result<IssuingPresenter::Leaves::Made> IssuingPresenter::make_leaf(const std::vector<std::string>& names,
                                                                   KeySpec type, Time now) {
  const auto key = keys_.take(type);
  if (!key) return tl::unexpected(key.error());
  const auto leaf = ca_->issue({names, (*key)->public_key(), {}}, now);
  if (!leaf) return tl::unexpected(leaf.error());
  const auto key_der = (*key)->to_der();
  if (!key_der) return tl::unexpected(key_der.error());

  std::vector<Buffer> chain{*leaf};
  chain.insert(chain.end(), ca_->chain().begin(), ca_->chain().end());
  auto identity = Identity::from_der(chain, *key_der);
  if (!identity) return tl::unexpected(identity.error());
  const auto left = (*identity)->not_after() - now;
  return Leaves::Made{std::move(*identity), now + left * 2 / 3};
}

}  // namespace mailtap::certs
