#include "certs/issue/presenter.h"

#include "certs/issue/issuing_presenter.h"
#include "certs/issue/mirror_presenter.h"
#include "certs/issue/own_presenter.h"
#include "certs/model/identity.h"
#include "config/base/file.h"
#include "config/route.h"

namespace mailtap::certs {

namespace {

Time system_time() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// The first line of the file; what follows it is no part of the password.
Result<std::string> read_password(const std::string& file) {
  auto content = read_named_file(file, 4096);
  if (!content) return content;
  return content->substr(0, content->find_first_of("\r\n"));
}

Result<std::shared_ptr<const LocalCa>> load_ca(const config::Route& route, const std::string& published_at) {
  if (route.ca_key.empty())
    return fail(route.ca_cert + ": --ca-cert needs --ca-key, the CA's private key; give both", "ca-cert");
  std::string password;
  if (!route.ca_key_password_file.empty()) {
    auto read = read_password(route.ca_key_password_file);
    if (!read) return fail_about("ca-key-password-file", read.error());
    password = std::move(*read);
  }
  auto ca = LocalCa::load(route.ca_cert, route.ca_key, password, system_time());
  return ca && !published_at.empty() ? (*ca)->published_at(published_at) : ca;
}

Result<std::shared_ptr<Presenter>> make_own(const config::Route& route) {
  if (route.cert.empty())
    return fail("presenting an own certificate needs --cert and --key; give both", "cert");
  if (route.cert.size() != route.key.size())
    return fail("there are " + std::to_string(route.cert.size()) + " --cert and " +
                    std::to_string(route.key.size()) +
                    " --key; each certificate needs its key, in the same order",
                "cert");
  std::vector<IdentityPtr> identities;
  for (std::size_t i = 0; i < route.cert.size(); ++i) {
    auto identity = Identity::load(route.cert[i], route.key[i]);
    if (!identity) return tl::unexpected(identity.error());
    identities.push_back(std::move(*identity));
  }
  return std::make_shared<OwnPresenter>(std::move(identities));
}

Result<std::shared_ptr<Presenter>> make_issuing(const config::Route& route, const std::string& published_at) {
  if (route.ca_cert.empty())
    return fail(
        "issuing certificates needs a local CA: make one with mailtap ca init, and give --ca-cert and "
        "--ca-key",
        "ca-cert");
  for (const auto& name : route.issue_names)
    if (auto checked = check_name(name); !checked) return fail_about("issue-name", checked.error());
  auto ca = load_ca(route, published_at);
  if (!ca) return tl::unexpected(ca.error());
  return std::make_shared<IssuingPresenter>(std::move(*ca), route.issue_names, system_time);
}

Result<std::shared_ptr<Presenter>> make_mirror(const config::Route& route, const std::string& published_at) {
  std::shared_ptr<const LocalCa> ca;
  if (!route.ca_cert.empty()) {
    auto loaded = load_ca(route, published_at);
    if (!loaded) return tl::unexpected(loaded.error());
    ca = std::move(*loaded);
  }
  return std::make_shared<MirrorPresenter>(std::move(ca));
}

}  // namespace

Result<std::shared_ptr<Presenter>> Presenter::make(const config::Route& route,
                                                   const std::string& published_at) {
  switch (route.present) {
    case config::Presentation::own: return make_own(route);
    case config::Presentation::issue: return make_issuing(route, published_at);
    case config::Presentation::mirror: break;
  }
  return make_mirror(route, published_at);
}

}  // namespace mailtap::certs
