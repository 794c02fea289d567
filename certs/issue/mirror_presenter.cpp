#include "certs/issue/mirror_presenter.h"

#include <array>

#include <mbedtls/oid.h>
#include <mbedtls/sha256.h>

#include "certs/asn1/der_writer.h"
#include "certs/model/identity.h"

namespace mailtap::certs {

namespace {

/// What is made here doesn't grow old: an expired certificate is repeated as it is.
constexpr Time any_time{};

/// A client that lacks both is shown the server's kind: its own alert says best what it wants.
Lacks lacks_of(const PresentationRequest& request) {
  if (request.client_lacks_ecdsa == request.client_lacks_rsa) return Lacks::nothing;
  return request.client_lacks_ecdsa ? Lacks::ecdsa : Lacks::rsa;
}

}  // namespace

MirrorPresenter::MirrorPresenter(std::shared_ptr<const LocalCa> ca)
    : ca_(std::move(ca)), pool_({{KeySpec::p256(), 4}, {KeySpec::rsa(2048), 4}}) {}

IdentityPtr MirrorPresenter::present_at_once(const PresentationRequest& request) {
  const auto mirrored = chains_.find(cache_key(request), any_time);
  return mirrored ? mirrored->identity : nullptr;
}

Result<IdentityPtr> MirrorPresenter::present(const PresentationRequest& request) {
  return chains_.get(cache_key(request), any_time, [&] { return make(request); })
      .map([](const MirroredPtr& mirrored) { return mirrored->identity; });
}

std::vector<std::string> MirrorPresenter::not_repeated(const PresentationRequest& request) {
  const auto mirrored = chains_.find(cache_key(request), any_time);
  return mirrored ? mirrored->not_repeated : std::vector<std::string>{};
}

std::string MirrorPresenter::cache_key(const PresentationRequest& request) const {
  Buffer all;
  for (const auto& certificate : request.upstream_chain) der::append(all, der::octet_string(certificate));
  std::array<unsigned char, 32> digest{};
  mbedtls_sha256(all.data(), all.size(), digest.data(), 0);
  const auto lacks = lacks_of(request);
  return to_hex(digest) + (goes_under_ca(request) ? " under the local CA" : "") +
         (lacks == Lacks::ecdsa ? " without ECDSA"
          : lacks == Lacks::rsa ? " without RSA"
                                : "");
}

Result<MirrorPresenter::Chains::Made> MirrorPresenter::make(const PresentationRequest& request) {
  const KeySource keys = [this](const std::string& id, KeySpec type) {
    return keys_.get(id, any_time, [&] {
      return pool_.take(type).map([](KeyPtr key) { return Keys::Made{std::move(key)}; });
    });
  };
  const auto lacks = lacks_of(request);
  const auto mirrored = goes_under_ca(request) ? mirror_under_ca(request.upstream_chain, *ca_, keys, lacks)
                                               : mirror_chain(request.upstream_chain, keys, lacks);
  if (!mirrored) return tl::unexpected(mirrored.error());
  const auto key = mirrored->leaf_key->to_der();
  if (!key) return tl::unexpected(key.error());
  auto identity = Identity::from_der(mirrored->chain, *key);
  if (!identity) return tl::unexpected(identity.error());
  // mbedTLS's server would withhold a certificate whose usages don't allow it to be a server's; ours shall
  // show the fault. Only its parsed form forgets them, and nobody else has it yet.
  (*identity)->chain()->MBEDTLS_PRIVATE(ext_types) &=
      ~(MBEDTLS_X509_EXT_KEY_USAGE | MBEDTLS_X509_EXT_EXTENDED_KEY_USAGE);
  return Chains::Made{
      std::make_shared<const Mirrored>(Mirrored{std::move(*identity), mirrored->not_repeated})};
}

}  // namespace mailtap::certs
