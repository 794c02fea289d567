#include "proxy/check/tolerance_report.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "config/base/phrases.h"
#include "config/base/text.h"
#include "tls/names.h"

namespace mailtap::check {

namespace {

using namespace tls::survey;
using terminal::Tone;
using Outcome = Trial::Outcome;

struct Said {
  std::string_view name, text;
};

struct Words {
  std::string_view heading, none, not_asked, refused, silent, network, unknown, answered, stopped, no_packets,
      packets, tolerated, post_quantum, no_post_quantum, bytes, large, medium, segments, modern,
      unknown_values, sni;
  std::array<Said, 20> trials;
};

constexpr Words english{
    .heading = "intolerance",
    .none = "none: the server answers each variation of an ordinary client hello",
    .not_asked = "not tried out, as an ordinary client hello isn't answered: ",
    .refused = "refused",
    .silent = "no answer",
    .network = "lost by the network, as other packets of that size are",
    .unknown = "unknown",
    .answered = "an ordinary client hello is answered in ",
    .stopped =
        "The server stopped answering even the ordinary hello: it may limit how often somebody comes. Try "
        "again later, with --at-once 1 and a --delay.",
    .no_packets =
        "Large packets don't arrive at the server: look for a wrong MTU on the way (a tunnel, a VPN), and "
        "for "
        "a firewall that drops the ICMP messages which would say so.",
    .packets = "Other large packets do arrive: it is the hello that isn't stood.",
    .tolerated = "answered: ",
    .post_quantum = "The server has X25519MLKEM768, which clients of today offer first.",
    .no_post_quantum = "The server doesn't have X25519MLKEM768; clients that offer it go on without.",
    .bytes = " bytes",
    .large =
        "Clients with post-quantum key exchange (OpenSSL 3.5, Go, browsers, new Windows) send hellos of 1.5 "
        "KB and "
        "more: they fail here. Update the server, or the load balancer or firewall before it; until then "
        "switch "
        "such key exchange off at the client.",
    .medium =
        "Hellos of 256 to 511 bytes aren't answered, a known fault of F5's load balancers (RFC 7685): "
        "clients whose "
        "hello has that size, as many do, fail here, and others don't. Update the box before the server.",
    .segments =
        "What stands before the server reads no further than a hello's first segment. Update that box, or "
        "switch off its inspection of TLS.",
    .modern =
        "Clients that speak TLS 1.3 fail here, or only get through on a second try with an older version. "
        "Update the "
        "server, or the box before it.",
    .unknown_values =
        "A server must pass over what it doesn't know (RFC 8446 section 4.1.2, RFC 8701). Browsers send such "
        "values in each hello and fail here. Update the server, or the box before it.",
    .sni =
        "A server may refuse a name that it doesn't have; clients that send none, as old ones do, are then "
        "refused "
        "too. Give it a default certificate if those are to get through.",
    .trials = {{{"compatibility-mode",
                 "hello of TLS 1.3 with a session identifier (middlebox compatibility mode)"},
                {"tls13-hello", "hello that offers TLS 1.3 beside older versions"},
                {"two-segments", "hello in two segments"},
                {"ten-segments", "hello in ten segments"},
                {"size-384", "hello of 256 to 511 bytes"},
                {"large-1400", "large hello"},
                {"large-1400-two-segments", "large hello in two segments"},
                {"large-1400-ten-segments", "large hello in ten segments"},
                {"large-4096", "very large hello"},
                {"large-4096-two-segments", "very large hello in two segments"},
                {"large-4096-ten-segments", "very large hello in ten segments"},
                {"post-quantum", "hello with a post-quantum key share (X25519MLKEM768)"},
                {"unknown-versions", "unknown versions"},
                {"unknown-suites", "unknown cipher suites"},
                {"unknown-extensions", "unknown extensions"},
                {"unknown-groups", "unknown groups"},
                {"unknown-signature-algorithms", "unknown signature algorithms"},
                {"no-sni", "no name (SNI)"},
                {"unknown-sni", "a name (SNI) that no server has"},
                {"no-compatibility-mode",
                 "hello of TLS 1.3 without a session identifier (no middlebox compatibility mode)"}}},
};

constexpr Words vietnamese{
    .heading = "không chịu",
    .none = "không có: máy chủ trả lời mọi biến thể của client hello thông thường",
    .not_asked = "chưa thử, vì client hello thông thường không được trả lời: ",
    .refused = "bị từ chối",
    .silent = "không trả lời",
    .network = "mạng làm mất, như các gói lớn khác",
    .unknown = "không rõ",
    .answered = "client hello thông thường được trả lời bằng ",
    .stopped =
        "Máy chủ ngừng trả lời cả hello thông thường: có thể nó giới hạn số lần kết nối. Hãy thử lại sau, "
        "với --at-once 1 và --delay.",
    .no_packets =
        "Các gói lớn không đến được máy chủ: hãy tìm MTU sai trên đường đi (đường hầm, VPN) và tường lửa "
        "chặn "
        "các thông báo ICMP lẽ ra báo điều đó.",
    .packets = "Các gói lớn khác vẫn đến: chính hello không được chấp nhận.",
    .tolerated = "được trả lời: ",
    .post_quantum = "Máy chủ có X25519MLKEM768, nhóm mà các máy khách ngày nay đề nghị đầu tiên.",
    .no_post_quantum =
        "Máy chủ không có X25519MLKEM768; máy khách đề nghị nhóm này vẫn tiếp tục mà không có nó.",
    .bytes = " byte",
    .large =
        "Máy khách có trao đổi khóa hậu lượng tử (OpenSSL 3.5, Go, trình duyệt, Windows mới) gửi hello từ "
        "1,5 KB trở "
        "lên: chúng thất bại ở đây. Hãy cập nhật máy chủ, hoặc bộ cân bằng tải hay tường lửa trước nó; trong "
        "lúc "
        "chờ, tắt kiểu trao đổi khóa đó ở máy khách.",
    .medium =
        "Hello từ 256 đến 511 byte không được trả lời, một lỗi đã biết của bộ cân bằng tải F5 (RFC 7685): "
        "máy khách có "
        "hello cỡ đó, như nhiều máy khách, thất bại ở đây, còn máy khách khác thì không. Hãy cập nhật thiết "
        "bị trước máy chủ.",
    .segments =
        "Thiết bị trước máy chủ chỉ đọc phân đoạn đầu của hello. Hãy cập nhật thiết bị đó hoặc tắt việc kiểm "
        "tra "
        "TLS của nó.",
    .modern =
        "Máy khách dùng TLS 1.3 thất bại ở đây, hoặc chỉ qua được ở lần thử thứ hai với phiên bản cũ. Hãy "
        "cập nhật "
        "máy chủ hoặc thiết bị trước nó.",
    .unknown_values =
        "Máy chủ phải bỏ qua những gì nó không biết (RFC 8446 mục 4.1.2, RFC 8701). Trình duyệt gửi các giá "
        "trị như vậy trong mọi hello và thất bại ở đây. Hãy cập nhật máy chủ hoặc thiết bị trước nó.",
    .sni =
        "Máy chủ được phép từ chối tên mà nó không có; khi đó máy khách cũ không gửi tên cũng bị từ chối. "
        "Hãy đặt chứng "
        "chỉ mặc định nếu cần cho chúng qua.",
    .trials = {{{"compatibility-mode",
                 "hello TLS 1.3 có mã phiên (chế độ tương thích với thiết bị trung gian)"},
                {"tls13-hello", "hello đề nghị TLS 1.3 cùng các phiên bản cũ"},
                {"two-segments", "hello trong hai phân đoạn"},
                {"ten-segments", "hello trong mười phân đoạn"},
                {"size-384", "hello từ 256 đến 511 byte"},
                {"large-1400", "hello lớn"},
                {"large-1400-two-segments", "hello lớn trong hai phân đoạn"},
                {"large-1400-ten-segments", "hello lớn trong mười phân đoạn"},
                {"large-4096", "hello rất lớn"},
                {"large-4096-two-segments", "hello rất lớn trong hai phân đoạn"},
                {"large-4096-ten-segments", "hello rất lớn trong mười phân đoạn"},
                {"post-quantum", "hello có phần khóa hậu lượng tử (X25519MLKEM768)"},
                {"unknown-versions", "phiên bản lạ"},
                {"unknown-suites", "bộ mã lạ"},
                {"unknown-extensions", "phần mở rộng lạ"},
                {"unknown-groups", "nhóm lạ"},
                {"unknown-signature-algorithms", "thuật toán chữ ký lạ"},
                {"no-sni", "không có tên (SNI)"},
                {"unknown-sni", "tên (SNI) mà không máy chủ nào có"},
                {"no-compatibility-mode", "hello TLS 1.3 không có mã phiên (không ở chế độ tương thích)"}}},
};

bool begins_with(std::string_view text, std::string_view beginning) {
  return text.substr(0, beginning.size()) == beginning;
}

class Text {
 public:
  Text(const Tolerance& tolerance, certs::Language language, const WriteLine& line)
      : tolerance_(tolerance), language_(language), line_(line) {}

  void write() const {
    if (tolerance_.hello == 0)
      return line_(words().heading,
                   std::string(words().not_asked) + in_language(tolerance_.detail, language_), Tone::bad, 0);
    const auto ordinary = std::string(words().answered) + tls::version_name(tolerance_.version);
    const auto& trials = tolerance_.trials;
    const bool is_sound = std::all_of(trials.begin(), trials.end(),
                                      [](const Trial& trial) { return trial.outcome == Outcome::tolerated; });
    line_(words().heading, is_sound ? std::string(words().none) : ordinary,
          is_sound ? Tone::good : Tone::plain, 0);
    for (const auto& trial : trials)
      if (trial.outcome != Outcome::tolerated) write(trial);
    if (!is_sound) write_tolerated();
    advise();
  }

 private:
  const Words& words() const { return language_ == Language::vietnamese ? vietnamese : english; }

  std::string name_of(const Trial& trial) const {
    const auto& trials = words().trials;
    const auto* found =
        std::find_if(trials.begin(), trials.end(), [&](const Said& said) { return said.name == trial.name; });
    return (found == trials.end() ? trial.name : std::string(found->text)) + ", " +
           std::to_string(trial.bytes) + std::string(words().bytes);
  }

  void write(const Trial& trial) const {
    std::string_view how = words().unknown;
    if (trial.outcome == Outcome::refused) how = words().refused;
    if (trial.outcome == Outcome::silent) how = words().silent;
    if (trial.outcome == Outcome::network) how = words().network;
    auto text = name_of(trial) + ": " + std::string(how);
    if (!trial.detail.empty() && trial.outcome != Outcome::silent && trial.outcome != Outcome::network)
      text += ", " + in_language(trial.detail, language_);
    line_({}, text, trial.outcome == Outcome::unknown ? Tone::plain : Tone::bad, 2);
  }

  void write_tolerated() const {
    std::vector<std::string> names;
    for (const auto& trial : tolerance_.trials)
      if (trial.outcome == Outcome::tolerated) names.push_back(trial.name);
    if (!names.empty()) line_({}, std::string(words().tolerated) + join(names, ", "), Tone::faint, 2);
  }

  void advise() const {
    const auto& said = words();
    const auto minds = [&](std::initializer_list<std::string_view> beginnings) {
      return std::any_of(tolerance_.trials.begin(), tolerance_.trials.end(), [&](const Trial& trial) {
        return trial.is_intolerant() &&
               std::any_of(beginnings.begin(), beginnings.end(),
                           [&](std::string_view beginning) { return begins_with(trial.name, beginning); });
      });
    };
    if (tolerance_.has_stopped) line_({}, std::string(said.stopped), Tone::bad, 0);
    if (tolerance_.large_packets == Known::no) line_({}, std::string(said.no_packets), Tone::bad, 0);
    if (tolerance_.large_packets == Known::yes) line_({}, std::string(said.packets), Tone::plain, 0);
    if (minds({"large-", "post-quantum"})) line_({}, std::string(said.large), Tone::plain, 0);
    if (minds({"size-384"})) line_({}, std::string(said.medium), Tone::plain, 0);
    if (minds({"two-segments", "ten-segments"})) line_({}, std::string(said.segments), Tone::plain, 0);
    if (minds({"tls13-hello", "compatibility-mode"})) line_({}, std::string(said.modern), Tone::plain, 0);
    if (minds({"unknown-versions", "unknown-suites", "unknown-extensions", "unknown-groups",
               "unknown-signature-algorithms"}))
      line_({}, std::string(said.unknown_values), Tone::plain, 0);
    if (minds({"no-sni", "unknown-sni"})) line_({}, std::string(said.sni), Tone::plain, 0);
    if (tolerance_.post_quantum != Known::unknown)
      line_({}, std::string(tolerance_.post_quantum == Known::yes ? said.post_quantum : said.no_post_quantum),
            Tone::faint, 0);
  }

  const Tolerance& tolerance_;
  const Language language_;
  const WriteLine& line_;
};

void member(inspect::JsonWriter& to, std::string_view key, Known value) {
  if (value == Known::unknown) return to.null(key);
  to.member(key, value == Known::yes);
}

}  // namespace

void write_tolerance(inspect::JsonWriter& to, const Tolerance& tolerance) {
  to.open("intolerance");
  to.member_or_null("hello", tolerance.hello == 0 ? "" : tls::version_name(tolerance.hello));
  to.member_or_null("version", tolerance.version == 0 ? "" : tls::version_name(tolerance.version));
  to.sentence_or_null("detail", tolerance.detail);
  std::vector<std::string> intolerant;
  for (const auto& trial : tolerance.trials)
    if (trial.is_intolerant()) intolerant.push_back(trial.name);
  to.member("intolerant", intolerant);
  to.open_array("trials");
  for (const auto& trial : tolerance.trials) {
    to.start_object();
    to.member("name", trial.name);
    to.member("bytes", static_cast<std::uint64_t>(trial.bytes));
    to.member("segments", static_cast<std::uint64_t>(trial.segments));
    to.member("outcome", tls::survey::to_string(trial.outcome));
    to.sentence_or_null("detail", trial.detail);
    to.end_object();
  }
  to.end_array();
  member(to, "large_packets", tolerance.large_packets);
  member(to, "post_quantum", tolerance.post_quantum);
  to.member("stopped_answering", tolerance.has_stopped);
  to.end_object();
}

void write_tolerance(const Tolerance& tolerance, certs::Language language, const WriteLine& line) {
  Text(tolerance, language, line).write();
}

}  // namespace mailtap::check
