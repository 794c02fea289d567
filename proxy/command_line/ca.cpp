#include "proxy/commands/ca.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <map>
#include <memory>

#include "config/base/language.h"
#include "config/values.h"
#include "proxy/command_line/commands.h"
#include "proxy/command_line/language_option.h"

namespace mailtap::commands {

namespace {

using Command = int (*)(const CaOptions&, const Output&);

/// One subcommand and the options that it reads.
class Subcommand {
 public:
  Subcommand(CLI::App& parent, const std::string& name, const std::string& what, Command command, int& status)
      : app_(parent.add_subcommand(name, what)) {
    add_language_option(*app_, *language_);
    app_->callback([options = options_, language = language_, command, &status] {
      const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
      status = command(*options, {std::cout, std::cerr, now, config::language_for(*language)});
    });
  }

  CLI::Option* ca_cert() {
    return app_->add_option("--ca-cert", options_->ca_cert, "the CA's certificate (PEM)")->type_name("FILE");
  }
  CLI::Option* ca_key() {
    return app_->add_option("--ca-key", options_->ca_key, "the CA's private key (PEM)")->type_name("FILE");
  }
  CLI::Option* cert(const std::string& what) {
    return app_->add_option("--cert", options_->cert, what)->type_name("FILE");
  }
  CLI::Option* key() {
    return app_->add_option("--key", options_->key, "where its private key is written (PEM, 0600)")
        ->type_name("FILE");
  }
  void password_file(const std::string& what) {
    app_->add_option("--password-file", options_->password_file, what)->type_name("FILE");
  }
  CLI::Option* names(const std::string& what) { return app_->add_option("--name", options_->names, what); }
  void days(const std::string& what) {
    app_->add_option("--days", options_->days, what)->check(CLI::Range(1, 36500));
  }
  void key_type() {
    using certs::KeySpec;
    static const std::map<std::string, KeySpec> types{
        {"rsa2048", KeySpec::rsa(2048)}, {"rsa3072", KeySpec::rsa(3072)}, {"rsa4096", KeySpec::rsa(4096)},
        {"p256", KeySpec::p256()},       {"p384", KeySpec::p384()},       {"p521", KeySpec::p521()}};
    std::string listed;
    for (const auto& [name, type] : types) listed += (listed.empty() ? "" : ", ") + name;
    app_->add_option_function<std::string>(
            "--key-type",
            [options = options_](const std::string& name) { options->key_type = types.at(name); },
            "its private key: " + listed + " (default rsa2048, which old Windows can verify)")
        ->check(CLI::IsMember({"rsa2048", "rsa3072", "rsa4096", "p256", "p384", "p521"}));
  }
  void store(const std::string& what) {
    using certs::StoreOf;
    static const std::map<std::string, StoreOf> stores{{"machine", StoreOf::machine},
                                                       {"user", StoreOf::user}};
    app_->add_option_function<std::string>(
            "--store", [options = options_](const std::string& name) { options->store = stores.at(name); },
            what)
        ->check(CLI::IsMember({"machine", "user"}));
  }
  void urls() {
    app_->add_option("--crl-url", options_->crl_url, "where clients find the CA's CRL (http://...)");
    app_->add_option("--ca-url", options_->certificate_url,
                     "where clients find the CA's certificate (http://...)");
  }
  CaOptions& options() { return *options_; }
  CLI::App& app() { return *app_; }

 private:
  std::shared_ptr<CaOptions> options_ = std::make_shared<CaOptions>();
  std::shared_ptr<std::string> language_ = std::make_shared<std::string>();
  CLI::App* app_;
};

/// Where it comes from, and where it goes, is one of two each.
int import_pfx(const CaOptions& options, const Output& to) {
  if (options.pfx.empty() && options.from_store.empty()) throw CLI::RequiredError("--pfx");
  if (options.cert.empty() && options.ca_cert.empty()) throw CLI::RequiredError("--cert");
  return ca_import_pfx(options, to);
}

constexpr const char* ca_password = "file whose first line is the password of the CA's key";

}  // namespace

void add_ca(CLI::App& app, int& status) {
  auto& ca = *app.add_subcommand("ca", "the local CA and the certificates made with it");
  ca.require_subcommand(1);

  Subcommand init(ca, "init", "make a CA; no file is overwritten", ca_init, status);
  init.ca_cert()->required();
  init.ca_key()->required();
  init.app().add_option("--cn", init.options().common_name, "its name (default \"mailtap local CA\")");
  init.key_type();
  init.days("how long it is valid (default 3650)");
  init.app().add_option("--permit", init.options().name_constraints.permitted,
                        "bind it to this domain or address range; repeatable");
  init.app().add_option("--exclude", init.options().name_constraints.excluded,
                        "forbid it this domain or address range; repeatable");
  init.app().add_flag("--encrypt-key", init.options().encrypt_key,
                      "encrypt the key, asking for the password");
  init.password_file("encrypt the key with this file's first line");

  Subcommand show(ca, "show", "show a CA, and whether the key belongs to it", ca_show, status);
  show.ca_cert()->required();
  show.ca_key();
  show.password_file(ca_password);

  Subcommand exporting(ca, "export", "tell how to trust the CA, and write its certificate", ca_export,
                       status);
  exporting.ca_cert()->required();
  exporting.ca_key()->description("not read: the certificate alone is exported");
  exporting.cert("where a copy of the certificate is written");
  exporting.app()
      .add_option("--format", exporting.options().format, "of that copy: pem (default) or der")
      ->check(CLI::IsMember({"pem", "der"}));
  auto* install = exporting.app().add_flag(
      "--install", exporting.options().install,
      "put it into Windows's store ROOT, after a question; elsewhere say what is done there");
  exporting.app()
      .add_flag("--uninstall", exporting.options().uninstall, "take it out of there again")
      ->excludes(install);
  exporting.app().add_flag("--yes", exporting.options().yes, "of both: without the question");
  exporting.store("of both: machine (default, which services read and administrators change), or user");

  Subcommand sign(ca, "sign", "sign a certificate request from Exchange or IIS", ca_sign, status);
  sign.ca_cert()->required();
  sign.ca_key()->required();
  sign.password_file(ca_password);
  sign.app()
      .add_option("--csr", sign.options().request, "the certificate request (PEM or DER)")
      ->type_name("FILE")
      ->required();
  sign.cert("where the certificate is written (PEM)")->required();
  sign.names("a name besides the request's; repeatable");
  sign.days("how long it is valid (default 730)");
  sign.urls();

  Subcommand issue(ca, "issue", "make a server certificate with a fresh key", ca_issue, status);
  issue.ca_cert()->required();
  issue.ca_key()->required();
  issue.password_file(ca_password);
  issue.names("a DNS name or IP address it is for; repeatable")->required();
  issue.cert("where the certificate and the CA's are written (PEM)")->required();
  issue.key()->required();
  issue.key_type();
  issue.days("how long it is valid (default 730)");
  issue.urls();

  Subcommand pfx(ca, "import-pfx", "make PEM files of Exchange's own PFX, or of a CA's", import_pfx, status);
  auto* file = pfx.app()
                   .add_option("--pfx", pfx.options().pfx, "the PFX file, exported with its private key")
                   ->type_name("FILE");
  pfx.app()
      .add_option("--from-store", pfx.options().from_store,
                  "instead of --pfx, on Windows: what is in the store MY with an exportable key, by its "
                  "thumbprint or "
                  "a part of its subject")
      ->type_name("SUBJECT|THUMBPRINT")
      ->excludes(file);
  pfx.store("of --from-store: machine (default) or user");
  pfx.password_file("file whose first line is the PFX's password");
  auto* cert = pfx.cert("where the certificates are written (PEM)");
  auto* key = pfx.key();
  auto* ca_cert = pfx.ca_cert()->description("instead of --cert, if the PFX holds a CA");
  auto* ca_key = pfx.ca_key()->description("instead of --key, if the PFX holds a CA");
  cert->needs(key)->excludes(ca_cert);
  key->needs(cert);
  ca_cert->needs(ca_key);
  ca_key->needs(ca_cert);
  for (auto* option : {cert, key, ca_cert, ca_key}) option->group("Where it goes, one of the two pairs");
}

}  // namespace mailtap::commands
