// mailtap_pages FOLDER DATE VERSION: writes the manual pages and completions into FOLDER, when mailtap is
// built.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>

#include "config/base/file.h"
#include "packaging/pages/pages.h"

namespace {

int write_pages(const std::filesystem::path& folder, const char* date, const char* version) {
  using namespace mailtap;
  const auto program = pages::describe(version);
  auto files = pages::man_pages(program, date, version);
  files.push_back({"mailtap.bash", pages::bash_completion(program)});
  files.push_back({"_mailtap", pages::zsh_completion(program)});
  files.push_back({"mailtap.fish", pages::fish_completion(program)});
  files.push_back({"mailtap.ps1", pages::powershell_completion(program)});
  std::filesystem::create_directories(folder);
  for (const auto& [name, text] : files)
    if (const auto written = replace_file(folder / name, text, FileMode::world_readable); !written) {
      std::fprintf(stderr, "mailtap_pages: %s\n", written.error().message.c_str());
      return EXIT_FAILURE;
    }
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fputs("usage: mailtap_pages FOLDER DATE VERSION\n", stderr), EXIT_FAILURE;
  try {
    return write_pages(argv[1], argv[2], argv[3]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mailtap_pages: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
