#include "config/options.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "config/values.h"

namespace mailtap::config {

namespace {

using enum OptionScope;
using enum OptionKind;
using Values = OptionValues;

constexpr unsigned max_workers = 1024;
constexpr unsigned max_kept_traces = 100'000;
constexpr unsigned max_connections = 10'000'000;
constexpr unsigned max_expiry_days = 3650;
constexpr unsigned max_rejections = 1'000'000;

template <class T>
Result<void> assign(Result<T> value, T& field) {
  if (!value) return tl::unexpected(value.error());
  field = std::move(*value);
  return {};
}

template <class T>
Result<void> assign_each(const Values& texts, Result<T> (*parse)(std::string_view), std::vector<T>& field) {
  field.clear();
  for (const auto& text : texts) {
    auto value = parse(text);
    if (!value) return tl::unexpected(value.error());
    field.push_back(std::move(*value));
  }
  return {};
}

Result<std::string> some_text(std::string_view text) {
  if (text.empty()) return fail("is empty; give a value or leave the option out");
  if (text.find('\0') != std::string_view::npos) return fail("has a zero byte in it; write it without");
  return std::string(text);
}

/// "failed", "401", "5xx", "250", "+OK", "NO".
Result<std::string> parse_status(std::string_view text) {
  const auto is_part = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' || c == '-';
  };
  if (text.empty() || text.size() > 16 || !std::all_of(text.begin(), text.end(), is_part))
    return fail("\"" + std::string(text) + "\" is no status; write failed, or one such as 401, 5xx, NO");
  return std::string(text);
}

Result<void> set_services(const Values& values, Route& route) {
  route.exchanges.any = true;
  route.exchanges.services.clear();
  if (values.size() == 1 && values[0] == "all") return {};
  if (values.size() == 1 && values[0] == "none") {
    route.exchanges.any = false;
    return {};
  }
  return assign_each(values, parse_name<Service>, route.exchanges.services);
}

Result<void> set_alert_kinds(const Values& values, Settings& settings) {
  auto& kinds = settings.alerts.kinds;
  if (values.size() == 1 && values[0] == "all") {
    kinds = Alerts().kinds;
    return {};
  }
  if (values.size() == 1 && values[0] == "none") {
    kinds.clear();
    return {};
  }
  return assign_each(values, parse_name<AlertKind>, kinds);
}

/// A relative path is that of the folder in which mailtap is started.
Result<void> set_alert_command(const Values& values, Settings& settings) {
  auto program = some_text(values[0]);
  if (!program) return tl::unexpected(program.error());
  std::error_code failed;
  settings.alerts.command.program = std::filesystem::absolute(*program, failed).string();
  return {};
}

Result<void> set_alert_webhook(const Values& values, Settings& settings) {
  auto url = parse_url(values[0]);
  if (!url) return fail(url.error().message + "; write it as https://alerts.contoso.com/mailtap");
  settings.alerts.webhook.url = std::move(*url);
  return {};
}

Result<void> set_legacy_tls(const Values& values, Route& route) {
  const auto& text = values[0];
  if (text != "true" && text != "false" && text != "upstream" && text != "downstream")
    return fail("\"" + text + "\" is none of true, false, upstream, downstream");
  route.legacy_tls.upstream = text == "true" || text == "upstream";
  route.legacy_tls.downstream = text == "true" || text == "downstream";
  return {};
}

Result<void> set_trial_hello(const Values& values, Route& route) {
  const auto& text = values[0];
  if (text != "on" && text != "off") return fail("\"" + text + "\" is neither on nor off");
  route.trial_hello = text == "on";
  return {};
}

Result<void> set_alpn(const Values& values, Route& route) {
  static constexpr std::array<std::string_view, 7> known{"h2",   "http/1.1", "http/1.0",   "imap",
                                                         "pop3", "smtp",     "managesieve"};
  route.alpn.emplace();
  if (values.size() == 1 && values[0] == "none") return {};
  for (const auto& value : values) {
    if (std::find(known.begin(), known.end(), value) == known.end())
      return fail("\"" + value +
                  "\" is none of h2, http/1.1, http/1.0, imap, pop3, smtp, managesieve; none goes alone");
    route.alpn->push_back(value);
  }
  return {};
}

Result<std::string> parse_language(std::string_view text) {
  if (text == "en" || text == "vi") return std::string(text);
  return fail("\"" + std::string(text) + "\" is neither en nor vi");
}

// clang-format off
constexpr Option table[] = {
    {"listen", route, text, false, "ADDR:PORT", "", "",
     "Where to accept connections: 127.0.0.1:8443, [::1]:8443, or :8443 for all addresses. Port 0 takes a free one.",
     [](const Values& v, Route& r) { return assign(parse_listen_address(v[0]), r.listen); }, nullptr},
    {"upstream", route, text, false, "HOST:PORT", "", "",
     "The mail server to connect to, such as exchange.contoso.local:443.",
     [](const Values& v, Route& r) { return assign(parse_address(v[0]), r.upstream); }, nullptr},
    {"name", route, text, false, "HOST", "", "the target of CONNECT, else the SNI that the client sends, else the upstream's host",
     "The host of the URL as the router has it configured: the name that the server's certificate must match.",
     [](const Values& v, Route& r) { return assign(parse_host(v[0]), r.name); }, nullptr},

    {"allow-from", route, text, true, "NETWORK", "", "any client",
     "Serve only clients of these networks, such as 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7. Repeatable.",
     [](const Values& v, Route& r) { return assign_each(v, parse_network, r.ingress.allow_from); }, nullptr},
    {"sni-route", route, text, true, "NAME=HOST:PORT", "", "",
     "Where connections go whose client asks for NAME (SNI): mail.contoso.com=exchange1.contoso.local:443, or "
     "*.contoso.com=... for every name below. Repeatable. Other names go to upstream; without one they are refused.",
     [](const Values& v, Route& r) { return assign_each(v, parse_sni_route, r.ingress.sni_routes); }, nullptr},
    {"connect-proxy", route, flag, false, "", "", "off",
     "Be an HTTP proxy: each client says by CONNECT which server it wants. No upstream then (docs/inserting.md).",
     [](const Values& v, Route& r) { r.ingress.connect_proxy = v[0] == "true"; return Result<void>(); }, nullptr},
    {"connect-allow", route, text, true, "DESTINATION", "", "every host on ports 443, 465, 587, 993, 995, 25, 143, 110",
     "What CONNECT may ask for: mail.contoso.com:443, *.contoso.com, 10.0.0.0/8:443 (literal addresses), :443 (every "
     "host); without a port those of the default. Repeatable.",
     [](const Values& v, Route& r) { return assign_each(v, parse_destination, r.ingress.connect_allow); }, nullptr},
    {"transparent", route, text, false, "redirect|tproxy", "", "none",
     "Connections come here that the firewall has diverted on their way to a server, and go on to that server: by "
     "netfilter's REDIRECT (this machine needs no right for it) or TPROXY (CAP_NET_ADMIN). No upstream then.",
     [](const Values& v, Route& r) { return assign(parse_name<Transparency>(v[0]), r.ingress.transparent); }, nullptr},
    {"proxy-protocol", route, flag, false, "", "", "off",
     "Connections from proxy-protocol-from begin with a PROXY header, version 1 or 2, that tells the client's address.",
     [](const Values& v, Route& r) { r.ingress.proxy_protocol = v[0] == "true"; return Result<void>(); }, nullptr},
    {"proxy-protocol-from", route, text, true, "NETWORK", "", "this machine, where listen is its loopback address",
     "Who sends PROXY headers: load balancers. From them one is required; everybody else is served without. Repeatable.",
     [](const Values& v, Route& r) { return assign_each(v, parse_network, r.ingress.proxy_protocol_from); }, nullptr},
    {"send-proxy-protocol", route, text, false, "v1|v2", "", "none",
     "Begin each connection to the server with a PROXY header of that version: the server must expect it.",
     [](const Values& v, Route& r) { return assign(parse_name<ProxyVersion>(v[0]), r.ingress.send_proxy_protocol); }, nullptr},

    {"mode", route, text, false, "intercept|observe", "intercept", "intercept",
     "intercept: end TLS on both sides. observe: relay it untouched, read what is in the clear, and judge the server's "
     "certificate by that or by a connection of mailtap's own (docs/observe.md).",
     [](const Values& v, Route& r) { return assign(parse_name<Mode>(v[0]), r.mode); }, nullptr},
    {"present", route, text, false, "mirror|issue|own", "", "own with cert, issue with ca-cert, else mirror",
     "The certificate shown to the client. mirror: the server's repeated with its faults, so the client judges it as "
     "it would the server's. issue: one of your own CA, for the name asked. own: the one given by cert and key.",
     [](const Values& v, Route& r) { return assign(parse_name<Presentation>(v[0]), r.present); }, nullptr},
    {"cert", route, file, true, "PEM", "", "",
     "own: the certificate, leaf first, then its intermediates. Repeat with key for a second one (RSA and ECDSA).",
     [](const Values& v, Route& r) { return assign_each(v, some_text, r.cert); }, nullptr},
    {"key", route, file, true, "PEM", "", "",
     "own: the private key of the certificate given by cert, in the same order.",
     [](const Values& v, Route& r) { return assign_each(v, some_text, r.key); }, nullptr},
    {"ca-cert", route, file, false, "PEM", "", "",
     "issue and mirror: the certificate of your own CA, which the router's machine trusts.",
     [](const Values& v, Route& r) { return assign(some_text(v[0]), r.ca_cert); }, nullptr},
    {"ca-key", route, file, false, "PEM", "", "",
     "The private key of that CA.",
     [](const Values& v, Route& r) { return assign(some_text(v[0]), r.ca_key); }, nullptr},
    {"ca-key-password-file", route, file, false, "FILE", "", "",
     "A file whose first line is the password of the CA's private key.",
     [](const Values& v, Route& r) { return assign(some_text(v[0]), r.ca_key_password_file); }, nullptr},
    {"issue-name", route, text, true, "HOST", "", "",
     "issue: a further name or address on the certificate. Repeatable.",
     [](const Values& v, Route& r) { return assign_each(v, parse_host, r.issue_names); }, nullptr},

    {"client", route, text, false, "CLIENT", "", "not said: advice speaks of any router",
     "What program the router is, such as dotnet-framework or java: advice says what it makes of the server's "
     "certificate, in its own words. docs/clients.md lists them.",
     [](const Values& v, Route& r) { return assign(parse_client(v[0]), r.client); }, nullptr},
    {"client-cert", route, file, false, "PEM", "", "",
     "A certificate shown to a mail server that asks its clients for one.",
     [](const Values& v, Route& r) { return assign(some_text(v[0]), r.client_cert); }, nullptr},
    {"client-key", route, file, false, "PEM", "", "",
     "The private key of client-cert.",
     [](const Values& v, Route& r) { return assign(some_text(v[0]), r.client_key); }, nullptr},
    {"ask-client-cert", route, flag, false, "", "", "off",
     "When the server asks for a client certificate, ask the client for one too and log it. The server is shown "
     "client-cert all the same: the client's private key can't be relayed.",
     [](const Values& v, Route& r) { r.ask_client_cert = v[0] == "true"; return Result<void>(); }, nullptr},

    {"alpn", route, text, true, "PROTOCOL", "", "whatever client and server both have",
     "Application protocols (ALPN) that client and server may agree on: h2 (HTTP/2), http/1.1, http/1.0, imap, pop3, smtp, "
     "managesieve; or none. http/1.1 alone keeps both from HTTP/2. Repeatable.",
     set_alpn, nullptr},

    {"trust", route, file, true, "FILE|DIR|system", "system", "system",
     "CA certificates against which the server's is judged: a PEM or DER file, a folder of such, or the word system "
     "for this machine's. Repeatable; give system too to add to it rather than replace it.",
     [](const Values& v, Route& r) { return assign_each(v, some_text, r.trust); }, nullptr},
    {"crl", route, file, true, "FILE", "", "",
     "A revocation list, PEM or DER, that the server's chain is checked against. Repeatable.",
     [](const Values& v, Route& r) { return assign_each(v, some_text, r.crl); }, nullptr},
    {"fetch-aia", route, flag, false, "", "", "off: no stranger's address is asked",
     "Find out whether the issuers that the server's certificates name (AIA, http:// only) would complete an incomplete "
     "chain, as Windows does. The verdict stays that of the chain as sent; no connection waits for it.",
     [](const Values& v, Route& r) { r.fetch_aia = v[0] == "true"; return Result<void>(); }, nullptr},
    {"fetch-crl", route, flag, false, "", "", "off: no stranger's address is asked",
     "Fetch the revocation lists that the server's certificates name (http:// only) and judge by them. No connection "
     "waits for it: the first to a server is judged without.",
     [](const Values& v, Route& r) { r.fetch_crl = v[0] == "true"; return Result<void>(); }, nullptr},
    {"fetch-ocsp", route, flag, false, "", "", "off: no stranger's address is asked",
     "Ask the OCSP responders that the server's certificates name (http:// only) and judge by their answers. No "
     "connection waits for it: the first to a server is judged without.",
     [](const Values& v, Route& r) { r.fetch_ocsp = v[0] == "true"; return Result<void>(); }, nullptr},
    {"require-trusted", route, flag, false, "", "", "off: every connection is relayed, and the verdict logged",
     "Refuse the connection unless the server's certificate is trusted and matches the name.",
     [](const Values& v, Route& r) { r.require_trusted = v[0] == "true"; return Result<void>(); }, nullptr},
    {"pin", route, text, true, "sha256//BASE64", "", "",
     "Refuse the connection unless the server's public key has this SHA-256 (of its subjectPublicKeyInfo). "
     "Repeatable: any one of them will do.",
     [](const Values& v, Route& r) { return assign_each(v, parse_pin, r.pins); }, nullptr},
    {"pin-file", route, file, false, "FILE", "", "",
     "Trust on first use: the key of the server is written there when its name is first connected to, and another "
     "is refused from then on. pin comes first, if both are given.",
     [](const Values& v, Route& r) { return assign(some_text(v[0]), r.pin_file); }, nullptr},

    {"protocol", route, text, false, "auto|http|smtp|pop3|imap|raw", "", "auto",
     "What is spoken inside TLS, and so how the traffic is read for the log: auto (by who speaks first and how), http, "
     "smtp, pop3, imap, or raw (not read at all).",
     [](const Values& v, Route& r) { return assign(parse_name<Protocol>(v[0]), r.protocol); }, nullptr},
    {"starttls", route, flag, false, "", "", "by who speaks first",
     "Connections begin in plaintext, and TLS with STARTTLS (docs/starttls.md). Without this, so they do when the "
     "server's port is 25, 587, 110 or 143, and where the client stays silent and the server greets it; false: never.",
     [](const Values& v, Route& r) { r.starttls = v[0] == "true"; return Result<void>(); }, nullptr},
    {"allow-plaintext", route, flag, false, "", "", "off: such a connection is refused",
     "Relay a connection in plaintext when the server doesn't offer STARTTLS, or the client doesn't ask for it.",
     [](const Values& v, Route& r) { r.allow_plaintext = v[0] == "true"; return Result<void>(); }, nullptr},
    {"names", route, text, false, "hash|cut|plain", "", "hash",
     "How names of users and mailboxes stand in the log. hash: as a pseudonym, the same for the same name until "
     "mailtap ends. cut: as *. plain: as they are.",
     [](const Values& v, Route& r) { return assign(parse_name<NameDisplay>(v[0]), r.names); }, nullptr},
    {"exchange-service", route, text, true, "NAME", "", "all",
     "Write only the exchanges of this service: ews, autodiscover, activesync, mapi, rpc, owa, ecp, oab, powershell, "
     "webdav, http (any other), smtp, pop3, imap; or all, or none. Repeatable.",
     [](const Values& v, Route& r) { return set_services(v, r); }, nullptr},
    {"exchange-verdict", route, text, true, "VERDICT", "", "",
     "Write only the exchanges with a server whose certificate is trusted, untrusted, a match or a mismatch. "
     "Repeatable: any one of them will do.",
     [](const Values& v, Route& r) { return assign_each(v, parse_name<VerdictWord>, r.exchanges.verdicts); }, nullptr},
    {"exchange-status", route, text, true, "STATUS", "", "",
     "Write only the exchanges with this status: failed, or one such as 401, 5xx, NO. Repeatable: any one of them will do.",
     [](const Values& v, Route& r) { return assign_each(v, parse_status, r.exchanges.statuses); }, nullptr},

    {"hello", route, text, false, "mirror|own", "", "mirror",
     "What the TLS hello to the server offers. mirror: what the client's does, in its order, as far as mailtap has it, so "
     "that the server chooses as without mailtap; where it refuses that, mailtap's own. own: always all that mailtap has.",
     [](const Values& v, Route& r) { return assign(parse_name<UpstreamHello>(v[0]), r.hello); }, nullptr},
    {"trial-hello", route, text, false, "on|off", "", "on",
     "Play each new hello of a client to its server once, on a connection of mailtap's own without a handshake, to say "
     "what the two would agree on without mailtap (docs/fidelity.md).",
     set_trial_hello, nullptr},
    {"legacy-tls", route, side, false, "upstream|downstream", "", "off: TLS 1.2 and 1.3 alone",
     "Speak TLS 1.0 and 1.1 too, with peers that speak nothing newer: with the server (upstream), with clients "
     "(downstream), or with both. Old cryptography by an engine that is no longer maintained: docs/legacy.md.",
     set_legacy_tls, nullptr},
    {"legacy-ssl3", route, flag, false, "", "", "off",
     "Where legacy-tls allows TLS 1.0, allow SSL 3.0 as well. It is broken (POODLE): for the rare peer that has "
     "nothing else.",
     [](const Values& v, Route& r) { r.legacy_tls.ssl3 = v[0] == "true"; return Result<void>(); }, nullptr},

    {"ticket-key-file", route, file, false, "FILE", "", "keys of this process alone",
     "Keys that seal session tickets, which several instances share so that clients resume on any of them: 48 random "
     "bytes in base64 a line, the newest first (docs/scaling.md). Read again on SIGHUP.",
     [](const Values& v, Route& r) { return assign(some_text(v[0]), r.ticket_key_file); }, nullptr},

    {"log", route, file, false, "FILE|-", "-", "- (standard output)",
     "Where each exchange and each ended connection is written. A file is appended to, and opened anew on SIGHUP.",
     [](const Values& v, Route& r) { return assign(some_text(v[0]), r.log.file); }, nullptr},
    {"log-format", route, text, false, "text|json", "", "text",
     "text: for people, with reasons and advice. json: a line each, for programs (docs/log.md).",
     [](const Values& v, Route& r) { return assign(parse_name<LogFormat>(v[0]), r.log.format); }, nullptr},
    {"lang", route, text, false, "en|vi", "", "that of LC_ALL, LC_MESSAGES or LANG, else en",
     "The language of the log's sentences (advice, reasons, endings) and of mailtap's own messages: English or Vietnamese.",
     [](const Values& v, Route& r) { return assign(parse_language(v[0]), r.language); }, nullptr},
    {"keylog", route, file, false, "FILE", "", "",
     "Write the TLS secrets of both sides there in SSLKEYLOGFILE form: whoever reads it can decrypt the traffic.",
     [](const Values& v, Route& r) { return assign(some_text(v[0]), r.keylog); }, nullptr},

    {"trace", route, file, false, "DIR", "", "",
     "Record handshakes there: each connection's as a JSON line, and its packets as pcapng for Wireshark (docs/traces.md).",
     [](const Values& v, Route& r) { return assign(some_text(v[0]), r.trace.folder); }, nullptr},
    {"trace-secrets", route, flag, false, "", "", "off",
     "Put the TLS secrets into the pcapng, so that Wireshark decrypts it: whoever reads it can read the traffic.",
     [](const Values& v, Route& r) { r.trace.secrets = v[0] == "true"; return Result<void>(); }, nullptr},
    {"trace-only", route, text, true, "CONDITION", "", "every connection",
     "Record only connections of which this holds: failed, untrusted, mismatch, a fault such as expired, "
     "peer=192.0.2.0/24, name=mail.contoso.com or name=*.contoso.com. Repeatable; all must hold.",
     [](const Values& v, Route& r) { return assign_each(v, some_text, r.trace.only); }, nullptr},
    {"trace-snap", route, size, false, "SIZE", "", "64K",
     "How many bytes of each side's traffic the pcapng keeps of a connection; 0: all.",
     [](const Values& v, Route& r) { return assign(parse_size(v[0]), r.trace.snap_length); }, nullptr},

    {"hello-timeout", route, duration, false, "TIME", "", "10s",
     "How long a client may take to send its first TLS message.",
     [](const Values& v, Route& r) { return assign(parse_timeout(v[0]), r.deadlines.hello); }, nullptr},
    {"connect-timeout", route, duration, false, "TIME", "", "10s",
     "How long connecting to the server may take, name resolution included.",
     [](const Values& v, Route& r) { return assign(parse_timeout(v[0]), r.deadlines.connect); }, nullptr},
    {"starttls-timeout", route, duration, false, "TIME", "", "60s",
     "How long client and server may take to come to STARTTLS.",
     [](const Values& v, Route& r) { return assign(parse_timeout(v[0]), r.deadlines.starttls); }, nullptr},
    {"handshake-timeout", route, duration, false, "TIME", "", "15s",
     "How long the TLS handshake of either side may take.",
     [](const Values& v, Route& r) { return assign(parse_timeout(v[0]), r.deadlines.handshake); }, nullptr},
    {"idle-timeout", route, duration, false, "TIME", "", "1h",
     "How long a connection may go without a byte in either direction. Clients and servers rely on half an hour "
     "(IMAP) and on nearly a whole one (ActiveSync).",
     [](const Values& v, Route& r) { return assign(parse_timeout(v[0]), r.deadlines.idle); }, nullptr},
    {"max-route-connections", route, count, false, "N", "", "0 (only max-connections counts)",
     "How many connections a route may have at a time.",
     [](const Values& v, Route& r) { return assign(parse_count(v[0], 0, max_connections), r.max_connections); }, nullptr},
    {"max-per-source", route, count, false, "N", "", "0 (no limit)",
     "How many connections one client address may have at a time on a route.",
     [](const Values& v, Route& r) { return assign(parse_count(v[0], 0, max_connections), r.max_connections_per_source); }, nullptr},

    {"max-connections", process, count, false, "N", "", "0 (as many as file descriptors allow)",
     "How many connections there may be at a time, all routes together.",
     nullptr, [](const Values& v, Settings& s) { return assign(parse_count(v[0], 0, max_connections), s.max_connections); }},
    {"crypto", process, text, false, "auto|portable|libcrypto|multibuffer", "", "auto",
     "What computes below TLS. multibuffer: eight handshakes' operations in one call, by Intel's libraries on a CPU "
     "with AVX-512 IFMA. libcrypto: OpenSSL, one at a time. portable: mbedTLS alone. auto: the first that is there.",
     nullptr, [](const Values& v, Settings& s) { return assign(parse_name<Cryptography>(v[0]), s.crypto); }},
    {"workers", process, count, false, "N", "", "the number of CPUs that mailtap may use",
     "Threads that serve connections.",
     nullptr, [](const Values& v, Settings& s) { return assign(parse_count(v[0], 1, max_workers), s.workers); }},
    {"trace-max-file", process, size, false, "SIZE", "", "64M",
     "How large a trace file may become before a new one is begun.",
     nullptr, [](const Values& v, Settings& s) { return assign(parse_size(v[0]), s.trace_files.max_file); }},
    {"trace-max-age", process, duration, false, "TIME", "", "1d",
     "How long a trace file is added to before a new one is begun.",
     nullptr, [](const Values& v, Settings& s) { return assign(parse_timeout(v[0]), s.trace_files.max_age); }},
    {"trace-max-total", process, size, false, "SIZE", "", "1G",
     "How large all trace files of a folder may become together; the oldest are removed.",
     nullptr, [](const Values& v, Settings& s) { return assign(parse_size(v[0]), s.trace_files.max_total); }},
    {"trace-last", process, count, false, "N", "", "0 (each is written)",
     "Keep only the last N connections, in memory, and write them on SIGUSR1 and at the end.",
     nullptr, [](const Values& v, Settings& s) { return assign(parse_count(v[0], 0, max_kept_traces), s.trace_files.last); }},
    {"crl-listen", process, text, false, "ADDR:PORT", "", "",
     "Serve the CRL and the certificate of each route's CA over HTTP there, and put their addresses into what it "
     "issues: clients that check revocation refuse a certificate without.",
     nullptr, [](const Values& v, Settings& s) { return assign(parse_listen_address(v[0]), s.crl_listen); }},
    {"crl-url", process, text, false, "URL", "", "http:// and the address of crl-listen",
     "The http URL under which the router's machine reaches crl-listen, such as http://mailtap.contoso.local:8080.",
     nullptr, [](const Values& v, Settings& s) { return assign(parse_http_base(v[0]), s.crl_url); }},
    {"user", process, text, false, "USER", "", "the one that started it",
     "Go on as this user, without any other right than to listen below port 1024, once keys are read and sockets bound.",
     nullptr, [](const Values& v, Settings& s) { return assign(some_text(v[0]), s.user); }},
    {"group", process, text, false, "GROUP", "", "that of user",
     "The group that goes with user. Supplementary groups are given up.",
     nullptr, [](const Values& v, Settings& s) { return assign(some_text(v[0]), s.group); }},
    {"core-dumps", process, flag, false, "", "", "off",
     "Let a crash leave a core dump, and let debuggers in: keys and mail can be in it.",
     nullptr, [](const Values& v, Settings& s) { s.core_dumps = v[0] == "true"; return Result<void>(); }},
    {"admin", process, text, false, "[ADDR:]PORT", "", "",
     "Serve the live page, its JSON API, Prometheus's /metrics, /healthz and /readyz over HTTP there (docs/admin.md); "
     "a port alone is that of 127.0.0.1. Any address but loopback needs admin-token-file.",
     nullptr, [](const Values& v, Settings& s) { return assign(parse_local_listen_address(v[0]), s.admin.listen); }},
    {"admin-token-file", process, file, false, "FILE", "", "",
     "A file that its owner and group alone may read, with the token that clients of admin must show.",
     nullptr, [](const Values& v, Settings& s) { return assign(some_text(v[0]), s.admin.token_file); }},
    {"admin-host", process, text, true, "HOST", "", "none: by address, or as localhost",
     "A name under which browsers reach admin, such as mailtap.contoso.local: requests for other names are refused, "
     "since a foreign page could have made them. Repeatable.",
     nullptr, [](const Values& v, Settings& s) { return assign_each(v, parse_host, s.admin.hosts); }},
    {"alert", process, text, true, "KIND", "", "all",
     "What to write an alert to the log for: certificate-near-expiry, verdict-changed, chain-changed, router-rejects; or "
     "all, or none (docs/alerts.md). Repeatable.",
     nullptr, set_alert_kinds},
    {"alert-expiry-days", process, count, false, "N", "", "30",
     "How many days before its end a server's certificate is near it. What is left is told again at 14, 7, 1 and 0 days.",
     nullptr, [](const Values& v, Settings& s) { return assign(parse_count(v[0], 1, max_expiry_days), s.alerts.expiry_days); }},
    {"alert-rejections", process, count, false, "N", "", "3",
     "How often in a row a client must reject the certificate that it is shown until an alert tells of it.",
     nullptr, [](const Values& v, Settings& s) { return assign(parse_count(v[0], 1, max_rejections), s.alerts.rejections); }},
    {"alert-clear-after", process, duration, false, "TIME", "", "10m",
     "How long what an alert tells of a certificate must not have been seen until the alert is cleared. Where several "
     "servers are behind one name, all of them should be met within this time.",
     nullptr, [](const Values& v, Settings& s) { return assign(parse_timeout(v[0]), s.alerts.clear_after); }},
    {"alert-command", process, file, false, "PROGRAM", "", "",
     "Run this program for each alert, with the alert as JSON on its standard input: one at a time, without a shell, in a "
     "process group of its own (docs/alerts.md).",
     nullptr, set_alert_command},
    {"alert-command-arg", process, text, true, "ARGUMENT", "", "",
     "An argument of that program. Repeatable, in order.",
     nullptr, [](const Values& v, Settings& s) { s.alerts.command.arguments = v; return Result<void>(); }},
    {"alert-command-timeout", process, duration, false, "TIME", "", "30s",
     "How long that program may take; then it and what it has started are told to end (SIGTERM), and 2 s later ended (SIGKILL).",
     nullptr, [](const Values& v, Settings& s) { return assign(parse_timeout(v[0]), s.alerts.command.timeout); }},
    {"alert-webhook", process, text, false, "URL", "", "",
     "Post each alert as JSON to this http:// or https:// URL: one at a time, up to four attempts each, no redirects. "
     "mailtap never writes the URL's path, which may be a secret, anywhere.",
     nullptr, set_alert_webhook},
    {"alert-webhook-timeout", process, duration, false, "TIME", "", "10s",
     "How long one attempt may take.",
     nullptr, [](const Values& v, Settings& s) { return assign(parse_timeout(v[0]), s.alerts.webhook.timeout); }},
    {"alert-webhook-trust", process, file, true, "FILE|DIR|system", "system", "system",
     "CA certificates that the webhook's server must have its certificate of; nothing is sent to another. Repeatable.",
     nullptr, [](const Values& v, Settings& s) { return assign_each(v, some_text, s.alerts.webhook.trust); }},
    {"alert-webhook-token-file", process, file, false, "FILE", "", "",
     "A file that its owner and group alone may read, with a token that the webhook is shown (Authorization: Bearer).",
     nullptr, [](const Values& v, Settings& s) { return assign(some_text(v[0]), s.alerts.webhook.token_file); }},
    {"drain-timeout", process, duration, false, "TIME", "", "30s",
     "How long connections may go on after SIGTERM or SIGUSR2; 0 ends them at once.",
     nullptr, [](const Values& v, Settings& s) { return assign(parse_duration(v[0]), s.drain); }},
};
// clang-format on

}  // namespace

std::span<const Option> all_options() {
  return table;
}

const Option* find_option(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(table), std::end(table), [&](const Option& o) { return o.name == name; });
  return found == std::end(table) ? nullptr : found;
}

void apply(const GivenOptions& given, Route& route, Problems& problems) {
  for (const auto& option : table) {
    const auto found = given.find(option.name);
    if (option.scope != OptionScope::route || found == given.end()) continue;
    route.labels.insert_or_assign(std::string(option.name), found->second.label);
    if (auto set = option.set_route(found->second.values, route); !set)
      problems.push_back(found->second.label + ": " + set.error().message);
  }
  if (given.contains("present")) return;
  route.present = !route.cert.empty()      ? Presentation::own
                  : !route.ca_cert.empty() ? Presentation::issue
                                           : Presentation::mirror;
}

void apply(const GivenOptions& given, Settings& settings, Problems& problems) {
  for (const auto& option : table) {
    const auto found = given.find(option.name);
    if (option.scope != OptionScope::process || found == given.end()) continue;
    settings.labels.insert_or_assign(std::string(option.name), found->second.label);
    if (auto set = option.set_process(found->second.values, settings); !set)
      problems.push_back(found->second.label + ": " + set.error().message);
  }
}

std::string options_as_markdown() {
  const auto cell = [](std::string_view text) {
    std::string escaped;
    for (const char c : text) escaped += c == '|' ? std::string("\\|") : std::string(1, c);
    return escaped;
  };
  const auto rows = [&](OptionScope scope) {
    std::string rows = "| option | value | default | meaning |\n| --- | --- | --- | --- |\n";
    for (const auto& option : table) {
      if (option.scope != scope) continue;
      rows += "| `" + std::string(option.name) + "` | ";
      if (option.kind == OptionKind::flag)
        rows += "true or false";
      else if (option.kind == OptionKind::side)
        rows += R"(true, false, `"upstream"` or `"downstream"`)";
      else
        rows += "`" + cell(option.value_name) + "`";
      rows += std::string(option.repeatable ? ", one or a list" : "") + " | " + cell(option.default_text);
      rows += " | " + cell(option.help) + " |\n";
    }
    return rows;
  };
  return "### Options of a route\n\n" + rows(OptionScope::route) + "\n### Options of the process\n\n" +
         rows(OptionScope::process);
}

}  // namespace mailtap::config
