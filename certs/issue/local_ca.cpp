#include "certs/issue/local_ca.h"

#include <algorithm>
#include <filesystem>

#include "certs/asn1/der_writer.h"
#include "certs/issue/raw_certificate.h"
#include "certs/model/certificate.h"
#include "certs/model/content_kind.h"
#include "certs/model/names.h"
#include "certs/model/pem.h"
#include "config/base/file.h"

namespace mailtap::certs {

namespace {

using std::chrono::days;

constexpr days clock_skew{1};
constexpr days crl_lifetime{7};
constexpr std::size_t max_common_name = 64;  // RFC 5280 appendix A.1, ub-common-name

/// Without a key usage everything is allowed (RFC 5280 section 4.2.1.3).
bool may(const Certificate& certificate, std::uint32_t usage) {
  return !certificate.key_usage || (*certificate.key_usage & usage) != 0;
}

Result<void> write_new(const std::string& cert_file, const std::string& certificate,
                       const std::string& key_file, const std::string& key) {
  if (auto written = create_file(key_file, key, FileMode::owner_only); !written) return written;
  auto written = create_file(cert_file, certificate, FileMode::world_readable);
  std::error_code ignored;
  if (!written)
    std::filesystem::remove(key_file, ignored);  // made by us a moment ago: no half of a pair stays
  return written;
}

}  // namespace

Result<std::vector<Buffer>> read_certificates(const std::string& file) {
  const auto content = read_named_file(file);
  if (!content) return tl::unexpected(content.error());
  auto found = certificates_in(*content);
  if (!found) return fail(file + ": " + found.error().message);
  if (!found->empty()) return found;
  if (kind_of_content(*content) > ContentKind::certificate)
    return fail(file + ": " + without_certificate(*content));
  return fail(file + ": holds no certificate, neither PEM nor DER; give the CA's certificate");
}

std::vector<std::string> names_to_issue(const std::vector<std::string>& names) {
  std::vector<std::string> wanted;
  for (auto name : names) {
    const bool is_wildcard = name.starts_with("*.");
    const bool is_ascii =
        std::all_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (!is_ascii)
      if (const auto reference = reference_name(is_wildcard ? std::string_view(name).substr(2) : name);
          reference.form == ReferenceName::Form::dns)
        name = (is_wildcard ? "*." : "") + reference.dns;
    if (name.size() > 1 && name.ends_with('.')) name.pop_back();
    if (std::find(wanted.begin(), wanted.end(), name) == wanted.end()) wanted.push_back(std::move(name));
  }
  return wanted;
}

Result<void> LocalCa::init(const std::string& cert_file, const std::string& key_file,
                           const LocalCaSettings& settings, Time now) {
  for (const auto& file : {cert_file, key_file}) {
    std::error_code ignored;
    if (std::filesystem::exists(std::filesystem::symlink_status(file, ignored)))
      return fail(
          file + ": exists already, and a CA's file is never overwritten; name another file or move it away");
  }
  if (settings.days < 1) return fail("a CA must be valid for at least one day");
  if (settings.common_name.empty() || settings.common_name.size() > max_common_name)
    return fail("the CA's common name must have 1 to 64 bytes");

  const auto key = PrivateKey::generate(settings.key);
  if (!key) return tl::unexpected(key.error());
  CertificateSpec spec;
  spec.subject = spec.issuer = name_of({{"CN", settings.common_name}});
  spec.not_before = now - clock_skew;
  spec.not_after = now + days{settings.days};
  spec.public_key = (*key)->public_key();
  spec.basic_constraints = BasicConstraints{true, 0};
  spec.key_usage = digital_signature | key_cert_sign | crl_sign;
  spec.name_constraints = settings.name_constraints;
  spec.authority_key_id = key_identifier(spec.public_key);
  const auto certificate = build_certificate(spec, **key);
  if (!certificate) return tl::unexpected(certificate.error());
  const auto key_pem =
      settings.password.empty() ? (*key)->to_pem() : (*key)->to_encrypted_pem(settings.password);
  if (!key_pem) return tl::unexpected(key_pem.error());
  return write_new(cert_file, to_pem(*certificate, "CERTIFICATE"), key_file, *key_pem);
}

Result<std::shared_ptr<const LocalCa>> LocalCa::load(const std::string& cert_file,
                                                     const std::string& key_file, const std::string& password,
                                                     Time now, CaUrls urls) {
  const auto no_ca = [&cert_file](const std::string& why) { return fail(cert_file + ": " + why, "ca-cert"); };
  auto chain = read_certificates(cert_file);
  if (!chain) return fail_about("ca-cert", chain.error());
  const auto parsed = parse_certificate(chain->front());
  const auto raw = parse_raw_certificate(chain->front());
  if (!parsed) return no_ca("the certificate can't be read: " + parsed.error().message + "; give another");
  if (!raw) return no_ca("the certificate can't be read; give another");
  const auto& certificate = **parsed;
  if (!certificate.basic_constraints || !certificate.basic_constraints->ca)
    return no_ca(
        "is no CA certificate (its basic constraints don't say CA), so no client accepts what it signs; "
        "give the CA's, or make one with mailtap ca init");
  if (!may(certificate, key_cert_sign))
    return no_ca(
        "its key usage doesn't allow it to sign certificates; give a CA's, or make one with mailtap ca init");
  const auto not_before = certificate.not_before;
  const auto not_after = certificate.not_after;
  if (now > not_after)
    return no_ca("the CA expired on " + to_rfc3339(not_after) +
                 "; make a new one with mailtap ca init and trust it on the router");
  if (now < not_before)
    return no_ca("the CA is valid only from " + to_rfc3339(not_before) +
                 "; correct this machine's clock, or wait");

  const auto key_content = read_named_file(key_file);
  if (!key_content) return fail_about("ca-key", key_content.error());
  const auto key = PrivateKey::parse(*key_content, password, key_file);
  if (!key) return fail_about("ca-key", key.error());
  if (!(*key)->belongs_to(certificate.spki))
    return fail(key_file + ": this private key doesn't belong to the certificate in " + cert_file +
                    "; give the key that was made with it",
                "ca-key");

  std::shared_ptr<LocalCa> ca(new LocalCa);
  ca->cert_file_ = cert_file;
  ca->subject_.assign(raw->subject.begin(), raw->subject.end());
  const auto key_id = raw->subject_key_id();
  ca->subject_key_id_.assign(key_id.begin(), key_id.end());
  ca->chain_ = std::move(*chain);
  ca->key_ = *key;
  ca->urls_ = std::move(urls);
  ca->not_before_ = not_before;
  ca->not_after_ = not_after;
  ca->publication_name_ = to_hex(Bytes(certificate.sha256).first(certificate.sha256.size() / 2));
  ca->may_sign_crls_ = may(certificate, crl_sign);
  return ca;
}

Result<std::shared_ptr<const LocalCa>> LocalCa::published_at(const std::string& base) const {
  if (!may_sign_crls_)
    return fail(cert_file_ +
                    ": its key usage doesn't allow it to sign CRLs, so crl-listen has nothing to serve; "
                    "use a CA made by mailtap ca init",
                "ca-cert");
  const auto stem = base + "/" + publication_name_;
  std::shared_ptr<LocalCa> published(new LocalCa(*this));
  published->urls_ = {stem + ".crl", stem + ".crt"};
  return published;
}

Result<Buffer> LocalCa::issue(const LeafRequest& request, Time now) const {
  if (request.names.empty())
    return fail("a server certificate needs at least one name; give one with --name");
  if (now > not_after_)
    return fail(cert_file_ + ": the CA expired on " + to_rfc3339(not_after_) +
                "; make a new one with mailtap ca init and trust it on the router");
  if (request.days < 1) return fail("a certificate must be valid for at least one day");

  const auto names = names_to_issue(request.names);
  CertificateSpec spec;
  spec.subject = request.subject;
  if (spec.subject.empty()) {
    const auto& first = names.front();
    spec.subject = first.size() <= max_common_name ? name_of({{"CN", first}}) : name_of({});
  }
  spec.issuer = subject_;
  spec.not_before = now - clock_skew;
  spec.not_after = std::min(now + days{request.days}, not_after_);
  spec.public_key.assign(request.public_key.begin(), request.public_key.end());
  spec.names = names;
  spec.basic_constraints = BasicConstraints{};
  // Without forward secrecy an RSA key deciphers the client's secret (RFC 5246 section 7.4.2).
  const auto key = describe_key(spec.public_key);
  if (key.text == unreadable_key) return fail("the public key can't be read");
  const bool is_rsa = key.type == certs::KeyType::rsa;
  spec.key_usage = digital_signature | (is_rsa ? key_encipherment : KeyUsage{});
  spec.extended_key_usage = {oid::server_auth};
  spec.authority_key_id = subject_key_id_;
  if (!urls_.crl.empty()) spec.crl_urls = {urls_.crl};
  if (!urls_.certificate.empty()) spec.ca_issuer_urls = {urls_.certificate};
  return build_certificate(spec, *key_);
}

Result<Buffer> LocalCa::crl(Time now) const {
  CrlSpec spec;
  spec.issuer = subject_;
  spec.authority_key_id = subject_key_id_;
  // Grows with time without a counter to keep (RFC 5280 section 5.2.3).
  spec.number = static_cast<std::uint64_t>(now.time_since_epoch().count());
  spec.this_update = now - clock_skew;
  spec.next_update = now + crl_lifetime;
  return build_crl(spec, *key_);
}

}  // namespace mailtap::certs
