#include "inspect/http/services.h"

#include <algorithm>
#include <array>
#include <utility>

#include "config/base/text.h"

namespace mailtap::inspect::http {

namespace {

constexpr std::array methods = std::to_array<std::string_view>({
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "PATCH",
    // WebDAV (RFC 4918, 3253, 3744, 5323, 4791)
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "SEARCH",
    "ACL",
    "REPORT",
    "MKCALENDAR",
    "BIND",
    "UNBIND",
    "REBIND",
    "CHECKOUT",
    "MERGE",
    "MKACTIVITY",
    // Exchange 2003's ([MS-WDVSE], [MS-WDVME])
    "BCOPY",
    "BDELETE",
    "BMOVE",
    "BPROPFIND",
    "BPROPPATCH",
    "NOTIFY",
    "POLL",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "X-MS-ENUMATTS",
    // RPC over HTTP ([MS-RPCH] 2.1.2.1.1)
    "RPC_IN_DATA",
    "RPC_OUT_DATA",
    "RPC_CONNECT",
});

constexpr std::array services = std::to_array<std::pair<std::string_view, Service>>({
    {"ews", Service::ews},
    {"autodiscover", Service::autodiscover},
    {"microsoft-server-activesync", Service::activesync},
    {"mapi", Service::mapi},
    {"rpc", Service::rpc},
    {"rpcwithcert", Service::rpc},
    {"owa", Service::owa},
    {"exchweb", Service::owa},
    {"ecp", Service::ecp},
    {"oab", Service::oab},
    {"powershell", Service::powershell},
    {"powershell-liveid", Service::powershell},
    {"exchange", Service::webdav},
    {"exadmin", Service::webdav},
    {"public", Service::webdav},
});

// [MS-ASHTTP] 2.2.1.1.1.2.3: the commands by their codes.
constexpr std::array activesync_commands = std::to_array<std::string_view>({
    "Sync",
    "SendMail",
    "SmartForward",
    "SmartReply",
    "GetAttachment",
    "",
    "",
    "",
    "",
    "FolderSync",
    "FolderCreate",
    "FolderDelete",
    "FolderUpdate",
    "MoveItems",
    "GetItemEstimate",
    "MeetingResponse",
    "Search",
    "Settings",
    "Ping",
    "ItemOperations",
    "Provision",
    "ResolveRecipients",
    "ValidateCert",
    "Find",
});

// [MS-OXCMAPIHTTP] 2.2.4 and 2.2.5.
constexpr std::array mapi_requests = std::to_array<std::string_view>({
    "Connect",     "Execute",      "Disconnect",      "NotificationWait",  "PING",
    "Bind",        "Unbind",       "CompareMIds",     "DNToMId",           "GetMatches",
    "GetPropList", "GetProps",     "GetSpecialTable", "GetTemplateInfo",   "ModLinkAtt",
    "ModProps",    "QueryColumns", "QueryRows",       "ResolveNames",      "ResortRestriction",
    "SeekEntries", "UpdateStat",   "GetMailboxUrl",   "GetAddressBookUrl",
});

struct Target {
  std::string_view path;
  std::string_view query;
};

/// Of origin-form, or of absolute-form with its scheme and host taken away.
Target split(std::string_view target) {
  if (const auto scheme = target.find("://"); scheme <= 5) {
    const auto path = target.find('/', scheme + 3);
    target = path == std::string_view::npos ? std::string_view("/") : target.substr(path);
  }
  target = target.substr(0, target.find('#'));
  const auto mark = target.find('?');
  if (mark == std::string_view::npos) return {target, {}};
  return {target.substr(0, mark), target.substr(mark + 1)};
}

std::string_view first_segment(std::string_view path) {
  if (!path.starts_with('/')) return {};
  return path.substr(1, path.find('/', 1) - 1);
}

bool is_plain(std::string_view segment) {
  return std::all_of(segment.begin(), segment.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

/// A word that stands for a place in a program, not for a person or a right: short, and not mostly digits.
bool is_word(std::string_view segment) {
  constexpr std::size_t longest = 32;
  if (segment.size() > longest || !is_plain(segment)) return false;
  const auto digits =
      std::count_if(segment.begin(), segment.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits <= 4;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      if (const auto byte = from_hex(text.substr(i + 1, 2))) {
        decoded += static_cast<char>(byte->front());
        i += 2;
        continue;
      }
    }
    decoded += text[i];
  }
  return decoded;
}

/// The value of a key of the query, whatever the case of the key.
std::string_view parameter(std::string_view query, std::string_view key) {
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    if (const auto equals = pair.find('=');
        equals != std::string_view::npos && equal_ignoring_case(pair.substr(0, equals), key))
      return pair.substr(equals + 1);
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return {};
}

std::string_view known_command(std::string_view name) {
  for (const auto command : activesync_commands)
    if (!command.empty() && equal_ignoring_case(command, name)) return command;
  return {};
}

std::string shown_segment(std::string_view segment, bool names_mailbox, const Pseudonyms& pseudonyms) {
  const auto decoded = percent_decoded(segment);
  if (names_mailbox || decoded.find('@') != std::string::npos) return pseudonyms.of(decoded);
  return is_word(segment) ? std::string(segment) : "*";
}

}  // namespace

std::string_view known_method(std::string_view method) {
  const auto* const found = std::find(methods.begin(), methods.end(), method);
  return found == methods.end() ? std::string_view("other") : *found;
}

Service service_of(std::string_view target) {
  const auto first = to_lower_ascii(first_segment(split(target).path));
  for (const auto& [segment, service] : services)
    if (first == segment) return service;
  return Service::http;
}

std::string_view known_mapi_request(std::string_view type) {
  const auto* const found = std::find(mapi_requests.begin(), mapi_requests.end(), type);
  return found == mapi_requests.end() ? std::string_view() : *found;
}

std::string shown_path(Service service, std::string_view target, const Pseudonyms& pseudonyms) {
  constexpr std::size_t max_segments = 8;
  auto [path, query] = split(target);
  if (path == "*") return "*";
  // CONNECT's authority, and what isn't a path at all.
  if (!path.starts_with('/')) return {};
  const bool webdav = service == Service::webdav;
  const bool in_mailbox = webdav && !equal_ignoring_case(first_segment(path), "public");
  std::string shown;
  for (std::size_t number = 0; !path.empty(); ++number) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    const auto segment = path.substr(0, end);
    path.remove_prefix(end);
    shown += '/';
    if (segment.empty()) continue;
    // A WebDAV path names folders and items, and an item's name is its subject.
    const bool names_item = webdav && number >= (in_mailbox ? 2U : 1U);
    if (names_item || number == max_segments) {
      shown += '*';
      break;
    }
    shown += shown_segment(segment, in_mailbox && number == 1, pseudonyms);
  }
  if (service != Service::activesync) return shown;
  if (const auto command = activesync_command(target); !command.empty()) {
    shown += "?Cmd=" + std::string(command);
    if (const auto type = parameter(query, "DeviceType"); !type.empty() && is_word(type))
      shown += "&DeviceType=" + std::string(type);
  }
  return shown;
}

std::string_view activesync_command(std::string_view target) {
  const auto query = split(target).query;
  if (const auto command = parameter(query, "Cmd"); !command.empty()) return known_command(command);
  // The whole query in base64: protocol version, then the command's code.
  constexpr std::size_t begin = 4;
  if (query.size() < begin) return {};
  const auto decoded = from_base64(query.substr(0, begin));
  if (!decoded || decoded->size() < 2 || (*decoded)[1] >= activesync_commands.size()) return {};
  return activesync_commands[(*decoded)[1]];
}

}  // namespace mailtap::inspect::http
