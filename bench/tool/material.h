// A folder for one run, with the certificates that every proxy and the upstream show.
#pragma once

#include <filesystem>

#include "bench/tool/scenario.h"
#include "config/base/result.h"

namespace mailtap::bench {

inline constexpr const char* server_name = "mail.example";

struct IdentityFiles {
  std::filesystem::path cert, key;
  std::filesystem::path both;  ///< in one file, as HAProxy wants it
};

/// Removed with all that is in it when it goes.
class Material {
 public:
  static Result<Material> make();
  ~Material();
  Material(Material&& other) noexcept = default;
  Material& operator=(Material&&) = delete;

  const std::filesystem::path& folder() const { return *folder_; }
  /// The CA that has issued both.
  std::filesystem::path ca() const { return *folder_ / "ca.pem"; }
  /// Of `server_name` and 127.0.0.1.
  IdentityFiles identity(Key key) const;

 private:
  explicit Material(std::filesystem::path folder)
      : folder_(std::make_unique<std::filesystem::path>(std::move(folder))) {}

  std::unique_ptr<std::filesystem::path> folder_;  // null: moved from
};

}  // namespace mailtap::bench
