// For the tests of presented certificates: a throw-away folder, and openssl's opinion.
#pragma once

#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>

#include <unistd.h>

#include "certs/issue/private_key.h"
#include "config/base/file.h"
#include "config/base/text.h"

namespace mailtap::test {

inline Time now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

class TemporaryFolder {
 public:
  TemporaryFolder()
      : path_(make_private_folder(std::filesystem::temp_directory_path(), "mailtap-test-").string()) {}
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string file(const std::string& name) const { return path_ + "/" + name; }
  std::string file(const std::string& name, std::string_view content) const {
    std::filesystem::remove(file(name));
    return create_file(file(name), content, FileMode::owner_only) ? file(name) : std::string("not written");
  }
  std::string pem(const std::string& name, Bytes der) const {
    return file(name, certs::to_pem(der, "CERTIFICATE"));
  }

 private:
  std::string path_;
};

struct Finished {
  int status = -1;
  std::string text;  ///< standard output and error
  bool has(std::string_view part) const { return text.find(part) != std::string::npos; }
};

inline Finished run(const std::string& command) {
  Finished output;
  FILE* pipe = ::popen((command + " 2>&1 </dev/null").c_str(), "r");
  if (pipe == nullptr) return output;
  std::array<char, 4096> chunk{};
  while (const auto size = std::fread(chunk.data(), 1, chunk.size(), pipe))
    output.text.append(chunk.data(), size);
  output.status = ::pclose(pipe);
  return output;
}

inline bool has_openssl() {
  static const bool there = run("openssl version").status == 0;
  return there;
}

}  // namespace mailtap::test

/// Catch2 reports a skipped case, so that a missing openssl doesn't pass for a success.
#define NEEDS_OPENSSL() \
  if (!mailtap::test::has_openssl()) SKIP("openssl isn't installed: nobody judged these certificates")
