#include "proxy/commands/ca.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <ostream>

#include <mbedtls/md.h>
#include <mbedtls/x509_crt.h>
#include <unistd.h>

#include "certs/issue/certificate_request.h"
#include "certs/issue/local_ca.h"
#include "certs/issue/pfx.h"
#include "certs/model/content_kind.h"
#include "certs/model/identity.h"
#include "certs/model/pem.h"
#include "certs/system/system_verdict.h"
#include "config/base/file.h"
#include "config/base/phrases.h"
#include "config/values.h"
#include "proxy/commands/password.h"

namespace mailtap::commands {

namespace {

using certs::LocalCa;

/// Long enough not to be a chore, short enough for clients that refuse more (825 days).
constexpr int server_certificate_days = 730;

int failed(const Output& to, const std::string& message) {
  to.err << "mailtap ca: " << in_language(message, to.language) << "\n";
  return 1;
}

int failed(const Output& to, const Error& error) {
  return failed(to, error.about.empty() ? error.message : "--" + error.about + ": " + error.message);
}

std::string to_pem(const std::vector<Buffer>& certificates) {
  std::string pem;
  for (const auto& certificate : certificates) pem += certs::to_pem(certificate, "CERTIFICATE");
  return pem;
}

/// Asks for a password only if the key has one.
Result<std::string> password_of_key(const std::string& key_file, const std::string& password_file,
                                    Language language) {
  auto key = read_named_file(key_file);
  if (!key) return fail_about("ca-key", key.error());
  if (password_file.empty() && key->find("ENCRYPTED") == std::string::npos) return std::string();
  return read_password(password_file, key_file, language);
}

void warn_of_key(const std::string& file, const Output& to) {
  if (const auto risk = key_file_risk(file); !risk.empty())
    to.err << "mailtap: warning: " << in_language(risk, to.language) << '\n';
}

Result<std::shared_ptr<const LocalCa>> load_ca(const CaOptions& options, const Output& to) {
  warn_of_key(options.ca_key, to);
  const auto password = password_of_key(options.ca_key, options.password_file, to.language);
  if (!password) return tl::unexpected(password.error());
  return LocalCa::load(options.ca_cert, options.ca_key, *password, to.now,
                       {options.crl_url, options.certificate_url});
}

Result<void> refuse_existing(std::initializer_list<std::string> files) {
  for (const auto& file : files) {
    std::error_code ignored;
    if (std::filesystem::exists(std::filesystem::symlink_status(file, ignored)))
      return fail(file + ": exists already; nothing is overwritten, so name another file or move it away");
  }
  return {};
}

/// The key first: a certificate without its key is of no use.
Result<void> write_pair(const std::string& cert_file, const std::vector<Buffer>& chain,
                        const std::string& key_file, const std::string& key_pem) {
  if (auto written = create_file(key_file, key_pem, FileMode::owner_only); !written) return written;
  auto written = create_file(cert_file, to_pem(chain), FileMode::world_readable);
  std::error_code ignored;
  if (!written) std::filesystem::remove(key_file, ignored);
  return written;
}

std::string fingerprint(mbedtls_md_type_t hash, Bytes der) {
  const auto* info = mbedtls_md_info_from_type(hash);
  Buffer digest(mbedtls_md_get_size(info));
  mbedtls_md(info, der.data(), der.size(), digest.data());
  return to_hex(digest);
}

/// mbedTLS's description, which shows every field that it knows.
std::string describe(Bytes der) {
  mbedtls_x509_crt certificate;
  mbedtls_x509_crt_init(&certificate);
  const auto accept = [](void*, const mbedtls_x509_crt*, const mbedtls_x509_buf*, int, const unsigned char*,
                         const unsigned char*) { return 0; };
  std::string text;
  if (mbedtls_x509_crt_parse_der_with_ext_cb(&certificate, der.data(), der.size(), 1, accept, nullptr) == 0) {
    std::array<char, 8192> buffer{};
    if (mbedtls_x509_crt_info(buffer.data(), buffer.size(), "", &certificate) > 0) text = buffer.data();
  }
  mbedtls_x509_crt_free(&certificate);
  return text;
}

}  // namespace

int ca_init(const CaOptions& options, const Output& to) {
  certs::LocalCaSettings settings;
  settings.common_name = options.common_name;
  settings.key = options.key_type;
  settings.name_constraints = options.name_constraints;
  if (options.days != 0) settings.days = options.days;
  if (options.encrypt_key || !options.password_file.empty()) {
    auto password = read_new_password(options.password_file, options.ca_key, to.language);
    if (!password) return failed(to, password.error());
    settings.password = std::move(*password);
  }
  if (auto made = LocalCa::init(options.ca_cert, options.ca_key, settings, to.now); !made)
    return failed(to, made.error());
  to.out << said(to.language,
                 settings.password.empty()
                     ? "wrote the CA's certificate to {file} and its private key to {key}"
                     : "wrote the CA's certificate to {file} and its encrypted private key to {key}",
                 {options.ca_cert, options.ca_key})
         << '\n'
         << said(to.language,
                 "next: mailtap ca export --ca-cert {file} tells how to make the router trust it",
                 {options.ca_cert})
         << '\n';
  return 0;
}

int ca_show(const CaOptions& options, const Output& to) {
  const auto chain = certs::read_certificates(options.ca_cert);
  if (!chain) return failed(to, {chain.error().message, "ca-cert"});
  const auto& certificate = chain->front();
  const auto description = describe(certificate);
  if (description.empty())
    return failed(to, options.ca_cert + ": the certificate can't be read; export it anew");
  to.out << description << '\n'
         << said(to.language, "SHA-1 (Windows' thumbprint) : {hash}",
                 {fingerprint(MBEDTLS_MD_SHA1, certificate)})
         << "\nSHA-256                     : " << fingerprint(MBEDTLS_MD_SHA256, certificate) << "\n";
  if (options.ca_key.empty()) return 0;
  const auto ca = load_ca(options, to);
  if (!ca) return failed(to, ca.error());
  to.out << said(to.language, "private key                 : {file}, {key}, belongs to it",
                 {options.ca_key, certs::to_string((*ca)->key().type())})
         << '\n';
  return 0;
}

namespace {

/// A change of what a whole machine trusts is asked about.
Result<bool> agreed_to(const std::string& question, const Output& to) {
  if (::isatty(STDIN_FILENO) != 1)
    return fail("there is no terminal to ask on whether that is wanted: say so with --yes");
  to.err << question << " [yes/no] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  const auto word = to_lower_ascii(answer.substr(0, answer.find_last_not_of(" \r") + 1));
  return word == "y" || word == "yes";
}

int change_store(const CaOptions& options, const Buffer& certificate, const Output& to) {
  const auto in = [&to](std::string_view english, const std::vector<std::string>& values = {}) {
    return said(to.language, english, values);
  };
  const auto store =
      in(options.store == certs::StoreOf::machine ? "the machine's store ROOT" : "this user's store ROOT");
  if (!options.yes && certs::system_judges()) {
    const auto agreed = agreed_to(
        in(options.install
               ? "Put the CA {file} (thumbprint {hash}) into {store}? Whoever has its key can then pretend "
                 "to be any server to this machine."
               : "Take the CA {file} (thumbprint {hash}) out of {store}?",
           {options.ca_cert, fingerprint(MBEDTLS_MD_SHA1, certificate), store}),
        to);
    if (!agreed) return failed(to, agreed.error());
    if (!*agreed) return failed(to, "nothing was changed");
  }
  const auto changed = options.install ? certs::install_root(certificate, options.store)
                                       : certs::remove_root(certificate, options.store);
  if (!changed) return failed(to, options.ca_cert + ": " + changed.error().message);
  if (!options.install) {
    to.out << in(*changed ? "took the CA out of {store}" : "the CA wasn't in {store}", {store}) << '\n';
    return 0;
  }
  to.out << in(*changed ? "put the CA into {store}" : "the CA was already in {store}", {store}) << '\n'
         << in("next: restart the router (net stop MSCRMEmail && net start MSCRMEmail); .NET reads the store "
               "anew only in a new process")
         << '\n'
         << in("undo: mailtap ca export --ca-cert {file} --uninstall", {options.ca_cert}) << '\n';
  return 0;
}

}  // namespace

int ca_export(const CaOptions& options, const Output& to) {
  const auto chain = certs::read_certificates(options.ca_cert);
  if (!chain) return failed(to, {chain.error().message, "ca-cert"});
  const auto& certificate = chain->front();
  auto file = options.ca_cert;
  if (!options.cert.empty()) {
    file = options.cert;
    const auto content = options.format == "der" ? std::string(as_text(certificate))
                                                 : certs::to_pem(certificate, "CERTIFICATE");
    if (auto written = create_file(file, content, FileMode::world_readable); !written)
      return failed(to, written.error());
    to.out << said(to.language, "wrote the CA's certificate to {file}", {file}) << '\n';
  }
  if (options.install || options.uninstall) return change_store(options, certificate, to);
  to.out << how_to_trust(file, fingerprint(MBEDTLS_MD_SHA1, certificate), to.language);
  return 0;
}

int ca_sign(const CaOptions& options, const Output& to) {
  const auto content = read_named_file(options.request);
  if (!content) return failed(to, {content.error().message, "csr"});
  const auto request = certs::parse_certificate_request(*content, options.request);
  if (!request) return failed(to, request.error());
  certs::LeafRequest leaf{request->names, request->public_key, request->subject};
  for (const auto& name : options.names) leaf.names.push_back(name);
  leaf.names = certs::names_to_issue(leaf.names);
  if (leaf.names.empty())
    return failed(to, options.request + ": asks for no server name; give those of the URL with --name");
  leaf.days = options.days != 0 ? options.days : server_certificate_days;

  const auto ca = load_ca(options, to);
  if (!ca) return failed(to, ca.error());
  const auto certificate = (*ca)->issue(leaf, to.now);
  if (!certificate) return failed(to, certificate.error());
  if (auto written = create_file(options.cert, to_pem({*certificate}), FileMode::world_readable); !written)
    return failed(to, written.error());
  const auto in = [&to](std::string_view english, const std::vector<std::string>& values = {}) {
    return said(to.language, english, values) + '\n';
  };
  to.out << in("wrote a certificate for {names} to {file}", {join(leaf.names, ", "), options.cert})
         << in("next: on Exchange 2010 and later Import-ExchangeCertificate, on 2007 "
               "Import-ExchangeCertificate -Path,")
         << in("      elsewhere certreq -accept {file}; then Enable-ExchangeCertificate -Services IIS,",
               {options.cert})
         << in("      and trust the CA on the router (mailtap ca export)");
  for (const auto& what : request->left_out)
    to.err << "mailtap ca: note: "
           << in("{file} asks for {WHAT}, which a server's certificate doesn't get here",
                 {options.request, what});
  if (request->key_type.is_rsa() && request->key_type.rsa_bits < 2048)
    to.err << "mailtap ca: warning: "
           << in("{file}: its key, {key}, is weak; make the request again with 2048 bits",
                 {options.request, certs::to_string(request->key_type)});
  return 0;
}

int ca_issue(const CaOptions& options, const Output& to) {
  if (auto free = refuse_existing({options.cert, options.key}); !free) return failed(to, free.error());
  const auto ca = load_ca(options, to);
  if (!ca) return failed(to, ca.error());
  for (const std::string_view name : options.names)
    if (const auto host = config::parse_host(name.starts_with("*.") ? name.substr(2) : name); !host)
      return failed(to, {host.error().message, "name"});
  const auto key = certs::PrivateKey::generate(options.key_type);
  if (!key) return failed(to, key.error());
  certs::LeafRequest leaf{certs::names_to_issue(options.names), (*key)->public_key(), {}};
  leaf.days = options.days != 0 ? options.days : server_certificate_days;
  const auto certificate = (*ca)->issue(leaf, to.now);
  if (!certificate) return failed(to, certificate.error());
  const auto key_pem = (*key)->to_pem();
  if (!key_pem) return failed(to, key_pem.error());

  std::vector<Buffer> chain{*certificate};
  chain.insert(chain.end(), (*ca)->chain().begin(), (*ca)->chain().end());
  if (auto written = write_pair(options.cert, chain, options.key, *key_pem); !written)
    return failed(to, written.error());
  to.out << said(to.language, "wrote a certificate for {names} to {file} and its private key to {key}",
                 {join(leaf.names, ", "), options.cert, options.key})
         << '\n';
  return 0;
}

namespace {

Result<certs::PfxContent> pfx_of_file(const CaOptions& options, bool is_ca, const Output& to) {
  warn_of_key(options.pfx, to);
  const auto content = read_named_file(options.pfx);
  if (!content) return fail_about("pfx", content.error());
  if (const auto kind = certs::kind_of_content(*content);
      kind != certs::ContentKind::pfx && kind != certs::ContentKind::nothing)
    return fail(options.pfx + ": is no PFX (PKCS#12) but " + std::string(certs::to_string(kind)) +
                (is_ca ? "; give it to mailtap run as it is, by --ca-cert or --ca-key"
                       : "; give it to mailtap run as it is, by --cert or --key"));
  const auto password = read_password(options.password_file, options.pfx, to.language);
  if (!password) return tl::unexpected(password.error());
  return certs::read_pfx(as_bytes(*content), *password, options.pfx);
}

Result<certs::PfxContent> pfx_of_store(const CaOptions& options) {
  auto exported = certs::export_from_store(options.from_store, options.store);
  if (!exported) return fail_about("from-store", exported.error());
  if (!exported->key.empty())
    return certs::PfxContent{std::move(exported->certificates), std::move(exported->key)};
  return certs::read_pfx(exported->pfx, exported->password, options.from_store);
}

}  // namespace

int ca_import_pfx(const CaOptions& options, const Output& to) {
  const bool is_ca = options.cert.empty();
  const auto& cert_file = is_ca ? options.ca_cert : options.cert;
  const auto& key_file = is_ca ? options.ca_key : options.key;
  if (auto free = refuse_existing({cert_file, key_file}); !free) return failed(to, free.error());
  const auto origin = options.from_store.empty() ? options.pfx : options.from_store;
  const auto pfx = options.from_store.empty() ? pfx_of_file(options, is_ca, to) : pfx_of_store(options);
  if (!pfx) return failed(to, pfx.error());

  // mbedTLS has the last word: what it can't present is told now, not when the listener opens.
  const auto identity = certs::Identity::from_der(pfx->certificates, pfx->key);
  if (!identity) return failed(to, origin + ": " + identity.error().message);
  if (is_ca && mbedtls_x509_crt_get_ca_istrue((*identity)->chain()) != 1)
    return failed(to, origin + ": holds no CA; for a server's certificate give --cert and --key");
  if (auto written =
          write_pair(cert_file, pfx->certificates, key_file, certs::to_pem(pfx->key, "PRIVATE KEY"));
      !written)
    return failed(to, written.error());
  to.out << said(
                to.language,
                "wrote the certificate for {names} with {n} above it to {file}, and its private key to {key}",
                {join((*identity)->names(), ", "), std::to_string(pfx->certificates.size() - 1), cert_file,
                 key_file})
         << '\n'
         << said(to.language,
                 is_ca ? "next: mailtap run --present issue --ca-cert {file} --ca-key {key} ..."
                       : "next: mailtap run --present own --cert {file} --key {key} ...",
                 {cert_file, key_file})
         << '\n';
  return 0;
}

}  // namespace mailtap::commands
