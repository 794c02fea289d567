// Who may read what mailtap writes on Windows, and how long a path may be.
#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include <io.h>

#include "config/base/descriptor.h"
#include "config/base/file.h"
#include "config/base/folder.h"
#include "config/base/rights.h"
#include "config/base/windows/access.h"
#include "config/base/windows/wide.h"

using namespace mailtap;

namespace {

class Folder {
 public:
  Folder() : path_(make_private_folder(std::filesystem::temp_directory_path(), "mailtap-files-")) {}
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path operator/(std::string_view name) const { return path_ / to_wide(name); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string text_of(PSID sid) {
  LPWSTR text = nullptr;
  if (::ConvertSidToStringSidW(sid, &text) == 0) return "?";
  auto utf8 = to_utf8(text);
  ::LocalFree(text);
  return utf8;
}

std::string own_sid() {
  HANDLE token = nullptr;
  ::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &token);
  std::vector<unsigned char> user(1024);
  DWORD size = 0;
  ::GetTokenInformation(token, TokenUser, user.data(), static_cast<DWORD>(user.size()), &size);
  ::CloseHandle(token);
  return text_of(reinterpret_cast<TOKEN_USER*>(user.data())->User.Sid);
}

constexpr const char* system_sid = "S-1-5-18";

/// Whom a list lets do anything at all.
std::vector<std::string> allowed_by(PACL list) {
  std::vector<std::string> allowed;
  if (list == nullptr) return {"everybody"};
  for (DWORD i = 0; i < list->AceCount; ++i) {
    void* entry = nullptr;
    REQUIRE(::GetAce(list, i, &entry) != 0);
    auto* one = static_cast<ACCESS_ALLOWED_ACE*>(entry);
    if (one->Header.AceType == ACCESS_ALLOWED_ACE_TYPE && one->Mask != 0)
      allowed.push_back(text_of(&one->SidStart));
  }
  return allowed;
}

/// The same of a file or folder, as the system tells it.
std::vector<std::string> allowed_at(const std::filesystem::path& path) {
  PACL list = nullptr;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  REQUIRE(::GetNamedSecurityInfoW(const_cast<wchar_t*>(path.c_str()), SE_FILE_OBJECT,
                                  DACL_SECURITY_INFORMATION, nullptr, nullptr, &list, nullptr,
                                  &descriptor) == ERROR_SUCCESS);
  auto allowed = allowed_by(list);
  ::LocalFree(descriptor);
  return allowed;
}

void check_own(const std::filesystem::path& path) {
  INFO(path.string());
  const auto allowed = allowed_at(path);
  CHECK_FALSE(allowed.empty());
  for (const auto& sid : allowed) CHECK((sid == own_sid() || sid == system_sid));
  CHECK_FALSE(is_open_to_others(path));
  CHECK(key_file_risk(path).empty());
}

}  // namespace

TEST_CASE("what is private is given a list of this user and the system alone, which inherits nothing") {
  PrivateAccess own;
  REQUIRE(own.get() != nullptr);
  SECURITY_DESCRIPTOR_CONTROL control = 0;
  DWORD revision = 0;
  REQUIRE(::GetSecurityDescriptorControl(own.get()->lpSecurityDescriptor, &control, &revision) != 0);
  CHECK((control & SE_DACL_PROTECTED) != 0);
  BOOL is_there = FALSE;
  BOOL is_default = FALSE;
  PACL list = nullptr;
  REQUIRE(::GetSecurityDescriptorDacl(own.get()->lpSecurityDescriptor, &is_there, &list, &is_default) != 0);
  REQUIRE(is_there != FALSE);
  CHECK(allowed_by(list) == std::vector<std::string>{own_sid(), system_sid});
}

TEST_CASE("private keys, traces and key logs are readable by their owner alone, made or replaced") {
  const Folder folder;
  check_own(folder.path());
  REQUIRE_FALSE(make_own_folder(folder / "traces"));
  check_own(folder / "traces");
  REQUIRE(create_file(folder / "created.key", "one", FileMode::owner_only));
  check_own(folder / "created.key");
  REQUIRE(create_file(folder / "replaced.key", "one", FileMode::world_readable));
  REQUIRE(replace_file(folder / "replaced.key", "two", FileMode::owner_only));
  check_own(folder / "replaced.key");
  CHECK(read_file(folder / "replaced.key").value() == "two");
  const int trace = open_new(folder / "trace.jsonl");
  REQUIRE(trace >= 0);
  ::_close(trace);
  check_own(folder / "trace.jsonl");
  const int log = open_to_append((folder / "keylog").string(), FileMode::owner_only);
  REQUIRE(log >= 0);
  ::_close(log);
  check_own(folder / "keylog");
}

TEST_CASE("a key that everybody may read is told of, with what closes it") {
  const Folder folder;
  const auto file = folder / "open.key";
  REQUIRE(create_file(file, "one", FileMode::world_readable));
  std::wstring path = file.wstring();
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  REQUIRE(::ConvertStringSecurityDescriptorToSecurityDescriptorW(L"D:P(A;;FA;;;WD)", SDDL_REVISION_1,
                                                                 &descriptor, nullptr) != 0);
  REQUIRE(::SetFileSecurityW(path.c_str(), DACL_SECURITY_INFORMATION, descriptor) != 0);
  ::LocalFree(descriptor);
  CHECK(is_open_to_others(file));
  CHECK(key_file_risk(file).find("icacls \"" + file.string() + "\" /inheritance:r") != std::string::npos);
}

TEST_CASE("a path may be longer than 260 characters, with spaces and any letters") {
  const Folder folder;
  auto deep = folder.path();
  while (deep.wstring().size() < 400) deep /= to_wide("Hộp thư của Ü 📫 and others");
  std::filesystem::create_directories(deep);
  const auto file = deep / to_wide("khóa riêng.key");
  REQUIRE(create_file(file, "one", FileMode::owner_only));
  check_own(file);
  CHECK_FALSE(create_file(file, "again", FileMode::owner_only));
  REQUIRE(replace_file(file, "two", FileMode::owner_only));
  CHECK(read_file(file).value() == "two");
  const int log = open_to_append(file.string(), FileMode::owner_only);
  REQUIRE(log >= 0);
  CHECK(::_write(log, " three", 6) == 6);
  ::_close(log);
  CHECK(read_file(file).value() == "two three");
  CHECK(std::filesystem::exists(make_private_folder(deep, "inner ")));
  CHECK_FALSE(make_own_folder(deep / "traces"));
  check_own(deep / "traces");
  CHECK(make_own_folder(deep / "traces") == std::errc::file_exists);
  CHECK(entries_of(deep).size() == 3);
  for (const auto right : {Right::exists, Right::read, Right::write}) {
    CHECK(may(right, file));
    CHECK(may(right, deep));
    CHECK_FALSE(may(right, deep / "missing"));
    CHECK(errno == ENOENT);
  }
}
