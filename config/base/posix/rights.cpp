#include "config/base/rights.h"

#include <unistd.h>

namespace mailtap {

bool may(Right right, const std::filesystem::path& path) {
  switch (right) {
    case Right::exists: return ::access(path.c_str(), F_OK) == 0;
    case Right::read: return ::access(path.c_str(), R_OK) == 0;
    case Right::write: return ::access(path.c_str(), W_OK) == 0;
    case Right::run: return ::access(path.c_str(), X_OK) == 0;
  }
  return false;
}

}  // namespace mailtap
