#include "proxy/risks.h"

namespace mailtap::proxy {

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
  if (!route.keylog.empty())
    add("TLS secrets are written to " + route.keylog + ": whoever reads it can decrypt the traffic");
  if (route.trace.secrets)
    add("TLS secrets are written into the traces in " + route.trace.folder +
        ": whoever reads them can read the traffic");
  return risks;
}

}  // namespace mailtap::proxy
