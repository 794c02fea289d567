#include "config/base/file.h"

#include <array>
#include <cerrno>
#include <cstring>

#include "config/base/random.h"
#include "config/base/text.h"
#include "config/base/windows/access.h"
#include "config/base/windows/system.h"
#include "config/base/windows/wide.h"

namespace mailtap {

namespace {

/// Closes what it holds; the one owner of a handle.
class FileHandle {
 public:
  explicit FileHandle(HANDLE handle) : handle_(handle) {
    if (!valid()) set_errno();
  }
  ~FileHandle() {
    if (valid()) ::CloseHandle(handle_);
  }
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;
  bool valid() const { return handle_ != INVALID_HANDLE_VALUE; }
  HANDLE get() const { return handle_; }

 private:
  HANDLE handle_;
};

tl::unexpected<Error> io_error(const std::filesystem::path& path, std::string_view what) {
  return fail(path.string() + ": " + std::string(what) + ": " + std::strerror(errno));
}

Result<void> write_all(const FileHandle& file, const std::filesystem::path& path, std::string_view content) {
  while (!content.empty()) {
    DWORD written = 0;
    const auto size = static_cast<DWORD>(std::min<std::size_t>(content.size(), 1U << 20));
    if (::WriteFile(file.get(), content.data(), size, &written, nullptr) == 0) {
      set_errno();
      return io_error(path, "can't be written");
    }
    content.remove_prefix(written);
  }
  return {};
}

std::string quoted(const std::filesystem::path& path) {
  return "\"" + path.string() + "\"";
}

/// As `whoami` says it.
std::string own_name() {
  std::array<wchar_t, 256> name{};
  auto size = static_cast<DWORD>(name.size());
  return ::GetUserNameW(name.data(), &size) != 0 ? to_utf8(name.data()) : "%USERNAME%";
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  const FileHandle file(::CreateFileW(path.c_str(), GENERIC_READ,
                                      FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                      OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr));
  if (!file.valid()) return io_error(path, "can't be read");
  std::string content;
  std::vector<char> chunk(65536);
  for (;;) {
    DWORD size = 0;
    if (::ReadFile(file.get(), chunk.data(), static_cast<DWORD>(chunk.size()), &size, nullptr) == 0) {
      set_errno();
      return io_error(path, "can't be read");
    }
    if (size == 0) return content;
    content.append(chunk.data(), size);
    if (content.size() > limit)
      return fail(path.string() + ": larger than " + std::to_string(limit) + " bytes");
  }
}

Result<void> create_file(const std::filesystem::path& path, std::string_view content, FileMode mode) {
  PrivateAccess own;
  if (mode == FileMode::owner_only && own.get() == nullptr)
    return fail(path.string() + ": can't be created for this user alone");
  Result<void> written;
  {
    const FileHandle file(::CreateFileW(path.c_str(), GENERIC_WRITE, 0,
                                        mode == FileMode::owner_only ? own.get() : nullptr, CREATE_NEW,
                                        FILE_ATTRIBUTE_NORMAL, nullptr));
    if (!file.valid()) return io_error(path, "can't be created");
    written = write_all(file, path, content);
  }
  if (!written) ::DeleteFileW(path.c_str());
  return written;
}

Result<void> replace_file(const std::filesystem::path& path, std::string_view content, FileMode mode) {
  auto beside = path;
  beside += ".new-" + std::to_string(::GetCurrentProcessId());
  if (auto created = create_file(beside, content, mode); !created) return created;
  if (::MoveFileExW(beside.c_str(), path.c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) != 0)
    return {};
  set_errno();
  auto failure = io_error(path, "can't be replaced");
  ::DeleteFileW(beside.c_str());
  return failure;
}

/// A mutex that is named after the folder.
FolderLock::FolderLock(const std::filesystem::path& file) : held_(-1) {
  std::error_code ignored;
  const auto folder = std::filesystem::weakly_canonical(
      file.has_parent_path() ? file.parent_path() : std::filesystem::path("."), ignored);
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (const unsigned char c : to_lower_ascii(folder.string())) hash = (hash ^ c) * 1099511628211U;
  auto* const mutex = ::CreateMutexW(nullptr, FALSE, (L"Global\\mailtap-" + std::to_wstring(hash)).c_str());
  if (mutex == nullptr) return;
  ::WaitForSingleObject(mutex, INFINITE);
  held_ = reinterpret_cast<std::intptr_t>(mutex);
}

FolderLock::~FolderLock() {
  if (held_ == -1) return;
  auto* const mutex = reinterpret_cast<HANDLE>(held_);
  ::ReleaseMutex(mutex);
  ::CloseHandle(mutex);
}

std::filesystem::path make_private_folder(const std::filesystem::path& parent, std::string_view prefix) {
  PrivateAccess own;
  if (own.get() == nullptr) return errno = EACCES, std::filesystem::path();
  std::array<std::uint8_t, 6> random{};
  for (int tries = 0; tries < 16 && random_bytes(random); ++tries) {
    auto path = parent / (std::string(prefix) + to_hex(random));
    if (::CreateDirectoryW(path.c_str(), own.get()) != 0) return path;
    set_errno();
    if (errno != EEXIST) break;
  }
  return {};
}

bool is_open_to_others(const std::filesystem::path& file) {
  return strangers_have(file, FILE_READ_DATA | FILE_WRITE_DATA | FILE_APPEND_DATA);
}

std::string recipe_to_make(std::string_view command, const std::filesystem::path& path) {
  return std::string(command) + " > " + quoted(path) + "; icacls " + quoted(path) +
         " /inheritance:r /grant:r " + own_name() + ":R SYSTEM:F";
}

std::string recipe_to_share(const std::filesystem::path& path) {
  return "icacls " + quoted(path) + " /grant " + own_name() + ":R";
}

std::string recipe_to_close(const std::filesystem::path& path) {
  return "icacls " + quoted(path) + " /inheritance:r /grant:r " + own_name() + ":F SYSTEM:F";
}

std::string key_file_risk(const std::filesystem::path& path) {
  if (!strangers_have(path, FILE_READ_DATA)) return {};
  return path.string() +
         " can be read by everybody who has an account on this machine: " + recipe_to_close(path);
}

}  // namespace mailtap
