#include <array>

#include "certs/advice/server.h"
#include "config/base/phrases.h"

namespace mailtap::certs {

namespace {

/// In English; config/base/phrases.tsv has the others. Exchange's web site is IIS's; its mail services are
/// bound in its own shell.
enum class Row : std::size_t {
  unknown,
  exchange_site,
  exchange_mail,
  iis,
  dovecot,
  postfix,
  exim,
  nginx,
  apache
};

using Table = std::array<ServerTexts, 9>;  // by Row

constexpr std::string_view restart_row = "restart the {service}";
constexpr std::string_view clock_row =
    "Compare the clocks of both machines: w32tm /query /status (Linux: timedatectl)";
constexpr std::string_view windows_chain_row =
    "On the server, as administrator, install the missing issuer: certutil -addstore -f CA issuer.cer; then "
    "restart the {service} so that it is sent.";
constexpr std::string_view replace_row =
    "On the server: put the new intermediate certificate in the old one's place in the file with the "
    "server's own certificate, and {RESTART}.";
constexpr std::string_view windows_replace_row =
    "On the server, as administrator: certutil -addstore -f CA issuer.cer with the new intermediate "
    "certificate, certutil -delstore CA SERIAL with the old one's serial number, then {RESTART}.";
constexpr std::string_view unknown_replace_row =
    "On the server: put the new intermediate certificate in the old one's place (Windows: certutil -addstore "
    "-f CA issuer.cer, and certutil -delstore CA SERIAL with the old one's serial number; elsewhere in the "
    "file with the server's own certificate), then {RESTART}.";
constexpr std::string_view iis_bind_row = "bind it in IIS Manager (inetmgr), Server Certificates";
constexpr std::string_view iis_before_row =
    "On Windows 2003: inetmgr, the web site, Properties, Directory Security, Server Certificate (View "
    "Certificate shows the names).";
constexpr std::string_view windows_tls_row =
    "On the server, as administrator (Windows Server 2008 R2 and later): reg add "
    "\"HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server\" "
    "/v "
    "Enabled /t REG_DWORD /d 1 /f, the same with /v DisabledByDefault and /d 0, then restart Windows. "
    "Windows Server 2003 has no TLS 1.2.";

constexpr Table english_servers{{
    {
        .title = "server",
        .bind = "give it to the {service}",
        .restart = restart_row,
        .renew =
            "On the server: renew the certificate, give it with its intermediates to the {service} (IIS: "
            "inetmgr, Server Certificates; Exchange: Enable-ExchangeCertificate; others: the files that "
            "their configuration names), and restart that.",
        .renew_before = {},
        .chain =
            "On the server, install the missing issuer (Windows: certutil -addstore -f CA issuer.cer; "
            "elsewhere behind the server's own certificate in the same file), then restart the {service} "
            "so that it is sent.",
        .replace = unknown_replace_row,
        .clock = clock_row,
        .newer_tls =
            "On the server: switch TLS 1.2 on for the {service}. Where there is none, update the "
            "program or its TLS library: OpenSSL has TLS 1.2 since 1.0.1, Windows since Server 2008 R2.",
    },
    {
        .title = "Exchange server",
        .bind = iis_bind_row,
        .restart = restart_row,
        .renew = "On the Exchange server (Windows 2008 and later): Start, Run, inetmgr; choose the server, "
                 "Server Certificates; renew the certificate and bind it to the site (Bindings, https).",
        .renew_before = iis_before_row,
        .chain = windows_chain_row,
        .replace = windows_replace_row,
        .clock = clock_row,
        .newer_tls = windows_tls_row,
    },
    {
        .title = "Exchange server",
        .bind =
            "enable it in the Exchange Management Shell: Enable-ExchangeCertificate -Thumbprint THUMBPRINT "
            "-Services {exchange_service}",
        .restart = "restart the server's {service}",
        .renew = "On the Exchange server: renew the certificate, then in the Exchange Management Shell "
                 "Get-ExchangeCertificate | fl Thumbprint,Services,NotAfter and Enable-ExchangeCertificate "
                 "-Thumbprint THUMBPRINT -Services {exchange_service}.",
        .renew_before = {},
        .chain = windows_chain_row,
        .replace = windows_replace_row,
        .clock = clock_row,
        .newer_tls = windows_tls_row,
    },
    {
        .title = "server",
        .bind = iis_bind_row,
        .restart = restart_row,
        .renew = "On the server (Windows 2008 and later): Start, Run, inetmgr; choose the server, Server "
                 "Certificates; renew the certificate and bind it to the site (Bindings, https).",
        .renew_before = iis_before_row,
        .chain = windows_chain_row,
        .replace = windows_replace_row,
        .clock = clock_row,
        .newer_tls = windows_tls_row,
    },
    {
        .title = "Dovecot server",
        .bind = "name it in Dovecot's ssl_cert and ssl_key (from 2.4 on: ssl_server_cert_file and "
                "ssl_server_key_file) and run doveadm reload",
        .restart = "run doveadm reload",
        .renew = "On the server: renew the certificate, write it with its intermediates into the file that "
                 "Dovecot's ssl_cert names (doveconf -n shows it; from 2.4 on ssl_server_cert_file), and run "
                 "doveadm reload.",
        .renew_before = {},
        .chain =
            "On the server, append the missing issuer's certificate in PEM form to the file that Dovecot's "
            "ssl_cert names (doveconf -n shows it; from 2.4 on ssl_server_cert_file), behind the server's "
            "own; then run doveadm reload.",
        .replace = replace_row,
        .clock = clock_row,
        .newer_tls =
            "On the server: ssl_min_protocol = TLSv1.2 in Dovecot's configuration, then doveadm reload. "
            "It takes Dovecot 2.3 and OpenSSL 1.0.1 at least: update what is older.",
    },
    {
        .title = "Postfix server",
        .bind = "name it in Postfix's smtpd_tls_cert_file and smtpd_tls_key_file and run postfix reload",
        .restart = "run postfix reload",
        .renew =
            "On the server: renew the certificate, write it with its intermediates into the file that "
            "Postfix's smtpd_tls_cert_file or smtpd_tls_chain_files names (postconf -n shows it), and run "
            "postfix reload.",
        .renew_before = {},
        .chain =
            "On the server, append the missing issuer's certificate in PEM form to the file that Postfix's "
            "smtpd_tls_cert_file or smtpd_tls_chain_files names (postconf -n shows it), behind the "
            "server's own; then run postfix reload.",
        .replace = replace_row,
        .clock = clock_row,
        .newer_tls = "On the server: postconf -e 'smtpd_tls_protocols = >=TLSv1.2' (before Postfix 3.6: "
                     "'!SSLv2, !SSLv3, !TLSv1, !TLSv1.1'), then postfix reload. It takes OpenSSL 1.0.1 at "
                     "least: update what is older.",
    },
    {
        .title = "Exim server",
        .bind = "name it in Exim's tls_certificate and tls_privatekey",
        .restart = "restart Exim",
        .renew =
            "On the server: renew the certificate and write it with its intermediates into the file that "
            "Exim's tls_certificate names (exim -bP tls_certificate); Exim reads it anew by itself.",
        .renew_before = {},
        .chain = "On the server, append the missing issuer's certificate in PEM form to the file that Exim's "
                 "tls_certificate names (exim -bP tls_certificate), behind the server's own.",
        .replace = replace_row,
        .clock = clock_row,
        .newer_tls =
            "On the server: take +no_tlsv1_2 out of Exim's openssl_options (exim -bP openssl_options), "
            "then restart Exim. It takes OpenSSL 1.0.1 at least: update what is older.",
    },
    {
        .title = "nginx server",
        .bind = "name it in nginx's ssl_certificate and ssl_certificate_key and run nginx -s reload",
        .restart = "run nginx -s reload",
        .renew = "On the server: renew the certificate, write it with its intermediates into the file that "
                 "nginx's ssl_certificate names (nginx -T shows it), and run nginx -s reload.",
        .renew_before = {},
        .chain =
            "On the server, append the missing issuer's certificate in PEM form to the file that nginx's "
            "ssl_certificate names (nginx -T shows it), behind the server's own; then run nginx -s reload.",
        .replace = replace_row,
        .clock = clock_row,
        .newer_tls = "On the server: ssl_protocols TLSv1.2 TLSv1.3; in nginx's configuration, then nginx -s "
                     "reload. It takes OpenSSL 1.0.1 at least (1.1.1 for TLS 1.3): update what is older.",
    },
    {
        .title = "Apache server",
        .bind = "name it in Apache's SSLCertificateFile and SSLCertificateKeyFile and run apachectl graceful",
        .restart = "run apachectl graceful",
        .renew = "On the server: renew the certificate, write it with its intermediates into the file that "
                 "Apache's SSLCertificateFile names, and run apachectl graceful.",
        .renew_before = {},
        .chain =
            "On the server, append the missing issuer's certificate in PEM form to the file that Apache's "
            "SSLCertificateFile names, behind the server's own (before 2.4.8: "
            "SSLCertificateChainFile); then run apachectl graceful.",
        .replace = replace_row,
        .clock = clock_row,
        .newer_tls = "On the server: SSLProtocol -all +TLSv1.2 +TLSv1.3 in Apache's configuration, then "
                     "apachectl graceful. It takes OpenSSL 1.0.1 at least: update what is older.",
    },
}};

/// In another language than English.
Table translated_servers(Language language) {
  constexpr std::array members{&ServerTexts::title,   &ServerTexts::bind,         &ServerTexts::restart,
                               &ServerTexts::renew,   &ServerTexts::renew_before, &ServerTexts::chain,
                               &ServerTexts::replace, &ServerTexts::clock,        &ServerTexts::newer_tls};
  static_assert(sizeof(ServerTexts) == members.size() * sizeof(std::string_view), "one is missing");
  auto table = english_servers;
  for (auto& row : table)
    for (const auto member : members)
      if (!(row.*member).empty()) row.*member = template_in(row.*member, language);
  return table;
}

Row row_of(Product product, Service service) {
  switch (product) {
    case Product::exchange:
      return service == Service::web || service == Service::other ? Row::exchange_site : Row::exchange_mail;
    case Product::iis: return Row::iis;
    case Product::dovecot: return Row::dovecot;
    case Product::postfix: return Row::postfix;
    case Product::exim: return Row::exim;
    case Product::nginx: return Row::nginx;
    case Product::apache: return Row::apache;
    case Product::unknown: break;
  }
  return Row::unknown;
}

}  // namespace

const ServerTexts& server_texts_of(Product product, Service service, Language language) {
  const auto row = static_cast<std::size_t>(row_of(product, service));
  static const auto vietnamese = translated_servers(Language::vietnamese);
  return (language == Language::vietnamese ? vietnamese : english_servers)[row];
}

std::string_view title_of(Service service, Language language) {
  const auto title = [&] {
    switch (service) {
      case Service::web: return "web site";
      case Service::smtp: return "SMTP service";
      case Service::imap: return "IMAP service";
      case Service::pop3: return "POP3 service";
      case Service::ldap: return "LDAP service";
      case Service::other: break;
    }
    return "service on port {port}";
  };
  return template_in(title(), language);
}

std::string_view title_of_unknown_service(Language language) {
  return template_in("server's program", language);
}

}  // namespace mailtap::certs
