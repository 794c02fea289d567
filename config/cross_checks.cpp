#include "config/cross_checks.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <tuple>

#include "config/base/file.h"
#include "config/base/rights.h"
#include "config/base/text.h"
#include "config/values.h"

namespace mailtap::config {

namespace {

/// Nobody else's machine reaches it.
bool is_loopback(const Endpoint& listen) {
  const auto network = parse_network(listen.host);
  if (!network) return listen.host.empty();  // told as missing
  return contains({*parse_network("127.0.0.0/8"), *parse_network("::1")}, network->address);
}

class RouteCheck {
 public:
  RouteCheck(const Route& route, Problems& problems) : route_(route), problems_(problems) {}

  void check() {
    files();
    if (route_.misread) return;  // an option that couldn't be read would seem missing
    addresses();
    ingress();
    presented_certificate();
    if (route_.legacy_tls.ssl3 && !route_.legacy_tls.any())
      complain("legacy-ssl3", "needs legacy-tls, which says on which side; give both");
    needs("client-cert", route_.client_cert, "client-key", route_.client_key);
    starttls();
    observed();
  }

 private:
  void complain(std::string_view option, const std::string& what) {
    problems_.push_back(route_.label(option) + ": " + what);
  }

  void addresses() {
    const auto& how = route_.ingress;
    if (route_.listen.host.empty())
      complain("listen", "is missing; say where to accept connections, such as 127.0.0.1:8443");
    if (route_.upstream.host.empty()) {
      if (how.sni_routes.empty() && !how.finds_upstream())
        complain("upstream",
                 "is missing; say which server to connect to, such as exchange.contoso.local:443");
    } else if (route_.upstream == route_.listen) {
      complain("upstream",
               "is this route's own listener, so connections would never end; give the mail server's");
    } else if (how.finds_upstream()) {
      complain("upstream", std::string(how.connect_proxy ? "connect-proxy" : "transparent") +
                               " learns of each connection where it goes; leave one of them out");
    }
  }

  void ingress() {
    const auto& how = route_.ingress;
    const bool is_transparent = how.transparent != Transparency::none;
    const auto exclude = [&](bool both, std::string_view option, std::string_view other) {
      if (both) complain(option, "can't go together with " + std::string(other) + "; leave one of them out");
    };
    exclude(how.connect_proxy && is_transparent, "transparent", "connect-proxy");
    exclude(how.connect_proxy && !how.sni_routes.empty(), "sni-route", "connect-proxy");
    exclude(is_transparent && !how.sni_routes.empty(), "sni-route", "transparent");
    exclude(is_transparent && how.proxy_protocol, "proxy-protocol", "transparent");
    if (!how.connect_allow.empty() && !how.connect_proxy)
      complain("connect-allow", "is about what connect-proxy may be asked for; give that too");
    if (how.connect_proxy && how.connect_allow.empty() && how.allow_from.empty() &&
        !is_loopback(route_.listen))
      complain("connect-proxy",
               route_.listen.to_string() +
                   " can be reached from other machines, and whoever reaches it could use it "
                   "to reach others; give allow-from or connect-allow");
    proxy_headers();
    names_routed();
  }

  void proxy_headers() {
    const auto& how = route_.ingress;
    if (!how.proxy_protocol && !how.proxy_protocol_from.empty())
      complain("proxy-protocol-from", "is given without proxy-protocol; give both");
    if (how.proxy_protocol && how.proxy_protocol_from.empty() && !is_loopback(route_.listen))
      complain("proxy-protocol",
               route_.listen.to_string() +
                   " can be reached from other machines, and whoever sends a header could pass for anybody; "
                   "give proxy-protocol-from, the load balancers' addresses");
  }

  void names_routed() {
    const auto& routes = route_.ingress.sni_routes;
    for (std::size_t i = 0; i < routes.size(); ++i) {
      if (routes[i].upstream == route_.listen)
        complain("sni-route", routes[i].pattern +
                                  " goes to this route's own listener, so connections would never end; give "
                                  "the mail server's");
      const auto is_same = [&](const SniRoute& other) { return other.pattern == routes[i].pattern; };
      const auto end = routes.begin() + static_cast<std::ptrdiff_t>(i);
      if (std::find_if(routes.begin(), end, is_same) != end)
        complain("sni-route", routes[i].pattern + " is routed twice; leave one of them out");
    }
    if (routes.empty()) return;
    if (route_.starttls == true)
      complain("starttls", "sni-route goes by a name that comes only after STARTTLS; leave one of them out");
    if (route_.allow_plaintext)
      complain("allow-plaintext", "in plaintext there is no name for sni-route; leave one of them out");
  }

  void presented_certificate() {
    if (route_.cert.empty() != route_.key.empty())
      complain(route_.key.empty() ? "cert" : "key",
               std::string("is given without ") + (route_.key.empty() ? "key" : "cert") + "; give both");
    else if (route_.cert.size() != route_.key.size())
      complain(route_.cert.size() > route_.key.size() ? "cert" : "key",
               "there are " + std::to_string(route_.cert.size()) + " of cert and " +
                   std::to_string(route_.key.size()) +
                   " of key; give one key for each cert, in the same order");
    needs("ca-cert", route_.ca_cert, "ca-key", route_.ca_key);
    if (!route_.ca_key_password_file.empty() && route_.ca_key.empty())
      complain("ca-key-password-file", "there is no ca-key that it could open; give ca-cert and ca-key too");
    if (route_.present == Presentation::own && route_.cert.empty() && route_.key.empty())
      complain("present", "own needs a certificate; give cert and key");
    if (route_.present == Presentation::issue && route_.ca_cert.empty() && route_.ca_key.empty())
      complain("present", "issue needs a CA; make one with `mailtap ca init`, then give ca-cert and ca-key");
  }

  void starttls() {
    const bool has_none = route_.protocol == Protocol::http || route_.protocol == Protocol::raw;
    if (has_none && route_.starttls == true)
      complain("starttls",
               std::string(to_string(route_.protocol)) +
                   " has no STARTTLS; give protocol smtp, pop3, imap or auto, or leave starttls out");
    if (route_.allow_plaintext && (has_none || route_.starttls == false))
      complain("allow-plaintext",
               "is for connections that begin in plaintext, and this route's never do; leave it out");
  }

  /// What needs TLS to be ended here, or refuses connections, doesn't go with observing. Nothing that
  /// somebody relies on for safety is passed over in silence.
  void observed() {
    if (route_.mode != Mode::observe) return;
    const auto complain_of_given = [this](std::initializer_list<std::string_view> options,
                                          const std::string& why) {
      for (const auto option : options)
        if (route_.labels.contains(option))
          complain(option, why + "; leave it out, or give it only to routes that intercept");
    };
    complain_of_given({"require-trusted", "pin", "pin-file"},
                      "refuses connections, and mode observe never does");
    complain_of_given(
        {"present", "cert", "key", "ca-cert", "ca-key", "ca-key-password-file", "issue-name"},
        "is about the certificate shown to the client, which in mode observe is the server's own");
    complain_of_given(
        {"client-cert", "client-key", "ask-client-cert", "legacy-tls", "legacy-ssl3", "hello"},
        "is about TLS that mailtap speaks, and in mode observe client and server speak it alone");
    complain_of_given(
        {"keylog", "trace-secrets", "names", "exchange-service", "exchange-verdict", "exchange-status"},
        "needs TLS to be ended here, and mode observe can't decrypt");
    complain_of_given({"allow-plaintext"}, "allows what mode observe never refuses");
  }

  /// Both or none.
  void needs(std::string_view cert, const std::string& cert_file, std::string_view key,
             const std::string& key_file) {
    if (cert_file.empty() == key_file.empty()) return;
    const auto& [given, missing] = key_file.empty() ? std::pair(cert, key) : std::pair(key, cert);
    complain(given, "is given without " + std::string(missing) + "; give both");
  }

  void files() {
    for (const auto& file : route_.cert) readable_file("cert", file);
    for (const auto& file : route_.key) readable_file("key", file);
    readable_file("ca-cert", route_.ca_cert);
    readable_file("ca-key", route_.ca_key);
    readable_file("ca-key-password-file", route_.ca_key_password_file);
    readable_file("client-cert", route_.client_cert);
    readable_file("client-key", route_.client_key);
    readable_file("ticket-key-file", route_.ticket_key_file);
    for (const auto& file : route_.crl) readable_file("crl", file);
    for (const auto& source : route_.trust)
      if (source != "system") readable("trust", source);
    if (route_.log.file != "-") writable_file("log", route_.log.file);
    writable_file("keylog", route_.keylog);
    writable_file("pin-file", route_.pin_file);
    trace();
  }

  bool readable(std::string_view option, const std::string& path) {
    if (path.empty() || may(Right::read, path)) return true;
    const int error = errno;
    complain(option, path + " can't be read: " + std::strerror(error) +
                         (error == EACCES
                              ? "; let the user that runs mailtap read it: `" + recipe_to_share(path) + "`"
                              : std::string("; correct the path")));
    return false;
  }

  void readable_file(std::string_view option, const std::string& path) {
    std::error_code ignored;
    if (readable(option, path) && std::filesystem::is_directory(path, ignored))
      complain(option, path + " is a folder; give a file");
  }

  /// It will be created where it isn't there, so its folder counts.
  void writable_file(std::string_view option, const std::string& path) {
    if (path.empty() || may(Right::write, path)) {
      std::error_code ignored;
      if (!path.empty() && std::filesystem::is_directory(path, ignored))
        complain(option, path + " is a folder; give a file");
      return;
    }
    if (errno == EACCES && may(Right::exists, path))
      return complain(option, path + " can't be written: " + std::strerror(EACCES) +
                                  "; let the user that runs mailtap write it, or remove it");
    const auto parent = std::filesystem::path(path).parent_path();
    const auto folder = parent.empty() ? std::string(".") : parent.string();
    if (errno == ENOENT && may(Right::write, folder)) return;
    complain(option, path + " can't be written: " + std::strerror(errno) + "; make the folder " + folder +
                         " and let the user that runs mailtap write there");
  }

  void trace() {
    const auto& folder = route_.trace.folder;
    if (folder.empty()) return;
    std::error_code ignored;
    if (!std::filesystem::exists(folder, ignored)) return writable_file("trace", folder);  // it will be made
    if (!std::filesystem::is_directory(folder, ignored))
      return complain("trace", folder + " is a file; give a folder");
    if (!may(Right::write, folder))
      complain("trace", folder + " can't be written to: " + std::strerror(errno) +
                            "; let the user that runs mailtap write there");
  }

  const Route& route_;
  Problems& problems_;
};

/// True if both would accept the same connections, which the kernel would share out between them at random
/// (SO_REUSEPORT).
bool overlap(const Endpoint& a, const Endpoint& b) {
  if (a.port != b.port || a.port == 0) return false;
  const auto is_all = [](const Endpoint& e) { return e.host == "*" || e.host == "::"; };
  const auto is_ipv4 = [](const Endpoint& e) { return e.host.find(':') == std::string::npos; };
  const auto is_all_ipv4 = [](const Endpoint& e) { return e.host == "0.0.0.0"; };
  return a.host == b.host || is_all(a) || is_all(b) || (is_all_ipv4(a) && is_ipv4(b)) ||
         (is_all_ipv4(b) && is_ipv4(a));
}

void check_pair(const Route& earlier, const Route& later, Problems& problems) {
  if (!later.listen.host.empty() && !earlier.listen.host.empty() && overlap(earlier.listen, later.listen))
    return problems.push_back(later.label("listen") + ": " + later.listen.to_string() +
                              " takes the same connections as " + earlier.listen.to_string() +
                              " of the route at " + earlier.origin + "; give one of them another port");
  if (!later.id.empty() && later.id == earlier.id)
    problems.push_back(later.label("id") + ": \"" + later.id + "\" is also the route at " + earlier.origin +
                       "; give each route an id of its own");
}

void check_publication(const Settings& settings, Problems& problems) {
  const auto& listen = settings.crl_listen;
  if (listen.host.empty()) {
    if (!settings.crl_url.empty())
      problems.push_back(settings.label("crl-url") + ": is given without crl-listen; give both");
    return;
  }
  const bool is_any = listen.host == "*" || listen.host == "::" || listen.host == "0.0.0.0";
  if (is_any && settings.crl_url.empty())
    problems.push_back(settings.label("crl-listen") +
                       ": is every address, so certificates can't name it; give crl-url, such as "
                       "http://mailtap.contoso.local:" +
                       std::to_string(listen.port));
  if (std::none_of(settings.routes.begin(), settings.routes.end(), [](const Route& route) {
        return !route.ca_cert.empty() && route.present != Presentation::own;
      }))
    problems.push_back(settings.label("crl-listen") +
                       ": no route has a CA whose CRL could be served; give ca-cert and ca-key");
  for (const auto& route : settings.routes)
    if (overlap(route.listen, listen))
      problems.push_back(settings.label("crl-listen") + ": " + listen.to_string() + " is also where " +
                         ("the route at " + route.origin) + " listens; give it another port");
}

void check_admin(const Settings& settings, Problems& problems) {
  const auto& admin = settings.admin;
  if (admin.listen.host.empty()) {
    for (const auto* option : {"admin-token-file", "admin-host"})
      if (settings.labels.contains(option))
        problems.push_back(settings.label(option) + ": is given without admin; give both");
    return;
  }
  if (!is_loopback(admin.listen) && admin.token_file.empty())
    problems.push_back(settings.label("admin") + ": " + admin.listen.to_string() +
                       " can be reached from other machines, and the page shows who connects to what; give "
                       "admin-token-file too, or a port alone for this machine's 127.0.0.1");
  if (const auto& file = admin.token_file; !file.empty() && !may(Right::read, file))
    problems.push_back(settings.label("admin-token-file") + ": " + file +
                       " can't be read: " + std::strerror(errno) + "; " +
                       (errno == EACCES ? "let the user that runs mailtap read it: `" + recipe_to_share(file)
                                        : "make one with `" + recipe_to_make("openssl rand -hex 24", file)) +
                       "`");
  const auto taken = [&](const Endpoint& by, const std::string& whose) {
    if (overlap(by, admin.listen))
      problems.push_back(settings.label("admin") + ": " + admin.listen.to_string() + " is also where " +
                         whose + " listens; give it another port");
  };
  for (const auto& route : settings.routes) taken(route.listen, "the route at " + route.origin);
  if (!settings.crl_listen.host.empty()) taken(settings.crl_listen, "crl-listen");
}

/// What keeps a script from being run, though its file may be: its first line names an interpreter
/// (execve(2)). Empty: nothing, or it is no script.
std::string interpreter_problem(const std::string& program) {
  std::ifstream file(program, std::ios::binary);
  std::string line;
  std::getline(file, line);
  if (!line.starts_with("#!")) return {};
  const auto begin = std::min(line.find_first_not_of(" \t", 2), line.size());
  const auto interpreter = line.substr(begin, line.find_first_of(" \t\r", begin) - begin);
  if (line.ends_with('\r'))
    return "its lines end as Windows's do, so its interpreter isn't found; run `sed -i 's/\\r$//' " +
           program + "`";
  if (may(Right::run, interpreter)) return {};
  return "its first line names " + interpreter + ": " + std::strerror(errno) +
         "; install that, or correct the line";
}

void check_alerts(const Settings& settings, Problems& problems) {
  const auto& [command, webhook] = std::tie(settings.alerts.command, settings.alerts.webhook);
  const auto complain = [&](std::string_view option, const std::string& what) {
    problems.push_back(settings.label(option) + ": " + what);
  };
  const auto needs = [&](bool is_given, std::string_view option,
                         std::initializer_list<std::string_view> others) {
    for (const auto other : others)
      if (!is_given && settings.labels.contains(other))
        complain(other, "is given without " + std::string(option) + "; give both");
  };
  needs(!command.program.empty(), "alert-command", {"alert-command-arg", "alert-command-timeout"});
  needs(webhook.url.has_value(), "alert-webhook",
        {"alert-webhook-timeout", "alert-webhook-trust", "alert-webhook-token-file"});
  if (const auto& program = command.program; !program.empty()) {
    std::error_code ignored;
    if (std::filesystem::is_directory(program, ignored))
      complain("alert-command", program + " is a folder; give a program");
    else if (!may(Right::run, program))
      complain("alert-command",
               program + " can't be run: " + std::strerror(errno) +
                   (errno == EACCES ? "; run `chmod +x " + program + "`"
                    : program.find(' ') != std::string::npos
                        ? "; give the program's file alone, and its arguments by alert-command-arg"
                        : "; correct the path"));
    else if (const auto problem = interpreter_problem(program); !problem.empty())
      complain("alert-command", program + " can't be run: " + problem);
  }
  if (!webhook.url) return;
  const auto& host = webhook.url->endpoint.host;
  if (!webhook.token_file.empty() && !webhook.url->is_tls && host != "localhost" &&
      !is_loopback(webhook.url->endpoint))
    complain("alert-webhook-token-file",
             "without https whoever is in between reads the token; give an https:// URL");
}

}  // namespace

void check_tracing(const Settings& settings, Problems& problems) {
  if (std::any_of(settings.routes.begin(), settings.routes.end(),
                  [](const Route& route) { return route.misread; }))
    return;
  const bool is_on = std::any_of(settings.routes.begin(), settings.routes.end(),
                                 [](const Route& route) { return !route.trace.folder.empty(); });
  for (const auto& route : settings.routes)
    for (const auto* option : {"trace-secrets", "trace-only", "trace-snap"})
      if (!is_on && route.labels.contains(option))
        problems.push_back(route.label(option) +
                           ": no route has a trace that it could be about; give trace too");

  const auto& files = settings.trace_files;
  constexpr std::uint64_t least = std::uint64_t{64} << 10;
  if (files.max_file < least) problems.push_back("trace-max-file: is less than 64K; give more");
  // Two files are written to, and as many may be ahead of what is removed.
  if (files.max_total / 4 < files.max_file)
    problems.push_back(
        "trace-max-total: is less than four times trace-max-file; give more of it, or less of that");
}

void cross_check(const Settings& settings, Problems& problems) {
  if (!settings.misread) {
    check_tracing(settings, problems);
    check_publication(settings, problems);
    if (!settings.group.empty() && settings.user.empty())
      problems.push_back(settings.label("group") + ": is given without user; give both");
    check_admin(settings, problems);
    check_alerts(settings, problems);
  }
  for (std::size_t i = 0; i < settings.routes.size(); ++i) {
    RouteCheck(settings.routes[i], problems).check();
    for (std::size_t j = 0; j < i; ++j) check_pair(settings.routes[j], settings.routes[i], problems);
  }
}

}  // namespace mailtap::config
