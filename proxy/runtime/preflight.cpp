#include "proxy/runtime/preflight.h"

#include <filesystem>
#include <set>

#include "certs/issue/presenter.h"
#include "certs/model/identity.h"
#include "certs/verify/trust_store.h"
#include "config/base/file.h"
#include "config/base/rights.h"
#include "inspect/trace/filter.h"
#include "proxy/alerts/webhook.h"
#include "proxy/http/token.h"
#include "proxy/ingress/original_destination.h"
#include "proxy/net/listen_socket.h"
#include "proxy/route/pin_file.h"
#include "proxy/route/risks.h"
#include "proxy/route/running_route.h"
#include "proxy/runtime/configuration_parts.h"
#include "proxy/runtime/privileges.h"

namespace mailtap::proxy {

namespace {

namespace fs = std::filesystem;

/// The cross-checks have told of a file that isn't.
bool is_readable_file(const std::string& path) {
  std::error_code ignored;
  return !path.empty() && may(Right::read, path) && !fs::is_directory(path, ignored);
}

class Checks {
 public:
  Checks(const config::Settings& settings, bool bind_ports) : settings_(settings), bind_ports_(bind_ports) {}

  Preflight run() && {
    if (!settings_.misread) process();
    for (const auto& route : settings_.routes) {
      trusted(route);
      if (route.mode != config::Mode::observe) presented(route);
      others(route);
      for (const auto& risk : find_risks(route, now())) {
        const auto named = std::string(risk.option) + ": ";  // the label has it
        const auto& text = risk.text;
        warn(route.label(risk.option) +
             ": warning: " + (text.starts_with(named) ? text.substr(named.size()) : text));
      }
      if (route.ingress.transparent != config::Transparency::none)
        ok(route.label("transparent"), ingress::can_be_diverted_to());
      if (bind_ports_ && !route.listen.host.empty())
        ok(route.label("listen"),
           net::bind_group(route.listen, 1, route.ingress.transparent == config::Transparency::tproxy));
    }
    return std::move(found_);
  }

 private:
  static Time now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

  template <class T>
  bool ok(const std::string& label, const Result<T>& result) {
    if (!result) found_.problems.push_back(label + ": " + result.error().message);
    return result.has_value();
  }
  void warn(std::string warning) { found_.warnings.push_back(std::move(warning)); }

  void process() {
    CountLimit connections(0);
    ok(settings_.label("max-connections"), ConnectionLimitPart(connections).prepare(settings_));
    if (const auto found = find_user(settings_.user, settings_.group); !settings_.user.empty() && !found)
      ok(settings_.label(found.error().about), found);
    if (is_readable_file(settings_.admin.token_file))
      ok(settings_.label("admin-token-file"), http::read_token(settings_.admin.token_file));
    webhook();
    if (!bind_ports_) return;
    for (const auto& [option, listen] :
         {std::pair("admin", settings_.admin.listen), std::pair("crl-listen", settings_.crl_listen)})
      if (!listen.host.empty()) ok(settings_.label(option), net::bind_group(listen, 1, false));
  }

  void webhook() {
    const auto& wanted = settings_.alerts.webhook;
    if (!wanted.url) return;
    if (wanted.url->is_tls) ok(settings_.label("alert-webhook-trust"), certs::TrustStore::load(wanted.trust));
    if (!wanted.token_file.empty())
      ok(settings_.label("alert-webhook-token-file"), http::read_token(wanted.token_file));
  }

  void trusted(const config::Route& route) {
    for (const auto& source : route.trust) {
      if (source != "system" && !may(Right::read, source)) continue;
      if (trusted_.insert(source).second) ok(route.label("trust"), certs::TrustStore::load({source}));
    }
    for (const auto& file : route.crl)
      if (is_readable_file(file)) ok(route.label("crl"), certs::TrustStore::load({}, {file}));
  }

  /// A pair of files; an error is told of the one that it is about.
  void pair(const config::Route& route, std::string_view cert, const std::string& cert_file,
            std::string_view key, const std::string& key_file) {
    if (!is_readable_file(cert_file) || !is_readable_file(key_file)) return;
    const auto loaded = certs::Identity::load(cert_file, key_file);
    if (loaded) return;
    ok(route.label(loaded.error().about == "key" ? key : cert), loaded);
  }

  void presented(const config::Route& route) {
    if (route.cert.size() == route.key.size())
      for (std::size_t i = 0; i < route.cert.size(); ++i)
        pair(route, "cert", route.cert[i], "key", route.key[i]);
    if (!is_readable_file(route.ca_cert) || !is_readable_file(route.ca_key)) return;
    if (!route.ca_key_password_file.empty() && !is_readable_file(route.ca_key_password_file)) return;
    auto issuing = route;
    issuing.present = config::Presentation::issue;
    const std::string published = settings_.crl_listen.host.empty() ? "" : "http://crl.invalid";
    const auto made = certs::Presenter::make(issuing, published);
    if (!made) ok(route.label(made.error().about), made);
  }

  void others(const config::Route& route) {
    pair(route, "client-cert", route.client_cert, "client-key", route.client_key);
    if (is_readable_file(route.ticket_key_file))
      ok(route.label("ticket-key-file"), read_ticket_keys(route.ticket_key_file));
    if (is_readable_file(route.pin_file)) ok(route.label("pin-file"), read_pins(route.pin_file));
    if (!route.trace.folder.empty()) ok(route.label("trace-only"), trace::Filter::parse(route.trace.only));
  }

  const config::Settings& settings_;
  const bool bind_ports_;
  Preflight found_;
  std::set<std::string> trusted_;  // looked at already
};

}  // namespace

Preflight preflight(const config::Settings& settings, bool bind_ports) {
  return Checks(settings, bind_ports).run();
}

}  // namespace mailtap::proxy
