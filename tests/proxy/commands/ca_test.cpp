#include "proxy/commands/ca.h"

#include <catch2/catch_test_macros.hpp>
#include <sstream>

#include "certs/issue/presenter.h"
#include "certs/model/identity.h"
#include "config/route.h"
#include "tests/certs/issue/presentation_support.h"

using namespace mailtap;
using namespace mailtap::commands;
using namespace mailtap::test;

namespace {

/// A folder in which commands are run, and what they said.
struct Workshop {
  TemporaryFolder folder;
  CaOptions options;
  std::ostringstream out;
  std::ostringstream err;

  Workshop() {
    options.ca_cert = folder.file("ca.pem");
    options.ca_key = folder.file("ca.key");
  }
  int operator()(int (*command)(const CaOptions&, const Output&)) {
    out.str("");
    err.str("");
    return command(options, {out, err, now()});
  }
  bool said(std::string_view text) const { return out.str().find(text) != std::string::npos; }
  bool complained(std::string_view text) const { return err.str().find(text) != std::string::npos; }
};

bool is_private(const std::string& file) {
  return (std::filesystem::status(file).permissions() & std::filesystem::perms::all) ==
         (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace

TEST_CASE("init, issue and sign make certificates that openssl accepts for their names") {
  NEEDS_OPENSSL();
  Workshop run_command;
  auto& options = run_command.options;
  const auto& folder = run_command.folder;
  REQUIRE(run_command(ca_init) == 0);
  CHECK(is_private(options.ca_key));
  CHECK(run("openssl x509 -noout -text -in " + options.ca_cert).has("Public-Key: (2048 bit)"));

  options.cert = folder.file("server.pem");
  options.key = folder.file("server.key");
  options.names = {"mail.contoso.example", "192.0.2.1"};
  options.crl_url = "http://mailtap.example/ca.crl";
  REQUIRE(run_command(ca_issue) == 0);
  CHECK(is_private(options.key));
  const auto verify = [&](const std::string& name, const std::string& file) {
    return run("openssl verify -x509_strict -purpose sslserver -verify_hostname " + name + " -CAfile " +
               options.ca_cert + " " + file);
  };
  CHECK(verify("mail.contoso.example", options.cert).status == 0);
  CHECK(verify("other.example", options.cert).status != 0);
  CHECK(run("openssl x509 -noout -text -in " + options.cert).has("URI:http://mailtap.example/ca.crl"));
  CHECK(certs::Identity::load(options.cert, options.key));

  REQUIRE(run("openssl req -new -newkey rsa:1024 -nodes -subj /CN=exchange -addext "
              "subjectAltName=DNS:owa.contoso.example -keyout " +
              folder.file("x.key") + " -out " + folder.file("x.csr"))
              .status == 0);
  options.request = folder.file("x.csr");
  options.cert = folder.file("signed.pem");
  options.names = {"mail.contoso.example"};
  REQUIRE(run_command(ca_sign) == 0);
  CHECK(run_command.complained("RSA 1024, is weak"));
  for (const auto* name : {"owa.contoso.example", "mail.contoso.example"})
    CHECK(verify(name, "-auth_level 0 " + options.cert).status == 0);

  REQUIRE(run_command(ca_sign) == 1);
  CHECK(run_command.complained(options.cert + ": can't be created: File exists"));
}

TEST_CASE("gnutls accepts what issue makes") {
  if (run("certtool --version").status != 0) SKIP("certtool (gnutls-bin) isn't installed");
  Workshop run_command;
  auto& options = run_command.options;
  REQUIRE(run_command(ca_init) == 0);
  options.cert = run_command.folder.file("server.pem");
  options.key = run_command.folder.file("server.key");
  options.names = {"mail.contoso.example"};
  REQUIRE(run_command(ca_issue) == 0);
  const auto verified = run("certtool --verify --load-ca-certificate " + options.ca_cert +
                            " --verify-hostname mail.contoso.example --infile " + options.cert);
  INFO(verified.text);
  CHECK(verified.status == 0);
}

TEST_CASE("nothing is overwritten, and a failure is one sentence that names the file") {
  Workshop run_command;
  auto& options = run_command.options;
  options.key_type = certs::KeySpec::p256();
  REQUIRE(run_command(ca_init) == 0);
  const auto key = read_file(options.ca_key).value();
  CHECK(run_command(ca_init) == 1);
  CHECK(run_command.complained("mailtap ca: " + options.ca_cert + ": exists already"));
  CHECK(read_file(options.ca_key).value() == key);

  options.cert = run_command.folder.file("a.pem");
  options.key = options.ca_key;
  options.names = {"a.example"};
  CHECK(run_command(ca_issue) == 1);
  CHECK(run_command.complained(options.key + ": exists already"));
  CHECK_FALSE(std::filesystem::exists(options.cert));

  options.key = run_command.folder.file("a.key");
  options.names = {"two words"};
  CHECK(run_command(ca_issue) == 1);
  CHECK(run_command.complained("\"two words\""));
  options.ca_cert = run_command.folder.file("none.pem");
  for (auto* command : {ca_show, ca_export, ca_issue}) {
    CHECK(run_command(command) == 1);
    CHECK(run_command.complained(options.ca_cert + ": can't be read: No such file"));
  }
}

TEST_CASE("an encrypted CA key is opened by its password file") {
  Workshop run_command;
  auto& options = run_command.options;
  options.key_type = certs::KeySpec::p256();
  options.password_file = run_command.folder.file("empty", "\n");
  CHECK(run_command(ca_init) == 1);
  CHECK(run_command.complained("an empty password"));
  options.password_file = run_command.folder.file("password", "geheim\n");
  REQUIRE(run_command(ca_init) == 0);
  CHECK(read_file(options.ca_key)->find("-----BEGIN ENCRYPTED PRIVATE KEY-----") == 0);
  CHECK(run_command(ca_show) == 0);
  CHECK(run_command.said("belongs to it"));
  options.password_file = run_command.folder.file("other", "falsch\n");
  CHECK(run_command(ca_show) == 1);
  CHECK(run_command.complained(options.ca_key + ": the password doesn't fit"));
}

TEST_CASE("show gives Windows' thumbprint, and export the steps with the file's name") {
  NEEDS_OPENSSL();
  Workshop run_command;
  auto& options = run_command.options;
  options.name_constraints.permitted = {"contoso.example"};
  options.common_name = "Contoso diagnosis";
  REQUIRE(run_command(ca_init) == 0);
  REQUIRE(run_command(ca_show) == 0);
  CHECK(run_command.said("CN=Contoso diagnosis"));
  auto thumbprint = run("openssl x509 -noout -fingerprint -sha1 -in " + options.ca_cert).text;
  thumbprint = thumbprint.substr(thumbprint.find('=') + 1, 59);
  std::erase(thumbprint, ':');
  CHECK(run_command.said(to_lower_ascii(thumbprint)));

  options.cert = run_command.folder.file("ca.cer");
  options.format = "der";
  REQUIRE(run_command(ca_export) == 0);
  CHECK(run("openssl x509 -inform DER -noout -in " + options.cert).status == 0);
  for (const auto* part : {"certutil -addstore -f Root", "gpupdate", "keytool -importcert",
                           "update-ca-certificates", "update-ca-trust extract", "Microsoft CRM Email Router"})
    CHECK(run_command.said(part));
  CHECK(run_command.said("FILE stands for " + options.cert));
  CHECK(run_command.said("certutil -store Root " + to_lower_ascii(thumbprint)));
}

TEST_CASE("import-pfx gives PEM files that a route can present") {
  NEEDS_OPENSSL();
  Workshop run_command;
  auto& options = run_command.options;
  const auto& folder = run_command.folder;
  REQUIRE(run_command(ca_init) == 0);
  options.cert = folder.file("server.pem");
  options.key = folder.file("server.key");
  options.names = {"mail.contoso.example"};
  REQUIRE(run_command(ca_issue) == 0);
  options.pfx = folder.file("exchange.pfx");
  REQUIRE(run("openssl pkcs12 -export -legacy -passout pass:geheim -in " + options.cert + " -inkey " +
              options.key + " -out " + options.pfx)
              .status == 0);
  options.password_file = folder.file("password", "geheim");
  options.cert = folder.file("imported.pem");
  options.key = folder.file("imported.key");
  REQUIRE(run_command(ca_import_pfx) == 0);
  CHECK(run_command.said("mail.contoso.example with 1 above it"));
  CHECK(is_private(options.key));
  config::Route route;
  route.present = config::Presentation::own;
  route.cert = {options.cert};
  route.key = {options.key};
  CHECK(certs::Presenter::make(route));

  options.cert.clear();
  options.ca_cert = folder.file("as-ca.pem");
  options.ca_key = folder.file("as-ca.key");
  CHECK(run_command(ca_import_pfx) == 1);
  CHECK(run_command.complained("holds no CA"));
  options.password_file = folder.file("other", "falsch");
  CHECK(run_command(ca_import_pfx) == 1);
  CHECK(run_command.complained(options.pfx + ": the password doesn't fit the PFX"));
}

TEST_CASE("where there is no store to put the CA into, it is said what is done there instead", "[posix]") {
  Workshop run_command;
  auto& options = run_command.options;
  REQUIRE(run_command(ca_init) == 0);
  options.install = options.yes = true;
  CHECK(run_command(ca_export) == 1);
  CHECK(run_command.complained("update-ca-certificates"));
  CHECK(run_command.complained("update-ca-trust extract"));
  options.install = false;
  options.uninstall = true;
  CHECK(run_command(ca_export) == 1);
  CHECK(run_command.complained("--fresh"));
  options.from_store = "mail.contoso.local";
  options.cert = run_command.folder.file("new.pem");
  options.key = run_command.folder.file("new.key");
  CHECK(run_command(ca_import_pfx) == 1);
  CHECK(run_command.complained("--pfx"));
}
