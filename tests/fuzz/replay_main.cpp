// Replays the files of the folders given through a fuzz target, in builds without libFuzzer.
#include <cstdint>
#include <cstdio>
#include <filesystem>

#include "config/base/file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  std::size_t replayed = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      const auto content = mailtap::read_file(entry.path());
      if (!content) {
        std::fprintf(stderr, "%s\n", content.error().message.c_str());
        return 1;
      }
      const auto bytes = mailtap::as_bytes(*content);
      LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
      ++replayed;
    }
  }
  std::printf("%zu seeds replayed\n", replayed);
  return replayed == 0 ? 1 : 0;
}
