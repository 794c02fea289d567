#include "proxy/route/risks.h"

#include <algorithm>

#include "certs/advice/client_certificate.h"
#include "certs/model/certificate.h"
#include "certs/model/content_kind.h"
#include "certs/model/names.h"
#include "certs/model/pem.h"
#include "certs/verify/name_matching.h"
#include "config/base/days.h"
#include "config/base/file.h"
#include "config/route.h"

namespace mailtap::proxy {

namespace {

/// A PEM file that has both, or a PFX.
bool holds_private_key(const std::string& file) {
  const auto content = read_file(file);
  if (!content) return false;
  const bool is_pfx = certs::kind_of_content(*content) == certs::ContentKind::pfx;
  return is_pfx || content->find("PRIVATE KEY-----") != std::string::npos;
}

/// The first one of a file; null: there is none that can be read.
certs::CertificatePtr certificate_in(const std::string& file) {
  const auto content = read_file(file);
  const auto certificates =
      content ? certs::certificates_in(*content) : Result<std::vector<Buffer>>(fail(""));
  if (!certificates || certificates->empty()) return nullptr;
  auto certificate = certs::parse_certificate(certificates->front());
  return certificate ? *certificate : nullptr;
}

/// Of the certificate that the route shows to servers; empty: it is fit for that, or can't be read.
std::string client_certificate_risk(const std::string& file) {
  if (file.empty()) return {};
  const auto certificate = certificate_in(file);
  return certificate ? certs::unfit_for_clients(*certificate, certs::Language::english).value_or("") : "";
}

/// Of the dates of what clients are shown, or of a CA that signs it; empty: none.
std::string validity_risk(const std::string& file, const certs::Certificate& certificate, Time now) {
  constexpr std::chrono::days soon{30};
  if (certificate.not_after < now)
    return file + " expired on " + date_of(certificate.not_after) + ", so clients refuse it: renew it";
  if (certificate.not_before > now)
    return file + " is valid only from " + date_of(certificate.not_before) +
           ", so clients refuse it until then: correct this machine's clock, or give another";
  if (certificate.not_after < now + soon)
    return file + " expires on " + date_of(certificate.not_after) + ": renew it before";
  return {};
}

/// Of the certificates that are shown as they are.
std::vector<std::string> own_certificate_risks(const config::Route& route, Time now) {
  std::vector<std::string> risks;
  std::vector<std::string> names;
  bool is_for_name = false;
  const auto wanted = certs::reference_name(route.name);
  for (const auto& file : route.cert) {
    const auto certificate = certificate_in(file);
    if (!certificate) return {};  // an error says why
    if (auto risk = validity_risk(file, *certificate, now); !risk.empty()) risks.push_back(std::move(risk));
    is_for_name = is_for_name || certs::match_name(*certificate, wanted).matches;
    for (auto& name : certs::names_of(*certificate)) names.push_back(std::move(name));
  }
  if (!route.cert.empty() && !route.name.empty() && !is_for_name)
    risks.push_back(join(route.cert, ", ") +
                    (names.empty() ? " has no name" : " is for " + join(names, ", ")) +
                    ", and clients ask for " + route.name +
                    ", so they refuse it: give a certificate for that name, or correct name");
  return risks;
}

}  // namespace

std::vector<Risk> find_risks(const config::Route& route, Time now) {
  std::vector<Risk> risks;
  const auto add = [&](std::string_view option, std::string risk) {
    risks.push_back({option, std::move(risk)});
  };
  if (route.mode != config::Mode::observe)
    for (auto& risk : own_certificate_risks(route, now)) add("cert", std::move(risk));
  if (route.mode != config::Mode::observe && !route.ca_cert.empty())
    if (const auto found = certificate_in(route.ca_cert))
      if (auto risk = validity_risk(route.ca_cert, *found, now); !risk.empty())
        add("ca-cert", std::move(risk));
  const bool checks_upstream = route.require_trusted || !route.pins.empty() || !route.pin_file.empty();
  if (route.present != config::Presentation::mirror && !checks_upstream)
    add("present",
        "clients are shown a good certificate whatever the server's is worth, so they are no longer "
        "protected from "
        "a false server: add require-trusted, pin or pin-file");
  if (route.allow_plaintext)
    add("allow-plaintext",
        "where a server, or somebody before it, doesn't offer STARTTLS, passwords and mail pass in "
        "plaintext");
  if (route.legacy_tls.any())
    add("legacy-tls", std::string("legacy-tls allows TLS 1.0 and 1.1") +
                          (route.legacy_tls.ssl3 ? ", and SSL 3.0, which is broken," : "") +
                          " by mbedTLS 2.28, which is no longer maintained: for networks that you trust, and "
                          "only as long as "
                          "there "
                          "are peers that need it (docs/legacy.md)");
  const auto check_key = [&](std::string_view option, const std::string& file) {
    if (file.empty()) return;
    if (const auto risk = key_file_risk(file); !risk.empty()) add(option, std::string(option) + ": " + risk);
  };
  for (const auto& key : route.key) check_key("key", key);
  for (const auto& cert : route.cert)
    if (std::find(route.key.begin(), route.key.end(), cert) == route.key.end() && holds_private_key(cert))
      check_key("cert", cert);
  check_key("ca-key", route.ca_key);
  check_key("ca-key-password-file", route.ca_key_password_file);
  check_key("client-key", route.client_key);
  if (route.client_cert != route.client_key && !route.client_cert.empty() &&
      holds_private_key(route.client_cert))
    check_key("client-cert", route.client_cert);
  if (const auto risk = client_certificate_risk(route.client_cert); !risk.empty())
    add("client-cert", "client-cert: " + risk);
  if (!route.keylog.empty())
    add("keylog",
        "TLS secrets are written to " + route.keylog + ": whoever reads it can decrypt the traffic");
  if (route.trace.secrets)
    add("trace-secrets", "TLS secrets are written into the traces in " + route.trace.folder +
                             ": whoever reads them can read the traffic");
  return risks;
}

std::vector<std::string> risks_of(const config::Route& route) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  std::vector<std::string> told;
  for (const auto& risk : find_risks(route, now)) told.push_back(route.id + ": " + risk.text);
  return told;
}

}  // namespace mailtap::proxy
