#include "proxy/demo/installation.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <unistd.h>

#include "certs/issue/local_ca.h"
#include "certs/model/pem.h"
#include "config/base/descriptor.h"
#include "config/base/file.h"
#include "config/base/system_error.h"

namespace mailtap::demo {

namespace {

Time now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// The port of ADDRESS:PORT on loopback.
config::Endpoint loopback(const std::string& address) {
  const auto port = std::strtoul(address.substr(address.rfind(':') + 1).c_str(), nullptr, 10);
  return {"127.0.0.1", static_cast<std::uint16_t>(port)};
}

}  // namespace

Result<PrivateFolder> PrivateFolder::make() {
  std::error_code error;
  const auto parent = std::filesystem::temp_directory_path(error);
  if (error)
    return fail("there is no folder for temporary files (" + error.message() + "): set TMPDIR to one");
  const auto path = make_private_folder(parent, "mailtap-demo-");
  if (path.empty())
    return fail("can't make a folder in " + parent.string() + " (" + std::strerror(errno) +
                "): set TMPDIR to one that can be written");
  return PrivateFolder(path.string());
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<std::unique_ptr<Installation>> Installation::make(const Lab& lab, Language language) {
  auto folder = PrivateFolder::make();
  if (!folder) return tl::unexpected(folder.error());
  std::unique_ptr<Installation> made(new Installation(std::move(*folder), language));
  auto done = made->write_files(lab);
  if (done) done = made->start_mail_servers(lab);
  if (done) done = made->start_proxy(lab);
  if (!done) return tl::unexpected(done.error());
  return made;
}

Result<void> Installation::write_files(const Lab& lab) {
  certs::LocalCaSettings local_ca;
  local_ca.common_name = "mailtap demo CA";
  local_ca.key = certs::KeySpec::p256();  // every client of the demonstration verifies ECDSA
  local_ca.days = 7;
  auto done = certs::LocalCa::init(ca_file(), folder_ / "mailtap-ca.key", local_ca, now());
  if (!done) return done;
  auto ca = certs::read_certificates(ca_file());
  if (!ca) return tl::unexpected(ca.error());
  ca_ = std::move(ca->front());

  done = create_file(root_file(), certs::to_pem(lab.root, "CERTIFICATE"), FileMode::world_readable);
  if (!done) return done;
  return create_file(folder_ / "contoso.crl", certs::to_pem(lab.crl, "X509 CRL"), FileMode::world_readable);
}

Result<void> Installation::start_mail_servers(const Lab& lab) {
  mail_servers_ = std::make_unique<MailServers>();
  for (const auto& server : lab.servers) {
    const auto key = server.key->to_der();
    if (!key) return tl::unexpected(key.error());
    auto identity = certs::Identity::from_der(server.chain, *key);
    if (!identity) return fail(server.id + ": " + identity.error().message);
    auto address = mail_servers_->add(std::move(*identity));
    if (!address) return tl::unexpected(address.error());
    direct_.push_back(*address);
  }
  mail_servers_->start();
  return {};
}

config::Settings Installation::settings(const Lab& lab) const {
  config::Settings settings;
  settings.drain = std::chrono::seconds{1};
  settings.admin.listen = {"127.0.0.1", 0};
  for (std::size_t i = 0; i < lab.servers.size(); ++i) {
    config::Route route;
    route.id = lab.servers[i].id;
    route.listen = {"127.0.0.1", 0};
    route.upstream = direct_[i];
    route.name = configured_name;
    route.present = config::Presentation::issue;
    route.ca_cert = ca_file();
    route.ca_key = folder_ / "mailtap-ca.key";
    route.trust = {root_file()};
    route.crl = {folder_ / "contoso.crl"};
    route.log = {log_file(), config::LogFormat::json};
    route.language = language_ == Language::vietnamese ? "vi" : "en";
    route.origin = "the demonstration";
    settings.routes.push_back(std::move(route));
  }
  return settings;
}

Result<void> Installation::start_proxy(const Lab& lab) {
  // What the proxy says of itself goes into a file: standard error is the demonstration's.
  const auto file = folder_ / "messages.txt";
  messages_descriptor_ = open_to_append(file, FileMode::owner_only);
  if (messages_descriptor_ < 0) return fail(file + ": " + system_says(errno));
  messages_.emplace(messages_descriptor_, false, language_);
  proxy_ = std::make_unique<proxy::Server>(*messages_, []() -> Result<config::Settings> {
    return fail("the demonstration has no configuration to read again");
  });
  if (auto started = proxy_->start(settings(lab)); !started) return started;
  for (const auto& address : proxy_->addresses()) proxied_.push_back(loopback(address));
  return {};
}

Installation::~Installation() {
  proxy_.reset();
  if (messages_descriptor_ >= 0) ::close(messages_descriptor_);
}

}  // namespace mailtap::demo
