#include "certs/advice/advice.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <functional>

#include "certs/advice/texts.h"
#include "tests/certs/ask.h"

using namespace mailtap;
using namespace mailtap::forge;
using certs::Language;

namespace {

bool any_has(const std::vector<std::string>& steps, std::string_view text) {
  return std::any_of(steps.begin(), steps.end(),
                     [&](const auto& step) { return step.find(text) != std::string::npos; });
}

certs::Verdict self_signed(const std::string& cn) {
  Recipe recipe = server("mail.example.com");
  recipe.subject = forge::name(cn);
  recipe.issuer = recipe.subject;
  return ask({certificate(recipe, Ca::leaf_key(), Ca::leaf_key())}, {Ca::root("Root").der});
}

}  // namespace

TEST_CASE("a self-signed certificate is to be imported, with the commands for Windows and Linux") {
  const auto verdict = self_signed("mail.example.com");
  CHECK(verdict.advice == certs::advice(verdict, Language::english));
  CHECK(verdict.advice.find("self-signed") != std::string::npos);
  const auto steps = certs::steps(verdict, Language::english);
  CHECK(any_has(steps, "certutil -addstore -f Root mail.example.com.cer"));
  CHECK(any_has(steps, "update-ca-certificates"));
  CHECK(any_has(steps, "give it to the web site"));
}

TEST_CASE("steps are those of the program that was named, in both languages") {
  auto verdict = self_signed("mail.example.com");
  for (const auto language : {Language::english, Language::vietnamese}) {
    const auto steps_of = [&](const char* client) {
      verdict.client = client;
      return certs::steps(verdict, language);
    };
    const auto java = steps_of("java");
    CHECK(any_has(java, "keytool -importcert -cacerts -alias mail.example.com -file mail.example.com.cer"));
    for (const auto* routers : {"addstore -f Root", "update-ca-certificates", "MSCRMEmail", "E-mail Router"})
      CHECK_FALSE(any_has(java, routers));
    CHECK(any_has(steps_of("node"), "NODE_EXTRA_CA_CERTS=mail.example.com.cer"));
    CHECK(any_has(steps_of("chromium"), "pki/nssdb"));
    CHECK(any_has(steps_of("thunderbird"), "Thunderbird"));
    CHECK(any_has(steps_of("outlook"), "addstore -f Root"));
    CHECK_FALSE(any_has(steps_of("outlook"), "update-ca-certificates"));
    CHECK(any_has(steps_of("curl"), "update-ca-certificates"));
    CHECK_FALSE(any_has(steps_of("curl"), "addstore -f Root"));
    CHECK(any_has(steps_of("dotnet-framework"), "MSCRMEmail"));
  }
}

TEST_CASE("commands have the server's own address, port and STARTTLS protocol, or the file") {
  const auto verdict = self_signed("mail.example.com");
  const auto steps_with = [&](const certs::Source& source) {
    return certs::steps(verdict, Language::english, source);
  };
  CHECK(any_has(steps_with({}), "-connect mail.example.com:443 -servername mail.example.com "));
  const auto smtp = steps_with({"192.0.2.7", 587, "smtp", ""});
  CHECK(any_has(smtp, "-connect 192.0.2.7:587 -starttls smtp -servername mail.example.com "));
  CHECK(any_has(smtp, "give it to the SMTP service"));
  CHECK_FALSE(any_has(smtp, "Exchange"));
  CHECK(any_has(steps_with({"2001:db8::1", 993, "", ""}), "-connect [2001:db8::1]:993 -servername"));
  const auto of_file = steps_with({"", 0, "", "it's.pem"});
  CHECK(any_has(of_file, "openssl x509 -in 'it'\\''s.pem' -out"));
  CHECK(any_has(of_file, "give it to the server's program"));
  CHECK_FALSE(any_has(of_file, "port 0"));
}

TEST_CASE("steps are in the words of the program that the server is, else in neutral ones") {
  using certs::Product;
  using certs::Service;
  auto verdict = self_signed("mail.example.com");
  verdict.findings.push_back({certs::Fault::expired, 0, "expired"});
  verdict.findings.push_back({certs::Fault::incomplete_chain, 0, "its issuer is missing"});
  const auto steps_on = [&](Product product, std::uint16_t port, Language language = Language::english) {
    certs::Source source{"192.0.2.7", port, "", ""};
    source.product = product;
    return certs::steps(verdict, language, source);
  };
  for (const auto language : {Language::english, Language::vietnamese}) {
    CHECK(any_has(steps_on(Product::exchange, 993, language), "-Services IMAP"));
    CHECK(any_has(steps_on(Product::exchange, 443, language), "inetmgr"));
    CHECK(any_has(steps_on(Product::iis, 443, language), "IIS Manager"));
    CHECK(any_has(steps_on(Product::dovecot, 993, language), "doveadm reload"));
    CHECK(any_has(steps_on(Product::postfix, 465, language), "postfix reload"));
    CHECK(any_has(steps_on(Product::exim, 465, language), "tls_certificate"));
    CHECK(any_has(steps_on(Product::nginx, 443, language), "nginx -s reload"));
    CHECK(any_has(steps_on(Product::apache, 443, language), "apachectl graceful"));
  }
  for (const auto product :
       {Product::dovecot, Product::postfix, Product::exim, Product::nginx, Product::apache})
    for (const auto* windows : {"Exchange", "inetmgr", "certutil -addstore -f CA"})
      CHECK_FALSE(any_has(steps_on(product, 993), windows));
  CHECK(any_has(steps_on(Product::unknown, 636), "LDAP service"));
  CHECK(any_has(steps_on(Product::unknown, 8443), "the service on port 8443"));
  for (const auto& step : steps_on(Product::unknown, 8443)) CHECK(step.find('{') == std::string::npos);
}

TEST_CASE("a program is known by its greeting, its field Server, or its certificate where it says nothing") {
  using certs::Product;
  using certs::Service;
  const auto greeted = [](std::string_view greeting) {
    certs::Evidence evidence;
    evidence.greeting = greeting;
    evidence.template_name = "WebServer";
    return certs::product_of(Service::imap, evidence);
  };
  CHECK(greeted("* OK [CAPABILITY IMAP4rev1 STARTTLS] Dovecot (Debian) ready.") == Product::dovecot);
  CHECK(greeted("* OK The Microsoft Exchange IMAP4 service is ready.") == Product::exchange);
  CHECK(greeted("220 ex01.contoso.local Microsoft ESMTP MAIL Service ready at ...") == Product::exchange);
  CHECK(greeted("220 mx.contoso.com ESMTP Postfix") == Product::postfix);
  CHECK(greeted("220 mx.contoso.com ESMTP") == Product::unknown);
  CHECK(greeted("") == Product::exchange);  // by AD CS's template
  certs::Evidence web;
  web.http_server = "Microsoft-IIS/10.0";
  CHECK(certs::product_of(Service::web, web) == Product::iis);
  web.has_exchange_field = true;
  CHECK(certs::product_of(Service::web, web) == Product::exchange);
  CHECK(certs::product_of(Service::web, {}) == Product::unknown);
}

TEST_CASE("a root neither sent nor trusted belongs into the router's store, in advice and steps") {
  const auto root = Ca::root("Contoso Root");
  const auto issuing = root.issue_ca("Contoso Issuing");
  const auto other = Ca::root("Other");
  for (const auto& sent : {std::vector<Buffer>{root.issue("mail.example.com")},
                           std::vector<Buffer>{issuing.issue("mail.example.com"), issuing.der},
                           std::vector<Buffer>{issuing.issue("mail.example.com")}}) {
    const auto verdict = ask(sent, {other.der});
    CHECK(verdict.advice.find("import the root on the router's machine") != std::string::npos);
    const auto steps = certs::steps(verdict, Language::english);
    CHECK(any_has(steps, "certutil -addstore -f CA issuer.cer"));
    CHECK(any_has(steps, "certutil -addstore -f Root"));
  }
}

TEST_CASE("the URL's host is changed to what can be a host, or to nothing") {
  const auto steps_for = [](std::vector<std::string> names) {
    auto verdict = self_signed("mail.example.com");
    verdict.name_known = true;
    verdict.name_matches = false;
    verdict.names = std::move(names);
    return certs::steps(verdict, Language::english);
  };
  CHECK(
      any_has(steps_for({"Contoso Root CA", "ex01.example.com", "*.example.com", "192.0.2.7", "2001:db8::7"}),
              "one that the certificate has: ex01.example.com, *.example.com, 192.0.2.7, 2001:db8::7."));
  for (const auto* other :
       {"Contoso Root CA", "*", "*.com", "ma*.example.com", "mail.*.com", "a b", "", "mail.example.com",
        "mail.example.com.", "ex01.example.com.", " mail.example.com"}) {
    INFO(other);
    const auto steps = steps_for({other});
    CHECK_FALSE(any_has(steps, "one that the certificate has"));
    CHECK_FALSE(any_has(steps, "Configuration Manager"));
    CHECK(any_has(steps, "Have the certificate issued with mail.example.com among"));
  }
}

TEST_CASE("where the name stands with a dot, or as a common name alone, a new certificate is the one way") {
  const auto root = Ca::root("Root");
  auto dotted = server("mail.example.com.");
  auto common = server("mail.example.com");
  common.extensions.clear();
  for (const auto& recipe : {dotted, common}) {
    const auto verdict = ask({root.issue(recipe)}, {root.der});
    CHECK(verdict.name_mismatches());
    CHECK(verdict.advice.find("have ") != std::string::npos);
    CHECK(verdict.advice.find("correct the URL") == std::string::npos);
    const auto steps = certs::steps(verdict, Language::english);
    REQUIRE(steps.size() == 2);
    CHECK(steps[0].starts_with("Have the certificate issued with mail.example.com among its subjectAltName"));
  }
  CHECK(ask({root.issue(dotted)}, {root.der}).advice.find("\"mail.example.com.\" (with a dot") !=
        std::string::npos);
}

TEST_CASE(
    "a self-signed certificate that is faulty besides isn't imported; its successor is, from the server") {
  auto verdict = self_signed("mail.example.com");
  for (const auto fault : {certs::Fault::expired, certs::Fault::wrong_usage, certs::Fault::weak_key}) {
    verdict.findings.resize(1);
    verdict.findings.push_back({fault, 0, "it is so"});
    CHECK(certs::advice(verdict, Language::english).find("importing it helps nobody") != std::string::npos);
    CHECK(certs::advice(verdict, Language::english).find("import it as") == std::string::npos);
    const auto steps = certs::steps(verdict, Language::english, {"192.0.2.7", 993, "", ""});
    const auto place_of = [&](std::string_view text) {
      return std::find_if(steps.begin(), steps.end(),
                          [&](const auto& step) { return step.find(text) != std::string::npos; }) -
             steps.begin();
    };
    CHECK_FALSE(any_has(steps, "Save the server's certificate"));
    CHECK(any_has(steps, "new certificate: openssl s_client -connect 192.0.2.7:993"));
    CHECK(place_of("renew the certificate") < place_of("Save the server's new certificate"));
    CHECK(place_of("Save the server's new certificate") < place_of("addstore -f Root"));
    CHECK(place_of("addstore -f Root") < std::ssize(steps));
  }
  CHECK(
      any_has(certs::steps(verdict, Language::english, {"", 0, "", "old.pem"}), "openssl x509 -in NEW.pem"));
  // Of one whose time is to come nothing is replaced.
  verdict.findings[1].fault = certs::Fault::not_yet_valid;
  CHECK(any_has(certs::steps(verdict, Language::english), "Save the server's certificate"));
}

TEST_CASE("a certificate that ends before it begins is issued anew, as no clock helps") {
  const auto root = Ca::root("Root");
  Recipe recipe = server("mail.example.com");
  recipe.not_before = now() + std::chrono::days(10);
  recipe.not_after = now() - std::chrono::days(10);
  for (const auto end : {recipe.not_after, now() + std::chrono::days(5)}) {
    recipe.not_after = end;
    const auto verdict = ask({root.issue(recipe)}, {root.der});
    CHECK(verdict.advice.find("compare the clocks") == std::string::npos);
    CHECK(verdict.advice.find("valid from 2026-06-25, which is after its end, 2026-06-") !=
          std::string::npos);
    const auto steps = certs::steps(verdict, Language::english);
    CHECK_FALSE(any_has(steps, "clocks"));
    CHECK(any_has(steps, "Have the certificate issued anew"));
    CHECK(any_has(steps, "renew the certificate"));
  }
}

TEST_CASE("advice speaks of each remedy once, and of every one that the steps have") {
  Recipe recipe = server("mail.example.com");
  recipe.issuer = recipe.subject;
  recipe.not_after = now() - std::chrono::days(1);
  const auto verdict = ask({certificate(recipe, Ca::leaf_key(), Ca::leaf_key())}, {Ca::root("Root").der});
  CHECK(verdict.advice.find("self-signed") != std::string::npos);
  CHECK(verdict.advice.find("renew it on the server") != std::string::npos);
  CHECK(any_has(certs::steps(verdict, Language::english), "renew the certificate"));
}

TEST_CASE("a server is made to speak TLS 1.2 in its own way, too") {
  certs::Source source;
  for (const auto language : {Language::english, Language::vietnamese}) {
    source.product = certs::Product::iis;
    CHECK(certs::step_to_newer_tls(language, source).find("SCHANNEL") != std::string::npos);
    source.product = certs::Product::dovecot;
    CHECK(certs::step_to_newer_tls(language, source).find("ssl_min_protocol = TLSv1.2") != std::string::npos);
  }
}

TEST_CASE("a state that can't be known isn't told as a fact") {
  certs::Verdict verdict = self_signed("mail.example.com");
  verdict.findings = {{certs::Fault::revoked, 0, "may be revoked: no list", true}};
  CHECK(certs::advice(verdict, Language::english).find("can't be established") != std::string::npos);
  CHECK(certs::advice(verdict, Language::english).find("must not be used") == std::string::npos);
  CHECK_FALSE(any_has(certs::steps(verdict, Language::english), "renew the certificate"));
  verdict.findings[0].responder = "http://ocsp.example/";
  CHECK(certs::advice(verdict, Language::english).find("http://ocsp.example/ answer") != std::string::npos);
  for (const auto language : {Language::english, Language::vietnamese}) {
    const auto steps = certs::steps(verdict, language);
    CHECK(any_has(steps, "http://ocsp.example/ ("));
    CHECK(any_has(steps, "ssl_stapling on"));
    CHECK_FALSE(any_has(steps, "certutil -crl"));
  }
  verdict.findings = {
      {certs::Fault::bad_signature, 0, "its signature can't be verified here: ML-DSA-65", true}};
  CHECK(certs::advice(verdict, Language::english).find("RSA or ECDSA") != std::string::npos);
}

TEST_CASE("only where a staple is demanded the server is asked to staple") {
  auto verdict = self_signed("mail.example.com");
  for (const auto fault : {certs::Fault::bad_signature, certs::Fault::malformed, certs::Fault::weak_key}) {
    verdict.findings = {{fault, 0, "it is so"}};
    CHECK_FALSE(any_has(certs::steps(verdict, Language::english), "staple"));
    CHECK(certs::advice(verdict, Language::english).find("staple") == std::string::npos);
  }
  verdict.findings = {{certs::Fault::missing_staple, 0, "none came"}};
  CHECK(any_has(certs::steps(verdict, Language::english), "staple what it answers"));
}

TEST_CASE("for a key that others know a new one is asked for, and no renewal") {
  certs::Verdict verdict = self_signed("mail.example.com");
  verdict.findings = {{certs::Fault::revoked, 0, "revoked on 2026-06-14 (key compromise)"},
                      {certs::Fault::expired, 0, "expired on 2026-06-15"}};
  CHECK(any_has(certs::steps(verdict, Language::english), "renew the certificate"));
  verdict.findings[0].key_compromised = true;
  CHECK(any_has(certs::steps(verdict, Language::english), "make a new key"));
  CHECK_FALSE(any_has(certs::steps(verdict, Language::english), "renew the certificate"));
  CHECK(certs::advice(verdict, Language::english).find("replace both") != std::string::npos);
}

TEST_CASE("a name that doesn't match leads to the router's profile") {
  const auto root = Ca::root("Root");
  const auto verdict = ask({root.issue("exchange.corp.example")}, {root.der});
  CHECK(verdict.trusted());
  CHECK(verdict.advice.find("exchange.corp.example") != std::string::npos);
  const auto steps = certs::steps(verdict, Language::english);
  CHECK(any_has(steps, "Configuration Manager"));
  CHECK(any_has(steps, "exchange.corp.example"));
}

TEST_CASE("advice comes in Vietnamese too, and no text is missing in either language") {
  const auto verdict = self_signed("mail.example.com");
  CHECK(certs::advice(verdict, Language::vietnamese).find("tự ký") != std::string::npos);
  CHECK(any_has(certs::steps(verdict, Language::vietnamese), "certutil -addstore -f Root"));
  const auto* english = &certs::texts_of(Language::english).self_signed;
  const auto* vietnamese = &certs::texts_of(Language::vietnamese).self_signed;
  for (std::size_t i = 0; i < sizeof(certs::Texts) / sizeof(std::string_view); ++i) {
    CHECK_FALSE(english[i].empty());
    CHECK(english[i] != vietnamese[i]);
  }
}

TEST_CASE("the language is taken from a tag or a locale") {
  CHECK(certs::language_of("vi_VN.UTF-8") == Language::vietnamese);
  CHECK(certs::language_of("VI") == Language::vietnamese);
  CHECK(certs::language_of("C") == Language::english);
  CHECK(certs::language_of("") == Language::english);
}

TEST_CASE("a stranger's name can't write commands or placeholders") {
  const auto steps = certs::steps(self_signed("x; rm -rf /{days}$(reboot)\x1b[2J"), Language::english);
  CHECK(any_has(steps, "certutil -addstore -f Root x-rm-rf-days-reboot-2J.cer"));
  CHECK_FALSE(any_has(steps, "\x1b"));
}

TEST_CASE("a near end is warned of though all is well") {
  const auto root = Ca::root("Root");
  Recipe recipe = server("mail.example.com");
  recipe.not_before = now() - std::chrono::days(80);
  recipe.not_after = now() + std::chrono::days(7);
  const auto verdict = ask({root.issue(recipe)}, {root.der});
  CHECK(verdict.acceptable());
  CHECK(verdict.days_left == 7);
  CHECK(verdict.advice == "A certificate of the chain ends in 7 days: renew it.");
}

namespace {

/// A leaf below an intermediate that this was done to, and its root, which is trusted.
certs::Verdict with_intermediate(const std::function<void(Recipe&)>& change) {
  const auto root = Ca::root("Contoso Root");
  auto recipe = authority("Contoso Issuing");
  change(recipe);
  const auto issuing = root.issue_ca(recipe);
  return ask({issuing.issue("mail.example.com"), issuing.der}, {root.der});
}

}  // namespace

TEST_CASE("an intermediate that has ended is replaced, and the server's certificate isn't renewed for it") {
  const auto verdict = with_intermediate([](Recipe& recipe) {
    recipe.not_before = now() - std::chrono::days(400);
    recipe.not_after = now() - std::chrono::days(1);
  });
  CHECK(verdict.advice.starts_with(
      "The intermediate certificate \"CN=Contoso Issuing\", which the server sends, has ended ("));
  CHECK(verdict.advice.find("a newer one") != std::string::npos);
  certs::Source source{"192.0.2.7", 993, "", ""};
  for (const auto language : {Language::english, Language::vietnamese}) {
    source.product = certs::Product::dovecot;
    const auto steps = certs::steps(verdict, language, source);
    REQUIRE(steps.size() == 4);
    CHECK(steps[0].find("\"CN=Contoso Issuing\"") != std::string::npos);
    CHECK(steps[1].find("doveadm reload") != std::string::npos);
    CHECK_FALSE(any_has(steps, "ssl_cert"));  // nothing is renewed
    source.product = certs::Product::iis;
    CHECK(any_has(certs::steps(verdict, language, source), "certutil -delstore CA SERIAL"));
    for (const auto& step : steps) CHECK(step.find('{') == std::string::npos);
  }
}

TEST_CASE("an intermediate that isn't valid yet makes way for the one before it") {
  const auto verdict =
      with_intermediate([](Recipe& recipe) { recipe.not_before = now() + std::chrono::days(2); });
  CHECK(
      verdict.advice.find("compare the clocks; if they are right, have the server send its CA's older one") !=
      std::string::npos);
  CHECK(any_has(certs::steps(verdict, Language::english), "Compare the clocks"));
  CHECK(any_has(certs::steps(verdict, Language::english), "in the old one's place"));
}

TEST_CASE(
    "an intermediate that is revoked, or whose state isn't known, is nothing that the server's key or staple "
    "mends") {
  auto verdict = with_intermediate([](Recipe&) {});
  REQUIRE(verdict.trusted());
  verdict.findings = {{certs::Fault::revoked, 1, "revoked on 2026-06-14 (CA compromise)"}};
  verdict.findings[0].key_compromised = true;
  CHECK(certs::advice(verdict, Language::english).find("nor what it has signed") != std::string::npos);
  CHECK(any_has(certs::steps(verdict, Language::english), "by another CA than \"CN=Contoso Issuing\""));
  CHECK_FALSE(any_has(certs::steps(verdict, Language::english), "make a new key"));
  verdict.findings = {{certs::Fault::revoked, 1, "may be revoked: no answer", true}};
  CHECK(certs::advice(verdict, Language::english)
            .starts_with("Whether the intermediate certificate \"CN=Contoso Issuing\" was revoked"));
  verdict.findings[0].responder = "http://ocsp.example/";
  CHECK(certs::advice(verdict, Language::english).find("http://ocsp.example/") != std::string::npos);
  for (const auto language : {Language::english, Language::vietnamese}) {
    CHECK_FALSE(any_has(certs::steps(verdict, language), "ssl_stapling"));
    CHECK(any_has(certs::steps(verdict, language), "http://ocsp.example/ ("));
  }
}

TEST_CASE("every other fault of an intermediate is told of it, not of the server's certificate") {
  auto verdict = with_intermediate([](Recipe&) {});
  for (const auto fault : {certs::Fault::wrong_usage, certs::Fault::not_a_ca, certs::Fault::weak_signature,
                           certs::Fault::weak_key, certs::Fault::bad_signature, certs::Fault::malformed,
                           certs::Fault::constraint_violation, certs::Fault::critical_extension}) {
    CAPTURE(certs::to_string(fault));
    verdict.findings = {{fault, 1, "it is so"}};
    CHECK(certs::advice(verdict, Language::english)
              .starts_with("The intermediate certificate \"CN=Contoso Issuing\" is faulty (it is so)"));
    CHECK(certs::advice(verdict, Language::vietnamese).find("trung gian \"CN=Contoso Issuing\"") !=
          std::string::npos);
    CHECK_FALSE(any_has(certs::steps(verdict, Language::english), "renew the certificate"));
    verdict.findings = {{fault, 0, "it is so"}};
    CHECK(certs::advice(verdict, Language::english).find("intermediate") == std::string::npos);
  }
}

TEST_CASE("a root that has ended is replaced on the router's machine") {
  auto recipe = authority("Contoso Root");
  recipe.not_before = now() - std::chrono::days(400);
  recipe.not_after = now() - std::chrono::days(1);
  const auto root = Ca::root(recipe);
  for (const bool is_sent : {false, true}) {
    auto sent = std::vector<Buffer>{root.issue("mail.example.com")};
    if (is_sent) sent.push_back(root.der);
    const auto verdict = ask(sent, {root.der});
    CAPTURE(is_sent, verdict.advice);
    CHECK(verdict.advice.starts_with("The root certificate \"CN=Contoso Root\" has ended ("));
    const auto steps = certs::steps(verdict, Language::english);
    CHECK(any_has(steps, "certutil -addstore -f Root Contoso-Root.cer"));
    CHECK_FALSE(any_has(steps, "renew the certificate"));
  }
}

TEST_CASE("the certificate whose end is near is the one that is named") {
  const auto verdict = with_intermediate([](Recipe& recipe) {
    recipe.not_before = now() - std::chrono::days(400);
    recipe.not_after = now() + std::chrono::days(7);
  });
  CHECK(verdict.acceptable());
  CHECK(verdict.first_to_end == 1);
  CHECK(verdict.advice ==
        "The intermediate certificate \"CN=Contoso Issuing\", which the server sends, ends in 7 days: "
        "replace it on "
        "the server; its CA may have a newer one.");
}
