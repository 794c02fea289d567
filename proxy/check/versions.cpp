#include "proxy/check/versions.h"

#include <algorithm>
#include <array>
#include <utility>

#include "proxy/check/check.h"
#include "tls/names.h"
#include "tls/numbers.h"

namespace mailtap::check {

namespace {

using tls::version::ssl30;
using tls::version::tls10;
using tls::version::tls12;
using tls::version::tls13;

/// On what it depends whether an old version is spoken.
enum class Old { spoken, by_windows, by_key_exchange };

/// A kind of client with its defaults. Sources: Microsoft Learn, "TLS best practices with .NET Framework" and
/// "TLS version enforcement"; OpenSSL's CHANGES of 3.0 (signatures of SHA-1 at security level 1) and
/// what 3.0.19 does; What's New in Python 3.10; the release notes of JDK 8u291 and 11.0.11, Go 1.18, Chrome
/// 98 and Firefox 78.
struct Client {
  std::string_view name, title, title_vi;
  std::uint16_t oldest, newest;
  std::string_view too_old, too_new;  ///< what it says to such a server: {java} and {hex} are the version
  Old old = Old::spoken;              ///< versions before TLS 1.2
};

constexpr std::string_view dotnet_says =
    "The underlying connection was closed: An unexpected error occurred on a send.";
constexpr std::array clients{
    Client{"dotnet-framework-4.5",
           ".NET Framework 3.5 to 4.5.2",
           ".NET Framework 3.5 đến 4.5.2",
           ssl30,
           tls10,
           {},
           dotnet_says},
    Client{"dotnet-framework-4.6", ".NET Framework 4.6 to 4.6.2", ".NET Framework 4.6 đến 4.6.2", tls10,
           tls12, dotnet_says, dotnet_says},
    Client{"dotnet-framework",
           ".NET Framework from 4.7 on",
           ".NET Framework từ 4.7",
           tls10,
           tls13,
           dotnet_says,
           {},
           Old::by_windows},
    Client{"outlook",
           "Outlook",
           "Outlook",
           tls10,
           tls13,
           "The function requested is not supported (0x80090302)",
           {},
           Old::by_windows},
    Client{"java",
           "Java from 8u291 and 11.0.11 on",
           "Java từ 8u291 và 11.0.11",
           tls12,
           tls13,
           "SSLHandshakeException: The server selected protocol version {java} is not accepted by client "
           "preferences [TLS13, TLS12]",
           {}},
    Client{"openssl",
           "OpenSSL from 3.0 on (curl, Postfix)",
           "OpenSSL từ 3.0 (curl, Postfix)",
           tls10,
           tls13,
           "error:0A000102:SSL routines::unsupported protocol",
           {},
           Old::by_key_exchange},
    // Debian builds its own to go by OpenSSL's rules.
    Client{"python",
           "Python from 3.10 on (python.org)",
           "Python từ 3.10 (python.org)",
           tls12,
           tls13,
           "[SSL: UNSUPPORTED_PROTOCOL] unsupported protocol",
           {}},
    Client{"go",
           "Go from 1.18 on",
           "Go từ 1.18",
           tls12,
           tls13,
           "tls: server selected unsupported protocol version {hex}",
           {}},
    Client{"chromium",
           "Chromium, Edge",
           "Chromium, Edge",
           tls12,
           tls13,
           "ERR_SSL_VERSION_OR_CIPHER_MISMATCH",
           {}},
    Client{"thunderbird",
           "Thunderbird, Firefox",
           "Thunderbird, Firefox",
           tls12,
           tls13,
           "SSL_ERROR_UNSUPPORTED_VERSION",
           {}},
};

using InBoth = std::pair<std::string_view, std::string_view>;  // English, Vietnamese
constexpr InBoth by_windows{"only where Windows still has {version} on: newer Windows has it off by default",
                            "chỉ khi Windows còn bật {version}: Windows mới tắt sẵn phiên bản này"};
constexpr InBoth by_key_exchange{
    "only with RSA key exchange, or at security level 0: else error:0A00014D:SSL routines::legacy sigalg "
    "disallowed or unsupported; where the system asks for TLS 1.2 (MinProtocol) error:0A000102:SSL "
    "routines::unsupported protocol",
    "chỉ với trao đổi khóa RSA, hoặc ở mức bảo mật 0: nếu không error:0A00014D:SSL routines::legacy sigalg "
    "disallowed or unsupported; nơi hệ thống yêu cầu TLS 1.2 (MinProtocol) error:0A000102:SSL "
    "routines::unsupported protocol"};

constexpr VersionWords english_words{
    .judgement = "OLD TLS ALONE",
    .fault = "nothing newer than {version} is spoken, which today's clients refuse",
    .no_answer = "no answer",
    .refused = "refuses: ",
    .dotnet_old = "connects up to 4.6.2; from 4.7 on only where Windows still has {version} on",
    .dotnet_not_old =
        "3.5 to 4.5.2 don't by default: they offer TLS 1.0 at most (SchUseStrongCrypto in the registry adds "
        "TLS 1.2)",
    .dotnet_newest = "only on Windows 11 and Windows Server 2022 or newer: what is older lacks TLS 1.3",
    .until_then =
        "Until then, put mailtap in between, which speaks TLS 1.2 and 1.3 to clients and the old version to "
        "this server: {command}",
};

constexpr VersionWords vietnamese_words{
    .judgement = "CHỈ CÓ TLS CŨ",
    .fault = "không có phiên bản nào mới hơn {version}, mà phần mềm khách ngày nay từ chối",
    .no_answer = "không trả lời",
    .refused = "từ chối: ",
    .dotnet_old = "đến 4.6.2 kết nối được; từ 4.7 chỉ khi Windows còn bật {version}",
    .dotnet_not_old =
        "3.5 đến 4.5.2 mặc định thì không: chúng chỉ có đến TLS 1.0 (SchUseStrongCrypto trong registry thêm "
        "TLS 1.2)",
    .dotnet_newest = "chỉ trên Windows 11, Windows Server 2022 trở lên: bản cũ hơn không có TLS 1.3",
    .until_then =
        "Trong lúc chờ, hãy đặt mailtap ở giữa: nó nói TLS 1.2 và 1.3 với phía khách và phiên bản cũ với máy "
        "chủ này: {command}",
};

/// As the client's own words have it.
std::string words_of(std::string_view text, std::uint16_t version) {
  constexpr std::array<std::string_view, 3> java{"SSL30", "TLS10", "TLS11"}, hex{"300", "301", "302"};
  const auto index = std::clamp<std::size_t>(version, ssl30, ssl30 + 2) - ssl30;
  return filled_in(filled_in(text, "{java}", java[index]), "{hex}", hex[index]);
}

}  // namespace

std::string filled_in(std::string_view text, std::string_view placeholder, std::string_view value) {
  std::string said(text);
  if (const auto at = said.find(placeholder); at != std::string::npos)
    said.replace(at, placeholder.size(), value);
  return said;
}

VersionJudgement judge_versions(const std::vector<VersionAnswer>& answers, std::uint16_t agreed,
                                certs::Language language) {
  using Outcome = ClientMeets::Outcome;
  VersionJudgement judgement;
  judgement.oldest = judgement.newest = agreed;
  for (const auto& answer : answers) {
    if (!answer.spoken) continue;
    judgement.newest = std::max(judgement.newest, answer.version);
    if (judgement.oldest == 0 || answer.version < judgement.oldest) judgement.oldest = answer.version;
  }
  const auto [oldest, newest] = std::pair{judgement.oldest, judgement.newest};
  if (newest == 0) return judgement;
  judgement.only_old = newest < tls12;
  const bool in_vietnamese = language == certs::Language::vietnamese;
  for (const auto& client : clients) {
    ClientMeets meets{client.name, in_vietnamese ? client.title_vi : client.title, Outcome::connects, {}};
    if (newest < client.oldest) {
      meets.outcome = Outcome::refused;
      meets.says = words_of(client.too_old, newest);
    } else if (oldest > client.newest) {
      meets.outcome = Outcome::refused;
      meets.says = client.too_new;
    } else if (client.old == Old::by_windows && oldest == tls13) {
      meets.outcome = Outcome::depends;
      meets.says = version_words_of(language).dotnet_newest;
    } else if (client.old != Old::spoken && newest < tls12) {
      meets.outcome = Outcome::depends;
      const auto& on = client.old == Old::by_windows ? by_windows : by_key_exchange;
      meets.says = filled_in(in_vietnamese ? on.second : on.first, "{version}", version_title(newest));
    }
    judgement.clients.push_back(std::move(meets));
  }
  return judgement;
}

const VersionWords& version_words_of(certs::Language language) {
  return language == certs::Language::vietnamese ? vietnamese_words : english_words;
}

std::string version_title(std::uint16_t version) {
  auto name = tls::version_name(version);
  if (name.size() < 4) return name;
  return name.substr(0, 3) + " " + (name.starts_with("TLSv") ? name.substr(4) : name.substr(4) + ".0");
}

std::string bridging_command(const Target& target, std::uint16_t newest) {
  const auto& [host, port] = target.endpoint;
  const auto where =
      (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
  std::string command = "mailtap run --listen :" + std::to_string(port) + " --upstream " + where;
  if (target.starttls != Starttls::none)
    command += " --protocol " + std::string(to_string(target.starttls)) + " --starttls";
  command += " --legacy-tls=upstream";
  return newest == ssl30 ? command + " --legacy-ssl3" : command;
}

}  // namespace mailtap::check
