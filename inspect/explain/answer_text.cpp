#include <algorithm>

#include "inspect/explain/answer.h"

namespace mailtap::explain {

namespace {

constexpr std::size_t most_matches = 4;

/// The words around what the causes say.
struct Words {
  std::string_view client, server, network, certificate;
  std::string_view side, faults, name, advice, next, said_by, line, times, more;
  std::string_view unknown, send, cut, put_server;
};

constexpr Words english{
    .client = "the client's",
    .server = "the server's",
    .network = "the network's",
    .certificate = "the certificate's",
    .side = "side",
    .faults = "faults",
    .name = "name mismatch",
    .advice = "do",
    .next = "next",
    .said_by = "said",
    .line = "line",
    .times = "times",
    .more = "more that say the same",
    .unknown =
        "Nothing in this text is known to mailtap. It may still be an error of TLS or of a certificate.",
    .send = "Send instead:",
    .cut = "The text is longer than 1 MiB: only its beginning was read.",
    .put_server = "(put the server's name or address in place of SERVER)",
};

constexpr Words vietnamese{
    .client = "máy khách",
    .server = "máy chủ",
    .network = "mạng",
    .certificate = "chứng chỉ",
    .side = "phía",
    .faults = "lỗi",
    .name = "tên không khớp",
    .advice = "việc cần làm",
    .next = "lệnh tiếp theo",
    .said_by = "nguồn",
    .line = "dòng",
    .times = "lần",
    .more = "câu khác nói cùng điều đó",
    .unknown =
        "mailtap không biết thông báo nào trong văn bản này. Đây vẫn có thể là lỗi TLS hoặc lỗi chứng chỉ.",
    .send = "Hãy gửi thay vào đó:",
    .cut = "Văn bản dài hơn 1 MiB: chỉ phần đầu được đọc.",
    .put_server = "(thay SERVER bằng tên hoặc địa chỉ của máy chủ)",
};

const Words& words_of(certs::Language language) {
  return language == certs::Language::vietnamese ? vietnamese : english;
}

std::string_view side_in(const Words& words, Side side) {
  switch (side) {
    case Side::client: return words.client;
    case Side::server: return words.server;
    case Side::network: return words.network;
    case Side::certificate: return words.certificate;
  }
  return {};
}

/// How many columns a label takes: letters, not bytes.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// `text` in lines of a width, the first behind a label.
void put(std::string& to, std::string_view label, std::size_t labels, std::string_view text) {
  constexpr std::size_t right = 100;
  const auto indented = [&](std::string_view first) {
    to += "  " + std::string(first) + std::string(labels - std::min(labels, width_of(first)) + 2, ' ');
  };
  indented(label);
  std::size_t column = labels + 4;
  for (bool is_first = true; !text.empty(); is_first = false) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    if (!is_first && column + 1 + width_of(word) > right) {
      to += '\n';
      indented("");
      column = labels + 4;
    } else if (!is_first) {
      to += ' ';
      ++column;
    }
    to += word;
    column += width_of(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  to += '\n';
}

/// Never wrapped: commands are copied.
void put_line(std::string& to, std::string_view label, std::size_t labels, std::string_view text) {
  to += "  " + std::string(label) + std::string(labels - std::min(labels, width_of(label)) + 2, ' ') +
        std::string(text) + '\n';
}

std::string faults_of(const Cause& cause, const Words& words) {
  std::string text;
  for (const auto fault : cause.faults) text += (text.empty() ? "" : ", ") + std::string(fault);
  if (cause.name_mismatch) text += (text.empty() ? "" : ", ") + std::string(words.name);
  return text;
}

void write(std::string& to, const Explanation& explanation, const Words& words, bool is_vietnamese,
           bool coloured) {
  const auto& [cause, matches, next] = explanation;
  std::size_t labels = 0;
  for (const auto label : {words.side, words.faults, words.advice, words.next, words.said_by})
    labels = std::max(labels, width_of(label));
  to += coloured ? "\x1b[1m" + std::string(cause->id) + "\x1b[0m\n" : std::string(cause->id) + "\n";
  put(to, "", labels, is_vietnamese ? cause->what_vi : cause->what_en);
  put(to, words.side, labels, side_in(words, cause->side));
  if (const auto faults = faults_of(*cause, words); !faults.empty()) put(to, words.faults, labels, faults);
  put(to, words.advice, labels, is_vietnamese ? cause->do_vi : cause->do_en);
  auto label = words.next;
  for (const auto& command : next) {
    put_line(to, label, labels, command);
    label = "";
  }
  label = words.said_by;
  for (const auto& match : std::vector<Match>(
           matches.begin(),
           matches.begin() + static_cast<std::ptrdiff_t>(std::min(matches.size(), most_matches)))) {
    auto text = std::string(match.pattern->program) + ", " + std::string(words.line) + " " +
                std::to_string(match.line);
    if (match.times > 1) text += ", " + std::to_string(match.times) + " " + std::string(words.times);
    put_line(to, label, labels, text + ": " + match.quote);
    label = "";
  }
  if (matches.size() > most_matches)
    put_line(to, "", labels, std::to_string(matches.size() - most_matches) + " " + std::string(words.more));
}

}  // namespace

std::vector<std::string> what_to_send(certs::Language language) {
  if (language == certs::Language::vietnamese)
    return {
        "nguyên văn thông báo, bằng tiếng Anh nếu chương trình có thể (thông báo đã dịch của .NET và Windows "
        "thì "
        "mailtap không đọc được), kèm các ngoại lệ bên trong và mã số của nó",
        "các dòng nhật ký trước và sau đó của cùng phút ấy, ở cả hai phía",
        "những gì `mailtap check SERVER` nói về máy chủ"};
  return {
      "the message as it was written, in English if the program can (localised texts of .NET and Windows are "
      "not "
      "known here), with its inner exceptions and its number",
      "the lines of the log before and after it, of that minute, from both sides",
      "what `mailtap check SERVER` says of the server"};
}

std::string to_text(const Answer& answer, certs::Language language, bool coloured) {
  const bool is_vietnamese = language == certs::Language::vietnamese;
  const auto& words = words_of(language);
  std::string text;
  if (answer.explanations.empty()) {
    text += std::string(words.unknown) + "\n" + std::string(words.send) + "\n";
    for (const auto& each : what_to_send(language)) text += "  - " + each + "\n";
  }
  bool names_server = false;
  for (const auto& explanation : answer.explanations) {
    if (!text.empty()) text += '\n';
    write(text, explanation, words, is_vietnamese, coloured);
    for (const auto& command : explanation.next)
      names_server = names_server || command.find("SERVER") != std::string::npos;
  }
  if (names_server) text += "\n" + std::string(words.put_server) + "\n";
  if (answer.cut) text += std::string(words.cut) + "\n";
  return text;
}

}  // namespace mailtap::explain
