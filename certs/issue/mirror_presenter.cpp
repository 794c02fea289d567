#include "certs/issue/mirror_presenter.h"

#include <algorithm>
#include <array>

#include <mbedtls/oid.h>
#include <mbedtls/sha256.h>

#include "certs/asn1/der_writer.h"
#include "certs/asn1/oids.h"
#include "certs/model/certificate.h"
#include "certs/model/identity.h"
#include "certs/model/placeholder.h"

namespace mailtap::certs {

namespace {

/// What is made here doesn't grow old: an expired certificate is repeated as it is.
constexpr Time any_time{};

/// A client that lacks both is shown the server's kind: its own alert says best what it wants.
Lacks lacks_of(const PresentationRequest& request) {
  if (request.client_lacks_ecdsa == request.client_lacks_rsa) return Lacks::nothing;
  return request.client_lacks_ecdsa ? Lacks::ecdsa : Lacks::rsa;
}

/// On a curve that few clients know: in TLS 1.2 they list it (RFC 8422 section 5.1), in TLS 1.3 brainpool's
/// have schemes of their own (RFC 8734).
bool verifies_on_curve_of(Bytes public_key, const PresentationRequest& request) {
  mbedtls_pk_context key;
  mbedtls_pk_init(&key);
  const bool is_read = mbedtls_pk_parse_public_key(&key, public_key.data(), public_key.size()) == 0;
  const auto type = is_read ? type_of(key).value_or(KeySpec{}) : KeySpec{};
  mbedtls_pk_free(&key);
  const auto* curve = mbedtls_ecp_curve_info_from_grp_id(type.curve);
  if (curve == nullptr || type == KeySpec::p256() || type == KeySpec::p384() || type == KeySpec::p521())
    return false;
  const auto has = [](const std::vector<std::uint16_t>& list, unsigned number) {
    return std::find(list.begin(), list.end(), number) != list.end();
  };
  const unsigned scheme = type.curve == MBEDTLS_ECP_DP_BP256R1   ? 0x081A
                          : type.curve == MBEDTLS_ECP_DP_BP384R1 ? 0x081B
                          : type.curve == MBEDTLS_ECP_DP_BP512R1 ? 0x081C
                                                                 : 0;
  return has(request.curves, curve->tls_id) || (scheme != 0 && has(request.signature_algorithms, scheme));
}

/// Whether it may be signed by RSASSA-PSS; without taking it apart, for every connection.
bool names_pss(const Buffer& certificate) {
  return std::search(certificate.begin(), certificate.end(), oid::rsa_pss.begin(), oid::rsa_pss.end(),
                     [](std::uint8_t byte, char wanted) {
                       return byte == static_cast<std::uint8_t>(wanted);
                     }) != certificate.end();
}

/// Of the keys that few clients know only that counts which the server has: the others make no difference to
/// what is shown.
UsableKeys usable_keys(const PresentationRequest& request) {
  UsableKeys keys;
  keys.lacks = lacks_of(request);
  if (request.upstream_chain.empty()) return keys;
  const auto lists = [&](std::initializer_list<std::uint16_t> any) {
    const auto& listed = request.signature_algorithms;
    return std::find_first_of(listed.begin(), listed.end(), any.begin(), any.end()) != listed.end();
  };
  // IANA, "TLS SignatureScheme"; RFC 8422 section 5.10.
  const auto key = describe_key(public_key_of(request.upstream_chain.front()));
  keys.ed25519 = key.type == KeyType::ed25519 && request.client_has_ecdsa_suite && lists({0x0807});
  keys.ed448 = key.type == KeyType::ed448 && request.client_has_ecdsa_suite && lists({0x0808});
  keys.rsa_pss = key.pss_only && request.client_has_rsa_suite && lists({0x0809, 0x080A, 0x080B});
  keys.pss_signatures = lists({0x0804, 0x0805, 0x0806}) &&
                        std::any_of(request.upstream_chain.begin(), request.upstream_chain.end(), names_pss);
  keys.curve = key.type == KeyType::ec && request.client_has_ecdsa_suite &&
               verifies_on_curve_of(public_key_of(request.upstream_chain.front()), request);
  return keys;
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
  const auto keys = usable_keys(request);
  const bool as_it_is = keys.ed25519 || keys.ed448 || keys.rsa_pss || keys.curve;
  return to_hex(digest) + (keys.pss_signatures ? "+pss" : "") +
         (goes_under_ca(request) ? " under the local CA" : "") +
         (as_it_is                     ? " with its kind of key"
          : keys.lacks == Lacks::ecdsa ? " without ECDSA"
          : keys.lacks == Lacks::rsa   ? " without RSA"
                                       : "");
}

Result<MirrorPresenter::Chains::Made> MirrorPresenter::make(const PresentationRequest& request) {
  const KeySource keys = [this](const std::string& id, KeySpec type) {
    return keys_.get(id, any_time, [&] {
      return pool_.take(type).map([](KeyPtr key) { return Keys::Made{std::move(key)}; });
    });
  };
  const auto client = usable_keys(request);
  const auto mirrored = goes_under_ca(request) ? mirror_under_ca(request.upstream_chain, *ca_, keys, client)
                                               : mirror_chain(request.upstream_chain, keys, client);
  if (!mirrored) return tl::unexpected(mirrored.error());
  const auto key = mirrored->leaf_key->to_der();
  if (!key) return tl::unexpected(key.error());
  auto identity = Identity::from_der(mirrored->chain, *key);
  if (!identity)
    return fail(identity.error().message + "; --present issue shows the client one of your own CA instead");
  // mbedTLS's server would withhold a certificate whose usages don't allow it to be a server's; ours shall
  // show the fault. Only its parsed form forgets them, and nobody else has it yet.
  (*identity)->chain()->MBEDTLS_PRIVATE(ext_types) &=
      ~(MBEDTLS_X509_EXT_KEY_USAGE | MBEDTLS_X509_EXT_EXTENDED_KEY_USAGE);
  return Chains::Made{
      std::make_shared<const Mirrored>(Mirrored{std::move(*identity), mirrored->not_repeated})};
}

}  // namespace mailtap::certs
