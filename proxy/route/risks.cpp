#include "proxy/route/risks.h"

#include <algorithm>

#include "certs/advice/client_certificate.h"
#include "certs/model/certificate.h"
#include "certs/model/content_kind.h"
#include "certs/model/pem.h"
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

/// Of the certificate that the route shows to servers; empty: it is fit for that, or can't be read.
std::string client_certificate_risk(const std::string& file) {
  if (file.empty()) return {};
  const auto content = read_file(file);
  const auto certificates =
      content ? certs::certificates_in(*content) : Result<std::vector<Buffer>>(fail(""));
  if (!certificates || certificates->empty()) return {};
  const auto certificate = certs::parse_certificate(certificates->front());
  return certificate ? certs::unfit_for_clients(**certificate, certs::Language::english).value_or("") : "";
}

}  // namespace

std::vector<std::string> risks_of(const config::Route& route) {
  std::vector<std::string> risks;
  const auto add = [&](const std::string& risk) { risks.push_back(route.id + ": " + risk); };
  const bool checks_upstream = route.require_trusted || !route.pins.empty() || !route.pin_file.empty();
  if (route.present != config::Presentation::mirror && !checks_upstream)
    add("clients are shown a good certificate whatever the server's is worth, so they are no longer "
        "protected from "
        "a false server: add require-trusted, pin or pin-file");
  if (route.allow_plaintext)
    add("where a server, or somebody before it, doesn't offer STARTTLS, passwords and mail pass in "
        "plaintext");
  if (route.legacy_tls.any())
    add(std::string("legacy-tls allows TLS 1.0 and 1.1") +
        (route.legacy_tls.ssl3 ? ", and SSL 3.0, which is broken," : "") +
        " by mbedTLS 2.28, which is no longer maintained: for networks that you trust, and only as long as "
        "there "
        "are peers that need it (docs/legacy.md)");
  const auto check_key = [&](std::string_view option, const std::string& file) {
    if (file.empty()) return;
    if (const auto risk = key_file_risk(file); !risk.empty()) add(std::string(option) + ": " + risk);
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
    add("client-cert: " + risk);
  if (!route.keylog.empty())
    add("TLS secrets are written to " + route.keylog + ": whoever reads it can decrypt the traffic");
  if (route.trace.secrets)
    add("TLS secrets are written into the traces in " + route.trace.folder +
        ": whoever reads them can read the traffic");
  return risks;
}

}  // namespace mailtap::proxy
