#include "proxy/http/token.h"

#include <algorithm>

#include "config/base/file.h"

namespace mailtap::http {

Result<std::string> read_token(const std::string& file) {
  constexpr std::size_t max_size = 4096;
  if (is_open_to_others(file))
    return fail(file + ": others than its owner and group may read the token, or change it; run `" +
                recipe_to_close(file) + "`");
  auto text = read_named_file(file, max_size);
  if (!text) return text;
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  const bool is_printable =
      std::all_of(text->begin(), text->end(), [](char c) { return c > ' ' && c <= '~'; });
  if (text->size() < min_token || !is_printable)
    return fail(file + ": is no token, which is one line of at least " + std::to_string(min_token) +
                " letters and digits; make one with `" + recipe_to_make("openssl rand -hex 24", file) + "`");
  return text;
}

}  // namespace mailtap::http
