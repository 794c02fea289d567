#include "proxy/runtime/crl_listener.h"

#include "proxy/net/uv_error.h"

namespace mailtap::proxy {

namespace {

Time now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

Result<CrlListener::Prepared> CrlListener::prepare(const config::Settings& settings, const Bind& bind) const {
  Prepared prepared;
  if (settings.crl_listen.host.empty()) return prepared;
  prepared.wanted = settings.crl_listen;
  prepared.address = address_;
  if (!server_ || settings.crl_listen != wanted_) {
    auto group = bind(settings.crl_listen);
    if (!group) return fail(settings.label("crl-listen") + ": " + group.error().message);
    prepared.address = group->address;
    prepared.socket = std::move(group->sockets);
    auto copy = prepared.socket.front().copy();
    if (!copy) return tl::unexpected(copy.error());
    prepared.listening.push_back(std::move(*copy));
  }
  prepared.published_at =
      settings.crl_url.empty() ? "http://" + prepared.address.to_string() : settings.crl_url;
  return prepared;
}

Result<void> CrlListener::sign(Prepared& prepared, const std::vector<LocalCaPtr>& authorities) {
  if (prepared.published_at.empty()) return {};
  auto signed_lists = CaPublication::sign(authorities, now());
  if (!signed_lists) return tl::unexpected(signed_lists.error());
  prepared.authorities = std::move(*signed_lists);
  return {};
}

void CrlListener::apply(Prepared prepared) {
  if (prepared.published_at.empty()) {
    socket_.clear();
    return stop();
  }
  if (!publication_) {
    const std::lock_guard lock(mutex_);
    publication_ = std::make_unique<CaPublication>(loop_, messages_, now);
  }
  for (const auto& authority : prepared.authorities)
    messages_.say("mailtap: the CRL of " + authority.ca->file() + " is at " + authority.ca->urls().crl);
  publication_->publish(std::move(prepared.authorities));
  wanted_ = prepared.wanted;
  address_ = prepared.address;
  if (prepared.socket.empty()) return;
  server_ = std::make_unique<http::Server>(
      loop_, [this](const http::Request& request) { return publication_->answer(request); }, http::Limits{});
  socket_ = std::move(prepared.socket);
  if (const int status = server_->listen(prepared.listening.front().take()); status != 0)
    messages_.warn("can't listen on " + address_.to_string() + ": " + net::uv_says(status));
}

http::Response CrlListener::answer(const http::Request& request) {
  const std::lock_guard lock(mutex_);
  return publication_ ? publication_->answer(request) : http::plain(404);
}

void CrlListener::stop() {
  server_.reset();
  const std::lock_guard lock(mutex_);
  publication_.reset();
}

}  // namespace mailtap::proxy
