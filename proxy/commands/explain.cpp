#include "proxy/commands/explain.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <iostream>

#include <unistd.h>

#include "certs/advice/advice.h"
#include "config/base/file.h"
#include "config/base/phrases.h"
#include "config/base/text.h"
#include "config/values.h"
#include "inspect/explain/answer.h"
#include "inspect/explain/readable.h"
#include "proxy/commands/failure.h"

namespace mailtap::commands {

namespace {

// docs/explain.md
constexpr int unknown = 1;

/// Up to the limit of what is explained, and a byte more so that it can be told that there was more.
Result<std::string> read_standard_input() {
  std::string text;
  std::array<char, 16384> part{};
  while (text.size() <= explain::most_read) {
    const auto size = ::read(STDIN_FILENO, part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0)
      return tl::unexpected(Error{"standard input can't be read; give the text as an argument or by --file"});
    if (size == 0) break;
    text.append(part.data(), static_cast<std::size_t>(size));
  }
  return text;
}

Result<std::string> text_of(const ExplainLine& line, Language language) {
  auto text = join(line.text, " ");
  auto files = line.files;
  if (line.text.empty() && files.empty()) files.emplace_back("-");
  if (line.text == std::vector<std::string>{"-"}) {
    text.clear();
    files.emplace_back("-");
  }
  for (const auto& file : files) {
    if (file == "-" && ::isatty(STDIN_FILENO) == 1)
      std::cerr << "mailtap explain: "
                << said(language, "paste the text, then press Ctrl-D on a line of its own") << '\n';
    auto content = file == "-" ? read_standard_input() : read_named_file(file);
    if (!content) return fail((file == "-" ? "" : "--file: ") + content.error().message);
    if (!text.empty()) text += '\n';
    text += explain::as_utf8(*content);
  }
  return text;
}

}  // namespace

int run_explain(const ExplainLine& line) {
  const auto language = config::language_for(line.language);
  const auto text = text_of(line, language);
  if (!text) {
    std::cerr << "mailtap explain: " << in_language(text.error().message, language) << '\n';
    return no_input;
  }
  if (text->find_first_not_of(" \t\r\n") == std::string::npos) {
    std::cerr << "mailtap explain: "
              << said(language, "there is no text; give it as an argument, by --file or on standard input")
              << '\n';
    return usage_error;
  }
  const auto answer = explain::explain(*text);
  const bool coloured = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  std::cout << (line.json ? explain::to_json(answer, language) + "\n"
                          : explain::to_text(answer, language, coloured))
            << std::flush;
  return answer.explanations.empty() ? unknown : EXIT_SUCCESS;
}

}  // namespace mailtap::commands
