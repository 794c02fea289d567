#include "inspect/report/words.h"

#include <algorithm>
#include <array>

namespace mailtap::report {

namespace {

struct Use {
  std::string_view what;
  std::string_view title_en, title_vi;
  std::string_view advice_en, advice_vi;
};

constexpr std::array<Use, 12> uses{{
    {"ews", "EWS (Exchange Web Services)", "EWS (Exchange Web Services)",
     "On premises EWS stays. Against Exchange Online move these clients to Microsoft Graph, or have them "
     "allowed while "
     "that is possible.",
     "Tại chỗ thì EWS vẫn còn. Với Exchange Online hãy chuyển các máy khách này sang Microsoft Graph, hoặc "
     "xin cho phép khi "
     "còn được."},
    {"basic", "Basic authentication (a password as such)", "Xác thực Basic (gửi thẳng mật khẩu)",
     "Change these clients to OAuth 2.0, on premises to NTLM or Kerberos.",
     "Hãy chuyển các máy khách này sang OAuth 2.0, tại chỗ thì sang NTLM hoặc Kerberos."},
    {"basic-smtp", "Basic authentication in SMTP (SMTP AUTH)", "Xác thực Basic trong SMTP (SMTP AUTH)",
     "Change these clients to OAuth 2.0, or have them send through a relay of your own.",
     "Hãy chuyển các máy khách này sang OAuth 2.0, hoặc cho gửi qua máy chuyển tiếp của bạn."},
    {"ntlm", "NTLM", "NTLM",
     "Let these clients use Kerberos (Negotiate with a service principal name) or OAuth 2.0.",
     "Hãy cho các máy khách này dùng Kerberos (Negotiate với service principal name) hoặc OAuth 2.0."},
    {"tls-1.0", "TLS 1.0 or 1.1 from the client", "Máy khách dùng TLS 1.0 hoặc 1.1",
     "Switch TLS 1.2 on there (.NET: SchUseStrongCrypto, SystemDefaultTlsVersions), or leave --legacy-tls in "
     "between.",
     "Hãy bật TLS 1.2 ở đó (.NET: SchUseStrongCrypto, SystemDefaultTlsVersions), hoặc giữ --legacy-tls ở "
     "giữa."},
    {"server-tls-1.0", "TLS 1.0 or 1.1 from the server", "Máy chủ dùng TLS 1.0 hoặc 1.1",
     "Update the server, or leave --legacy-tls in between.",
     "Hãy nâng cấp máy chủ, hoặc giữ --legacy-tls ở giữa."},
    {"oauth-refused", "OAuth tokens that were refused", "Token OAuth bị từ chối",
     "Look at the token's end, audience and scopes.", "Hãy xem hạn, audience và scope của token."},
    {"basic-off", "Passwords where Basic is switched off", "Mật khẩu ở nơi Basic đã bị tắt",
     "Change these clients to OAuth 2.0.", "Hãy chuyển các máy khách này sang OAuth 2.0."},
    {"smtp-auth-off", "SMTP AUTH where it is switched off", "SMTP AUTH ở nơi nó đã bị tắt",
     "Change these clients to OAuth 2.0 or a relay connector.",
     "Hãy chuyển các máy khách này sang OAuth 2.0 hoặc connector chuyển tiếp."},
    {"ews-blocked", "EWS that was refused", "EWS bị từ chối",
     "See Get-OrganizationConfig (EwsEnabled, EwsApplicationAccessPolicy).",
     "Xem Get-OrganizationConfig (EwsEnabled, EwsApplicationAccessPolicy)."},
    {"throttled", "Clients that the server slowed down", "Máy khách bị máy chủ giới hạn",
     "Use fewer connections at once and wait as Retry-After says.",
     "Hãy dùng ít kết nối đồng thời hơn và chờ theo Retry-After."},
    {"plaintext-authentication", "Credentials sent before TLS", "Thông tin đăng nhập gửi trước khi có TLS",
     "Change those passwords, and have the clients require STARTTLS.",
     "Hãy đổi các mật khẩu đó, và bắt máy khách dùng STARTTLS."},
}};

struct Event {
  std::string_view value;
  std::string_view en, vi;
};

constexpr std::array<Event, 7> events{{
    {"basic-off", "Exchange Online takes Basic no more for POP, IMAP, EWS and ActiveSync",
     "Exchange Online không còn nhận Basic cho POP, IMAP, EWS và ActiveSync"},
    {"ntlm-deprecated", "Microsoft calls NTLM deprecated", "Microsoft tuyên bố không phát triển NTLM nữa"},
    {"exchange-2019-ended", "support of Exchange 2016 and 2019 ended", "hết hỗ trợ Exchange 2016 và 2019"},
    {"old-tls-refused",
     "Exchange Online refuses TLS 1.0 and 1.1 in POP and IMAP (second half of 2026, as reported)",
     "Exchange Online từ chối TLS 1.0 và 1.1 trong POP và IMAP (nửa sau năm 2026, theo các bản tin)"},
    {"ews-off", "Exchange Online has EWS off by default, but for applications on an allow list (as reported)",
     "Exchange Online mặc định tắt EWS, trừ ứng dụng trong danh sách cho phép (theo các bản tin)"},
    {"smtp-basic-off", "Exchange Online has Basic off by default in SMTP AUTH, 550 5.7.30 (as reported)",
     "Exchange Online mặc định tắt Basic trong SMTP AUTH, 550 5.7.30 (theo các bản tin)"},
    {"ews-allow-list-ends", "the allow list for EWS in Exchange Online ends (as reported)",
     "danh sách cho phép EWS của Exchange Online chấm dứt (theo các bản tin)"},
}};

const Use* use_of(std::string_view what) {
  const auto* const found =
      std::find_if(uses.begin(), uses.end(), [&](const Use& each) { return each.what == what; });
  return found == uses.end() ? nullptr : found;
}

bool is_vietnamese(certs::Language language) {
  return language == certs::Language::vietnamese;
}

}  // namespace

std::string_view title_of(std::string_view what, certs::Language language) {
  const auto* const use = use_of(what);
  if (use == nullptr) return what;
  return is_vietnamese(language) ? use->title_vi : use->title_en;
}

std::string_view advice_of(std::string_view what, certs::Language language) {
  const auto* const use = use_of(what);
  if (use == nullptr) return {};
  return is_vietnamese(language) ? use->advice_vi : use->advice_en;
}

std::string_view event_of(std::string_view value, certs::Language language) {
  const auto* const found =
      std::find_if(events.begin(), events.end(), [&](const Event& each) { return each.value == value; });
  if (found == events.end()) return {};
  return is_vietnamese(language) ? found->vi : found->en;
}

}  // namespace mailtap::report
