// Which service and which program a server is, as far as it says so itself, and where such a program keeps
// its certificate and its versions of TLS.
#pragma once

#include <cstdint>
#include <string_view>

#include "certs/verify/question.h"

namespace mailtap::certs {

enum class Service { web, smtp, imap, pop3, ldap, other };

/// By the protocol of STARTTLS ("smtp", "imap", "pop3"; empty: none), else by the port (IANA's registry).
Service service_at(std::uint16_t port, std::string_view starttls);

enum class Product { unknown, exchange, iis, dovecot, postfix, exim, nginx, apache };
std::string_view to_string(Product product);  ///< "dovecot"; of unknown: empty

/// What a server has shown of itself. Strangers chose all of it: it selects words, and is never one of them.
struct Evidence {
  std::string_view greeting;        ///< of SMTP, IMAP or POP3
  std::string_view http_server;     ///< the field Server of an answer in HTTP
  bool has_exchange_field = false;  ///< the answer has X-FEServer, X-OWA-Version or the like
  std::string_view template_name;   ///< of AD CS, in its certificate
};
Product product_of(Service service, const Evidence& evidence);

/// Where steps are taken on a server, in one language. {service}, {port} and {exchange_service} stand for
/// what is put in.
struct ServerTexts {
  std::string_view title;    ///< "Dovecot server"
  std::string_view bind;     ///< part of a step: make it use a certificate
  std::string_view restart;  ///< part of a step
  std::string_view renew;
  std::string_view renew_before;  ///< the same on the version before; empty: no other
  std::string_view chain;         ///< have an intermediate sent
  std::string_view replace;       ///< have another sent in its place
  std::string_view clock;
  std::string_view newer_tls;  ///< have it speak TLS 1.2
};
const ServerTexts& server_texts_of(Product product, Service service, Language language);

/// "IMAP service"; of other: {port} stands for the port. Of a certificate in a file it isn't known.
std::string_view title_of(Service service, Language language);
std::string_view title_of_unknown_service(Language language);
/// As Enable-ExchangeCertificate has it: "IMAP".
std::string_view exchange_name_of(Service service);

}  // namespace mailtap::certs
