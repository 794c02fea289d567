#include "inspect/crm/router_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <map>
#include <memory>
#include <tuple>

#include <expat.h>

#include "config/base/ascii.h"
#include "config/base/text.h"

namespace mailtap::crm {

namespace {

constexpr std::size_t max_value = 2048;  // of a setting that is read; URLs of Windows are no longer (2083)
constexpr std::size_t max_depth = 64;

/// What is read of a ProviderConfiguration.
enum class Setting : std::uint8_t { none, name, provider, direction, server, port, ssl, authentication, crm };

struct Known {
  std::string_view name;  // in lower case, without "email" in front
  Setting setting;
};
constexpr std::array<Known, 26> settings{{
    {"name", Setting::name},
    {"profilename", Setting::name},
    {"configurationprofilename", Setting::name},
    {"provider", Setting::provider},
    {"providertype", Setting::provider},
    {"type", Setting::provider},
    {"direction", Setting::direction},
    {"server", Setting::server},
    {"serverurl", Setting::server},
    {"serverlocation", Setting::server},
    {"servername", Setting::server},
    {"url", Setting::server},
    {"exchangeserver", Setting::server},
    {"exchangeserverurl", Setting::server},
    {"exchangeurl", Setting::server},
    {"ewsurl", Setting::server},
    {"port", Setting::port},
    {"serverport", Setting::port},
    {"usessl", Setting::ssl},
    {"ssl", Setting::ssl},
    {"enablessl", Setting::ssl},
    {"authmode", Setting::authentication},
    {"authenticationmode", Setting::authentication},
    {"authenticationtype", Setting::authentication},
    {"crmserverurl", Setting::crm},
    {"crmurl", Setting::crm},
}};

/// 0x80 to 0x9F in windows-1252; what it leaves open is as in Windows itself, C1.
constexpr std::array<int, 32> windows_1252{0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021,
                                           0x2c6,  0x2030, 0x160,  0x2039, 0x152,  0x8d,   0x17d,  0x8f,
                                           0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                           0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};

std::string_view local_name(std::string_view whole) {
  const auto colon = whole.rfind(':');
  return colon == std::string_view::npos ? whole : whole.substr(colon + 1);
}

Setting setting_of(std::string_view element) {
  const auto name = to_lower_ascii(local_name(element));
  std::string_view bare = name;
  if (bare.starts_with("email")) bare.remove_prefix(5);
  const auto found =
      std::find_if(settings.begin(), settings.end(), [&](const Known& known) { return known.name == bare; });
  return found == settings.end() ? Setting::none : found->setting;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const auto begin = text.find_first_not_of(space);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

std::optional<bool> truth_of(std::string_view text) {
  const auto word = to_lower_ascii(text);
  if (word == "true" || word == "1" || word == "yes") return true;
  if (word == "false" || word == "0" || word == "no") return false;
  return std::nullopt;
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

bool is_alphanumeric(char c) {
  return is_digit(c) || is_letter(c);
}

/// HOST, HOST:PORT, [IPv6], [IPv6]:PORT or IPv6.
bool is_authority(std::string_view text) {
  if (is_ip_address(text)) return true;
  std::size_t end = 0;
  if (text.starts_with('[')) {
    end = text.find(']');
    if (end == std::string_view::npos || !is_ip_address(text.substr(1, end - 1))) return false;
    ++end;
  } else {
    while (end < text.size() &&
           (is_alphanumeric(text[end]) || text[end] == '.' || text[end] == '-' || text[end] == '_'))
      ++end;
    if (end == 0) return false;
  }
  if (end == text.size()) return true;
  const auto port = text.substr(end + 1);
  return text[end] == ':' && !port.empty() && port.size() <= 5 &&
         std::all_of(port.begin(), port.end(), is_digit);
}

bool is_scheme(std::string_view text) {
  return !text.empty() && !is_digit(text.front()) && std::all_of(text.begin(), text.end(), is_alphanumeric);
}

bool is_path(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_alphanumeric(c) || std::string_view("/-._~").find(c) != std::string_view::npos;
  });
}

/// [SCHEME://]HOST[:PORT][/PATH], if that is what the setting says, without parameters, query and fragment.
/// Nothing: it says something else. Whoever writes a user and a password into a URL needs not quote in it
/// what RFC 3986 wants quoted, so what such a URL's parts are is anybody's guess: it is shown whole or not at
/// all.
std::optional<std::string> without_secrets(std::string_view server) {
  const bool may_hold_user = std::any_of(server.begin(), server.end(), [](char c) {
    return c <= ' ' || c > '~' || c == '@' || c == '%' || c == '\\';  // '%': of %40, or of %2540
  });
  if (may_hold_user) return std::nullopt;
  server = server.substr(0, server.find_first_of("?#;"));
  auto rest = server;
  if (const auto scheme_end = server.find("://"); scheme_end != std::string_view::npos) {
    if (!is_scheme(server.substr(0, scheme_end))) return std::nullopt;
    rest.remove_prefix(scheme_end + 3);
  }
  const auto authority = rest.substr(0, rest.find('/'));
  if (!is_authority(authority) || !is_path(rest.substr(authority.size()))) return std::nullopt;
  return std::string(server);
}

/// Of "Microsoft.Crm.Tools.Email.Providers.Pop3PollingMailboxProvider, Microsoft.Crm...": the class's own
/// name.
std::string class_of(std::string_view type) {
  type = trimmed(type.substr(0, type.find(',')));
  const auto dot = type.rfind('.');
  return std::string(dot == std::string_view::npos ? type : type.substr(dot + 1));
}

Service service_of(const std::string& provider, const std::string& server) {
  const auto word = to_lower_ascii(provider);
  if (word.find("smtp") != std::string::npos) return Service::smtp;
  if (word.find("pop3") != std::string::npos) return Service::pop3;
  if (word.find("exchange") != std::string::npos) return Service::exchange;
  if (to_lower_ascii(server).find("/ews/") != std::string::npos) return Service::exchange;
  return Service::unknown;
}

Direction direction_of(std::string_view said, const std::string& provider) {
  const auto word = to_lower_ascii(said);
  if (word.starts_with("out")) return Direction::outgoing;
  if (word.starts_with("in")) return Direction::incoming;
  const auto name = to_lower_ascii(provider);
  return name.find("send") != std::string::npos || name.find("smtp") != std::string::npos
             ? Direction::outgoing
             : Direction::incoming;
}

// Expat 2.9 has another name for it and complains of the old one.
#if XML_MAJOR_VERSION > 2 || (XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION >= 9)
auto line_of(XML_Parser parser) {
  return XML_GetCurrentLineNumber64(parser);
}
#else
auto line_of(XML_Parser parser) {
  return XML_GetCurrentLineNumber(parser);
}
#endif

/// Gathers profiles while expat reads.
class Reader {
 public:
  Reader() : expat_(XML_ParserCreate(nullptr), XML_ParserFree) {}

  Result<std::vector<Profile>> read(std::string_view xml) {
    if (!expat_) return fail("there is no memory for it");
    XML_SetUserData(expat_.get(), this);
    XML_SetElementHandler(expat_.get(), on_start, on_end);
    XML_SetStartDoctypeDeclHandler(expat_.get(), on_doctype);
    XML_SetUnknownEncodingHandler(expat_.get(), on_encoding, this);
    // In pieces, because its sizes are int.
    constexpr std::size_t piece = std::size_t{1} << 20;
    for (bool is_last = false; !is_last;) {
      const auto part = xml.substr(0, piece);
      xml.remove_prefix(part.size());
      is_last = xml.empty();
      if (XML_Parse(expat_.get(), part.data(), static_cast<int>(part.size()),
                    is_last ? XML_TRUE : XML_FALSE) != XML_STATUS_OK)
        return fail("line " + std::to_string(line_of(expat_.get())) + ": " +
                    (problem_.empty() ? std::string("it is no well-formed XML: ") +
                                            XML_ErrorString(XML_GetErrorCode(expat_.get()))
                                      : problem_));
    }
    return std::move(profiles_);
  }

 private:
  static Reader& of(void* self) { return *static_cast<Reader*>(self); }

  static void on_start(void* self, const XML_Char* name, const XML_Char** attributes) {
    of(self).started(name, attributes);
  }
  static void on_end(void* self, const XML_Char* /*name*/) { of(self).ended(); }
  static void on_text(void* self, const XML_Char* at, int size) {
    of(self).said({at, static_cast<std::size_t>(size)});
  }
  static void on_doctype(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    of(self).stop("it has a document type, which the router's file never has");
  }

  /// Those that expat doesn't know: it knows UTF-8, UTF-16, ISO-8859-1 and US-ASCII.
  static int on_encoding(void* self, const XML_Char* name, XML_Encoding* encoding) {
    if (equal_ignoring_case(name, "windows-1252") || equal_ignoring_case(name, "cp1252")) {
      for (int i = 0; i < 256; ++i) encoding->map[i] = i;
      std::copy(windows_1252.begin(), windows_1252.end(), encoding->map + 0x80);
      return XML_STATUS_OK;
    }
    of(self).problem_ = "its encoding is \"" + std::string(std::string_view(name).substr(0, 64)) +
                        "\", which can't be read here: open it in Notepad and save a copy as UTF-8, with "
                        "encoding=\"utf-8\" in its first line";
    return XML_STATUS_ERROR;
  }

  void stop(std::string problem) {
    problem_ = std::move(problem);
    XML_StopParser(expat_.get(), XML_FALSE);
  }

  void started(std::string_view name, const XML_Char** attributes) {
    ++depth_;
    if (depth_ > max_depth) return stop("elements stand in one another more than 64 deep");
    if (depth_ == 1 && !equal_ignoring_case(local_name(name), "Configuration"))
      return stop("its root is <" + std::string(name.substr(0, max_value)) +
                  ">, not <Configuration>: give the router's own " + std::string(router_file_name));
    listen_for(Setting::none);
    if (provider_depth_ != 0) return listen_for(setting_of(name));
    if (depth_ == 1 || !equal_ignoring_case(local_name(name), "ProviderConfiguration")) return;
    provider_depth_ = depth_;
    values_.clear();
    for (const auto** each = attributes; *each != nullptr; each += 2)
      if (const auto setting = setting_of(*each); setting != Setting::none) keep(setting, *(each + 1));
  }

  void ended() {
    if (listened_for_ != Setting::none) keep(listened_for_, text_);
    listen_for(Setting::none);
    if (depth_ == provider_depth_) {
      add();
      provider_depth_ = 0;
    }
    --depth_;
  }

  /// Only what stands in an element that is wanted is ever looked at.
  void listen_for(Setting setting) {
    listened_for_ = setting;
    text_.clear();
    XML_SetCharacterDataHandler(expat_.get(), setting == Setting::none ? nullptr : on_text);
  }

  void said(std::string_view part) {
    if (text_.size() + part.size() > max_value)
      return stop("a setting's value is longer than 2048 characters");
    text_ += part;
  }

  /// The first counts, as in the router.
  void keep(Setting setting, std::string_view value) {
    value = trimmed(value);
    if (!value.empty() && value.size() <= max_value) values_.emplace(setting, value);
  }

  std::string value(Setting setting) const {
    const auto found = values_.find(setting);
    return found == values_.end() ? std::string() : found->second;
  }

  void add() {
    Profile profile;
    profile.name = value(Setting::name);
    profile.provider = class_of(value(Setting::provider));
    profile.direction = direction_of(value(Setting::direction), profile.provider);
    const auto server = value(Setting::server);
    set_server(profile, server);
    profile.service = service_of(profile.provider, server);
    profile.port = port_of(value(Setting::port));
    profile.ssl = truth_of(value(Setting::ssl));
    profile.authentication = value(Setting::authentication);
    count(profile);
    if (const auto url = value(Setting::crm); !url.empty()) {
      Profile crm;
      crm.direction = Direction::crm;
      crm.service = Service::crm;
      set_server(crm, url);
      count(crm);
    }
  }

  static void set_server(Profile& profile, const std::string& said) {
    if (said.empty()) return;
    auto shown = without_secrets(said);
    profile.is_server_hidden = !shown;
    if (shown) profile.server = std::move(*shown);
  }

  void count(const Profile& profile) {
    const auto key =
        std::tuple(profile.name, profile.provider, profile.direction, to_lower_ascii(profile.server),
                   profile.is_server_hidden, profile.port, profile.ssl, profile.authentication);
    const auto [found, is_new] = known_.emplace(key, profiles_.size());
    if (is_new) profiles_.push_back(profile);
    ++profiles_[found->second].entries;
  }

  std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> expat_;
  std::size_t depth_ = 0;
  std::size_t provider_depth_ = 0;  // of the ProviderConfiguration that is open; 0: none
  Setting listened_for_ = Setting::none;
  std::string text_;
  std::map<Setting, std::string> values_;
  std::vector<Profile> profiles_;
  std::map<std::tuple<std::string, std::string, Direction, std::string, bool, std::optional<std::uint16_t>,
                      std::optional<bool>, std::string>,
           std::size_t>
      known_;
  std::string problem_;
};

}  // namespace

std::string_view to_string(Direction direction) {
  switch (direction) {
    case Direction::incoming: return "incoming";
    case Direction::outgoing: return "outgoing";
    case Direction::crm: return "crm";
  }
  return {};
}

std::string_view to_string(Service service) {
  switch (service) {
    case Service::exchange: return "exchange";
    case Service::pop3: return "pop3";
    case Service::smtp: return "smtp";
    case Service::crm: return "crm";
    case Service::unknown: return "unknown";
  }
  return {};
}

Result<std::vector<Profile>> read_router_file(std::string_view xml) {
  return Reader().read(xml);
}

std::vector<std::string> router_folders() {
  return {"Microsoft CRM Email/Service", "Microsoft Dynamics 365 Email/Service",
          "Microsoft Customer Engagement Email/Service"};
}

}  // namespace mailtap::crm
