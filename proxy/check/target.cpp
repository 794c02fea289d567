#include "proxy/check/target.h"

#include <algorithm>
#include <array>

#include "config/base/text.h"
#include "config/values.h"

namespace mailtap::check {

namespace {

struct Scheme {
  std::string_view name;
  std::uint16_t port;
  Starttls starttls;
};
constexpr std::array<Scheme, 8> schemes{{
    {"https", 443, Starttls::none},
    {"smtps", 465, Starttls::none},
    {"pop3s", 995, Starttls::none},
    {"imaps", 993, Starttls::none},
    {"ldaps", 636, Starttls::none},
    {"smtp", 25, Starttls::smtp},
    {"pop3", 110, Starttls::pop3},
    {"imap", 143, Starttls::imap},
}};

std::uint16_t default_port(Starttls starttls) {
  const auto scheme =
      std::find_if(schemes.begin(), schemes.end(), [&](const Scheme& s) { return s.starttls == starttls; });
  return scheme->port;
}

Result<Target> parse_url(std::string_view text, Starttls starttls) {
  const auto colon = text.find("://");
  const auto name = to_lower_ascii(text.substr(0, colon));
  const auto scheme =
      std::find_if(schemes.begin(), schemes.end(), [&](const Scheme& s) { return s.name == name; });
  const auto quoted = "\"" + std::string(text) + "\"";
  if (name == "http") return fail(quoted + " isn't encrypted; check the https:// URL");
  if (scheme == schemes.end()) {
    std::string known;
    for (const auto& s : schemes) known += (known.empty() ? "" : ", ") + std::string(s.name) + "://";
    return fail(quoted + " is a URL of another kind; those that can be checked are " + known);
  }
  if (starttls != Starttls::none && starttls != scheme->starttls)
    return fail(quoted + " doesn't go together with --starttls " + std::string(to_string(starttls)) +
                "; leave one of the two out");
  const auto rest = text.substr(colon + 3);
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos)
    return fail("leave user name and password out of the URL: nobody logs in");
  auto endpoint = config::parse_server(authority, scheme->port);
  if (!endpoint) return tl::unexpected(endpoint.error());
  return Target{std::string(text), std::move(*endpoint), scheme->starttls, {}, name};
}

bool looks_like_file(std::string_view text) {
  constexpr std::array<std::string_view, 6> endings{".pem", ".crt", ".cer", ".der", ".p7b", ".p7c"};
  return text.find('/') != std::string_view::npos ||
         std::any_of(endings.begin(), endings.end(), [&](auto ending) { return text.ends_with(ending); });
}

}  // namespace

Result<Target> parse_target(std::string_view text, Starttls starttls, bool is_file) {
  if (is_file) return Target{std::string(text), {}, Starttls::none, std::string(text), {}};
  if (text.find("://") != std::string_view::npos) return parse_url(text, starttls);
  if (looks_like_file(text))
    return fail("there is no file \"" + std::string(text) +
                "\"; correct the path, or give the server's host");
  auto endpoint = config::parse_server(text, default_port(starttls));
  if (!endpoint) return tl::unexpected(endpoint.error());
  return Target{std::string(text), std::move(*endpoint), starttls, {}, {}};
}

}  // namespace mailtap::check
