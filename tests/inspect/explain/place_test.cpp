// Which server a text speaks of, for the command to run next.
#include "inspect/explain/place.h"

#include <catch2/catch_test_macros.hpp>

namespace mailtap::explain {

namespace {

std::string target_in(std::string_view text) {
  return place_in(text).target();
}

}  // namespace

TEST_CASE("a URL's host is the target, with its port and protocol") {
  CHECK(target_in("Get \"https://mail.contoso.com:8443/EWS/\": x509") == "mail.contoso.com:8443");
  CHECK(target_in("imaps://mail.contoso.com/ failed") == "imaps://mail.contoso.com");
  CHECK(target_in("More details here: https://curl.se/docs/sslcerts.html") == "SERVER");
  CHECK(target_in("535-5.7.8 https://support.google.com/mail/?p=BadCredentials") == "SERVER");
}

TEST_CASE("a host with a port is, also as Postfix writes it") {
  CHECK(target_in("connect to mx.contoso.com[192.0.2.1]:25: refused") == "smtp://mx.contoso.com:25");
  CHECK(target_in("192.0.2.7:51234 -> mail.contoso.com:443 UNTRUSTED") == "mail.contoso.com:443");
  CHECK(target_in("[LastAttemptedServerName=mx.contoso.com] [LastAttemptedIP=192.0.2.1:25]") ==
        "smtp://mx.contoso.com:25");
  CHECK(target_in("mail.contoso.com:993 handshake") == "imaps://mail.contoso.com:993");
}

TEST_CASE("a name behind a word that such names follow is") {
  CHECK(target_in("certificate is valid for a.contoso.com, not mail.contoso.com") == "mail.contoso.com");
  CHECK(target_in("not valid for name \"mail.contoso.com\"; certificate is only valid for a.contoso.com") ==
        "mail.contoso.com");
  CHECK(target_in("Could not resolve host: mail.contoso.com") == "SERVER");
  CHECK(target_in("doesn't match target host name 'mail.contoso.com'") == "mail.contoso.com");
}

TEST_CASE("places in programs, times and loopback addresses are no servers") {
  CHECK(target_in("at X.java:123 (_ssl.c:1006) x509.go:12 15:44:46 127.0.0.1:9999") == "SERVER");
}

TEST_CASE("a client's address is no server") {
  CHECK(target_in("http: TLS handshake error from 10.42.0.1:51234: EOF") == "SERVER");
  CHECK(target_in("SSL_accept error from mx.contoso.com[192.0.2.1]:2525: -1") == "SERVER");
  CHECK(target_in("read tcp 10.0.0.2:53412->10.0.0.5:993: EOF") == "imaps://10.0.0.5:993");
}

TEST_CASE("nothing but a host's characters gets into a command") {
  CHECK(target_in("https://mail.contoso.com;reboot/") == "mail.contoso.com");
  CHECK(target_in("https://$(reboot)/ to `reboot`") == "SERVER");
  CHECK(target_in("https://-oops.contoso.com/") == "SERVER");
}

TEST_CASE("a server is HOST:PORT, by the protocol where no port is said") {
  CHECK(place_in("imaps://mail.contoso.com").server() == "mail.contoso.com:993");
  CHECK(place_in("https://mail.contoso.com/").server() == "mail.contoso.com:443");
  CHECK(place_in("nothing").server() == "SERVER:443");
}

}  // namespace mailtap::explain
