#include "proxy/demo/lab.h"

#include <utility>

#include "certs/asn1/der_writer.h"
#include "certs/issue/builder.h"

namespace mailtap::demo {

namespace {

using certs::BasicConstraints;
using certs::CertificateSpec;
using certs::KeyPtr;
using certs::KeySpec;
using std::chrono::days;

/// A certificate together with what issues by it.
struct Authority {
  Buffer name;
  KeyPtr key;
  Buffer certificate;
};

/// Makes certificates; the first failure is kept and makes everything after it empty.
class Workshop {
 public:
  explicit Workshop(Time now) : now_(now) {}

  KeyPtr key(KeySpec type = KeySpec::p256()) { return keep(certs::PrivateKey::generate(type)); }

  /// A CA below `issuer`; null: a root. `change` may spoil it.
  template <class Change>
  Authority authority(const std::string& common_name, const Authority* issuer, Change change) {
    Authority made{certs::name_of({{"O", "Contoso"}, {"CN", common_name}}), key(), {}};
    if (failed()) return made;
    CertificateSpec spec;
    spec.subject = made.name;
    spec.not_before = now_ - days{1000};
    spec.not_after = now_ + days{2000};
    spec.public_key = made.key->public_key();
    spec.basic_constraints = BasicConstraints{true, {}};
    spec.key_usage = certs::key_cert_sign | certs::crl_sign;
    change(spec);
    made.certificate = sign(std::move(spec), issuer != nullptr ? *issuer : made);
    return made;
  }
  Authority authority(const std::string& common_name, const Authority* issuer) {
    return authority(common_name, issuer, [](CertificateSpec&) {});
  }

  /// What a good server certificate for the configured name looks like.
  CertificateSpec server(const KeyPtr& key) const {
    CertificateSpec spec;
    if (failed()) return spec;
    spec.subject = certs::name_of({{"O", "Contoso"}, {"CN", std::string(configured_name)}});
    spec.not_before = now_ - days{30};
    spec.not_after = now_ + days{60};
    spec.public_key = key->public_key();
    spec.names = {std::string(configured_name), "autodiscover.contoso.example"};
    spec.key_usage = certs::digital_signature;
    spec.extended_key_usage = {certs::oid::server_auth};
    return spec;
  }

  Buffer sign(CertificateSpec spec, const Authority& issuer) {
    if (failed()) return {};
    spec.issuer = issuer.name;
    spec.authority_key_id = certs::key_identifier(issuer.key->public_key());
    return keep(certs::build_certificate(spec, *issuer.key));
  }

  Buffer crl(const Authority& issuer, const Buffer& serial) {
    if (failed()) return {};
    certs::CrlSpec spec;
    spec.issuer = issuer.name;
    spec.authority_key_id = certs::key_identifier(issuer.key->public_key());
    spec.this_update = now_ - days{1};
    spec.next_update = now_ + days{7};
    spec.revoked = {{serial, now_ - days{2}}};
    return keep(certs::build_crl(spec, *issuer.key));
  }

  bool failed() const { return !outcome_; }
  const Result<void>& outcome() const { return outcome_; }
  Time now() const { return now_; }

 private:
  template <class T>
  T keep(Result<T> made) {
    if (made) return std::move(*made);
    if (outcome_) outcome_ = tl::unexpected(made.error());
    return {};
  }

  const Time now_;
  Result<void> outcome_;
};

/// The names that Exchange's set-up puts on its own certificate: the machine's, not the URL's.
void name_like_exchange_setup(CertificateSpec& spec) {
  spec.subject = certs::name_of({{"CN", "EX01"}});
  spec.names = {"ex01", "ex01.contoso.local"};
}

/// Windows AD CS marks what it issues with the template's name in UTF-16 (szOID_ENROLL_CERTTYPE).
certs::ExtensionSpec template_of_adcs() {
  Buffer utf16;
  for (const char c : std::string_view("WebServer")) {
    utf16.push_back(0);
    utf16.push_back(static_cast<std::uint8_t>(c));
  }
  constexpr std::uint8_t bmp_string = 0x1e;
  return {certs::der::parse_oid("1.3.6.1.4.1.311.20.2").value(), false,
          certs::der::element(bmp_string, utf16)};
}

certs::ExtensionSpec unknown_extension(bool critical) {
  return {certs::der::parse_oid("1.3.6.1.4.1.99999.1").value(), critical, certs::der::octet_string({})};
}

Expected untrusted(std::vector<std::string> faults) {
  return {.faults = std::move(faults), .causes = {1}};
}
/// The same, of a fault that a client like the router doesn't see.
Expected overlooked(std::vector<std::string> faults) {
  return {.faults = std::move(faults), .causes = {1}, .router_refuses = false};
}

}  // namespace

Result<Lab> make_lab(Time now) {
  Workshop workshop(now);
  Lab lab;
  const auto root = workshop.authority("Contoso Root CA", nullptr);
  const auto issuing = workshop.authority("Contoso Issuing CA", &root);
  lab.root = root.certificate;

  // One server: its leaf, good but for what `spoil` does, issued by `issuer`, and what it sends above the
  // leaf.
  const auto add = [&](std::string id, Expected expected, const Authority& issuer, std::vector<Buffer> above,
                       const auto& spoil, KeySpec type = KeySpec::p256()) {
    const auto key = workshop.key(type);
    auto spec = workshop.server(key);
    spoil(spec);
    above.insert(above.begin(), workshop.sign(std::move(spec), issuer));
    lab.servers.push_back({std::move(id), std::move(above), key, std::move(expected)});
  };
  const auto add_self_signed = [&](std::string id, Expected expected, const auto& spoil) {
    const auto key = workshop.key();
    auto spec = workshop.server(key);
    spoil(spec);
    const Authority itself{spec.subject, key, {}};
    lab.servers.push_back(
        {std::move(id), {workshop.sign(std::move(spec), itself)}, key, std::move(expected)});
  };
  const auto as_it_is = [](CertificateSpec&) {};
  const auto sent = issuing.certificate;

  add("good", {.router_refuses = false}, issuing, {sent}, as_it_is);
  add("wrong-name", {.name_matches = false, .causes = {2}}, issuing, {sent}, name_like_exchange_setup);
  add_self_signed("self-signed", untrusted({"self-signed"}), as_it_is);
  add_self_signed("self-signed-wrong-name",
                  {.faults = {"self-signed"}, .name_matches = false, .causes = {1, 2}},
                  name_like_exchange_setup);

  const auto other_root = workshop.authority("Contoso-DC01-CA", nullptr);
  add("untrusted-ca", untrusted({"untrusted-root"}), other_root, {other_root.certificate},
      [](auto& spec) { spec.extensions.push_back(template_of_adcs()); });
  add("incomplete-chain", untrusted({"incomplete-chain"}), issuing, {}, as_it_is);

  add("expired", untrusted({"expired"}), issuing, {sent}, [&](auto& spec) {
    spec.not_before = now - days{400};
    spec.not_after = now - days{35};
  });
  add("not-yet-valid", untrusted({"not-yet-valid"}), issuing, {sent},
      [&](auto& spec) { spec.not_before = now + days{5}; });
  const Buffer revoked_serial{0x4d, 0x41, 0x49, 0x4c};
  add("revoked", overlooked({"revoked"}), issuing, {sent}, [&](auto& spec) { spec.serial = revoked_serial; });
  lab.crl = workshop.crl(issuing, revoked_serial);

  add(
      "weak", untrusted({"weak-key", "weak-signature"}), issuing, {sent},
      [](auto& spec) { spec.hash = MBEDTLS_MD_SHA1; }, KeySpec::rsa(1024));
  add("bad-signature", untrusted({"bad-signature"}), issuing, {sent},
      [](auto& spec) { spec.break_signature = true; });
  add("wrong-usage", untrusted({"wrong-usage"}), issuing, {sent},
      [](auto& spec) { spec.extended_key_usage = {certs::oid::client_auth}; });
  add("critical-extension", untrusted({"critical-extension"}), issuing, {sent},
      [](auto& spec) { spec.extensions.push_back(unknown_extension(true)); });
  // The same extension twice, which RFC 5280 section 4.2 forbids. Most clients overlook it.
  add("malformed", overlooked({"malformed"}), issuing, {sent}, [](auto& spec) {
    spec.extensions.push_back(unknown_extension(false));
    spec.extensions.push_back(unknown_extension(false));
  });

  const auto no_ca = workshop.authority("Contoso Web Server", &root, [](auto& spec) {
    spec.basic_constraints = BasicConstraints{false, {}};
    spec.key_usage = certs::digital_signature;
  });
  add("not-a-ca", untrusted({"not-a-ca"}), no_ca, {no_ca.certificate}, as_it_is);
  const auto constrained = workshop.authority("Contoso Branch CA", &root, [](auto& spec) {
    spec.name_constraints.permitted = {"branch.contoso.example"};
  });
  add("constraint-violation", untrusted({"constraint-violation"}), constrained, {constrained.certificate},
      as_it_is);

  if (workshop.failed()) return tl::unexpected(workshop.outcome().error());
  return lab;
}

}  // namespace mailtap::demo
