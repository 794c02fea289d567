#include <algorithm>

#include "config/base/days.h"
#include "config/base/phrases.h"
#include "inspect/report/answer.h"
#include "inspect/report/deadlines.h"
#include "inspect/report/words.h"
#include "inspect/writers/printable.h"

namespace mailtap::report {

namespace {

constexpr std::size_t most_shown = 50;

struct Words {
  std::string_view read, exchanges, bad, lost, cut;
  std::string_view one_read, one_exchange, one_bad, one_lost;
  std::string_view client, mailbox, connections, last, unknown_client, more;
  std::string_view advice, since, certificates, ended, ends, nothing, unread, pseudonyms;
  std::string_view post_quantum, without;
};

constexpr Words english{
    .read = "connections",
    .exchanges = "exchanges",
    .bad = "lines that can't be read",
    .lost = "lines that the log says are missing",
    .cut = "there were more clients than are listed",
    .one_read = "connection",
    .one_exchange = "exchange",
    .one_bad = "line that can't be read",
    .one_lost = "line that the log says is missing",
    .client = "client",
    .mailbox = "mailbox",
    .connections = "connections",
    .last = "last",
    .unknown_client = "(connection not ended)",
    .more = "more; --json has all",
    .advice = "do",
    .since = "since",
    .certificates = "Certificates near their end",
    .ended = "ended",
    .ends = "ends",
    .nothing = "Nobody uses EWS, Basic, NTLM or TLS 1.0, and no certificate is near its end.",
    .unread = "No connection was read, so nothing is known of who uses what.",
    .pseudonyms =
        "A mailbox that begins with ~ is a pseudonym, and another one after each start of mailtap: where the "
        "log is of several runs, one mailbox stands there once for each.",
    .post_quantum = "clients with post-quantum key exchange (connections: ",
    .without = "without (connections: ",
};

constexpr Words vietnamese{
    .read = "kết nối",
    .exchanges = "lượt trao đổi",
    .bad = "dòng không đọc được",
    .lost = "dòng mà nhật ký nói là bị mất",
    .cut = "có nhiều máy khách hơn số được liệt kê",
    .one_read = "kết nối",
    .one_exchange = "lượt trao đổi",
    .one_bad = "dòng không đọc được",
    .one_lost = "dòng mà nhật ký nói là bị mất",
    .client = "máy khách",
    .mailbox = "hộp thư",
    .connections = "kết nối",
    .last = "lần cuối",
    .unknown_client = "(kết nối chưa kết thúc)",
    .more = "nữa; --json có đủ",
    .advice = "việc cần làm",
    .since = "từ",
    .certificates = "Chứng chỉ sắp hết hạn",
    .ended = "đã hết hạn",
    .ends = "hết hạn",
    .nothing = "Không ai dùng EWS, Basic, NTLM hay TLS 1.0, và không chứng chỉ nào sắp hết hạn.",
    .unread = "Không đọc được kết nối nào, nên không biết ai dùng gì.",
    .pseudonyms =
        "Hộp thư bắt đầu bằng ~ là bí danh, thay đổi mỗi lần mailtap khởi động: nếu nhật ký gồm nhiều lần "
        "chạy thì một hộp thư xuất hiện nhiều lần.",
    .post_quantum = "máy khách có trao đổi khóa hậu lượng tử (số kết nối: ",
    .without = "không có (số kết nối: ",
};

std::string day(Time time) {
  return time == Time{} ? "-" : to_rfc3339(time).substr(0, 10);
}

/// Padded by letters, not bytes.
std::string column(std::string_view text, std::size_t width) {
  const auto letters = static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
  return std::string(text) + std::string(letters < width ? width - letters : 0, ' ') + "  ";
}

void write(std::string& to, const Deadline& deadline, const Words& words, certs::Language language) {
  to += "  " + deadline.date + "  ";
  if (deadline.days_left < 0)
    to += std::string(words.since);
  else
    to += said(language, "in {DAYS}", {days_text(deadline.days_left)});
  const auto text = event_of(deadline.event, language);
  to += ": " + std::string(text.empty() ? deadline.event : text) + "\n";
}

void write(std::string& to, const Use& use, Time at, const Words& words, certs::Language language) {
  to += "\n" + std::string(title_of(use.what, language)) + "\n";
  for (const auto& deadline : deadlines_of(use.what, at)) write(to, deadline, words, language);
  to += "  " + std::string(words.advice) + ": " + std::string(advice_of(use.what, language)) + "\n";
  to += "    " + column(words.client, 39) + column(words.mailbox, 24) + column(words.connections, 11) +
        std::string(words.last) + "\n";
  for (std::size_t i = 0; i < std::min(use.users.size(), most_shown); ++i) {
    const auto& user = use.users[i];
    to += "    " +
          column(user.client.empty() ? std::string(words.unknown_client) : inspect::printable(user.client),
                 39) +
          column(user.mailbox.empty() ? "-" : inspect::printable(user.mailbox), 24) +
          column(std::to_string(user.connections), 11) + day(user.last) + "\n";
  }
  if (use.users.size() > most_shown)
    to += "    " + std::to_string(use.users.size() - most_shown) + " " + std::string(words.more) + "\n";
}

void write(std::string& to, const std::vector<ServerCertificate>& certificates, const Words& words,
           certs::Language language) {
  if (certificates.empty()) return;
  to += "\n" + std::string(words.certificates) + "\n";
  for (const auto& each : certificates)
    to += "    " + column(inspect::printable(each.server), 39) +
          std::string(each.days_left < 0 ? words.ended : words.ends) + " " + day(each.ends) + " (" +
          days_text(each.days_left, language) + ")  " + inspect::printable(each.subject) + "\n";
}

}  // namespace

bool has_work(const Inventory& inventory, Time at) {
  return !inventory.uses().empty() || !inventory.certificates(at).empty();
}

bool has_pseudonyms(const Inventory& inventory) {
  const auto& uses = inventory.uses();
  return std::any_of(uses.begin(), uses.end(), [](const Use& use) {
    return std::any_of(use.users.begin(), use.users.end(),
                       [](const auto& user) { return user.mailbox.starts_with('~'); });
  });
}

bool has_read(const Inventory& inventory) {
  return inventory.connections() > 0 || inventory.exchanges() > 0;
}

std::string to_text(const Inventory& inventory, Time at, certs::Language language) {
  const auto& words = language == certs::Language::vietnamese ? vietnamese : english;
  const auto counted_as = [](std::uint64_t number, std::string_view one, std::string_view several) {
    return std::to_string(number) + " " + std::string(number == 1 ? one : several);
  };
  auto text = counted_as(inventory.connections(), words.one_read, words.read) + ", " +
              counted_as(inventory.exchanges(), words.one_exchange, words.exchanges) + "  " +
              day(inventory.first()) + " - " + day(inventory.last()) + "\n";
  if (const auto bad = inventory.bad_lines(); bad > 0)
    text += counted_as(bad, words.one_bad, words.bad) + "\n";
  if (const auto lost = inventory.lost(); lost > 0)
    text += counted_as(lost, words.one_lost, words.lost) + "\n";
  if (inventory.cut()) text += std::string(words.cut) + "\n";
  const auto counted = [](const KeyExchanges& of, std::string_view what) {
    return std::to_string(of.clients) + " " + std::string(what) + std::to_string(of.connections) + ")";
  };
  if (inventory.post_quantum().connections + inventory.classical().connections > 0)
    text += counted(inventory.post_quantum(), words.post_quantum) + ", " +
            counted(inventory.classical(), words.without) + "\n";
  for (const auto& use : inventory.uses()) write(text, use, at, words, language);
  if (has_pseudonyms(inventory)) text += "\n" + std::string(words.pseudonyms) + "\n";
  write(text, inventory.certificates(at), words, language);
  if (!has_work(inventory, at))
    text += "\n" + std::string(has_read(inventory) ? words.nothing : words.unread) + "\n";
  return text;
}

}  // namespace mailtap::report
