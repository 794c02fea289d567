// The demonstration's installation: a private folder with the files that a real one has, the mail servers,
// and the proxy with a route to each of them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/base/result.h"
#include "config/settings.h"
#include "inspect/writers/messages.h"
#include "proxy/demo/lab.h"
#include "proxy/demo/mail_server.h"
#include "proxy/runtime/server.h"

namespace mailtap::demo {

/// A new folder that only this user can enter, removed with all that is in it.
class PrivateFolder {
 public:
  static Result<PrivateFolder> make();
  ~PrivateFolder();
  PrivateFolder(PrivateFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  PrivateFolder& operator=(PrivateFolder&&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(std::string_view file) const { return path_ + "/" + std::string(file); }

 private:
  explicit PrivateFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

class Installation {
 public:
  /// Writes the files and starts everything; the log's sentences are in `language`. `lab` must outlive it.
  static Result<std::unique_ptr<Installation>> make(const Lab& lab, Language language);
  ~Installation();
  Installation(const Installation&) = delete;
  Installation& operator=(const Installation&) = delete;

  /// Where mailtap listens for the lab's server number `index`, and that server itself.
  const config::Endpoint& proxied(std::size_t index) const { return proxied_[index]; }
  const config::Endpoint& direct(std::size_t index) const { return direct_[index]; }
  /// Where the live page is.
  std::string page() const { return "http://" + proxy_->admin_address() + "/"; }
  const MailServers& mail_servers() const { return *mail_servers_; }

  std::string root_file() const { return folder_ / "contoso-root.pem"; }  ///< what the proxy trusts
  std::string ca_file() const { return folder_ / "mailtap-ca.pem"; }      ///< what the router has to trust
  std::string log_file() const { return folder_ / "connections.jsonl"; }
  const std::string& folder() const { return folder_.path(); }
  const Buffer& ca() const { return ca_; }  ///< DER

  /// Lets the proxy go on until a signal ends it.
  void run_until_signal() { proxy_->run(); }

 private:
  Installation(PrivateFolder folder, Language language) : folder_(std::move(folder)), language_(language) {}
  Result<void> write_files(const Lab& lab);
  Result<void> start_mail_servers(const Lab& lab);
  Result<void> start_proxy(const Lab& lab);
  config::Settings settings(const Lab& lab) const;

  PrivateFolder folder_;
  Language language_;
  Buffer ca_;
  std::vector<config::Endpoint> direct_;
  std::vector<config::Endpoint> proxied_;
  std::unique_ptr<MailServers> mail_servers_;
  int messages_descriptor_ = -1;
  std::optional<inspect::Messages> messages_;
  std::unique_ptr<proxy::Server> proxy_;
};

}  // namespace mailtap::demo
