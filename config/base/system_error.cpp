#include "config/base/system_error.h"

#include <cerrno>
#include <cstring>
#include <string_view>

namespace mailtap {

namespace {

std::string_view what_to_do(int error) {
  switch (error) {
    case ENOENT: return "correct the path";
    case EACCES:
    case EPERM: return "give the user that runs mailtap the right to it";
    case EISDIR: return "it is a folder, so give a file in it";
    case ENOTDIR: return "a part of the path is a file, not a folder; correct the path";
    case ENAMETOOLONG: return "give a shorter path";
    case ENOSPC: return "free some of its file system, or name a file elsewhere";
#ifdef EDQUOT
    case EDQUOT: return "raise the quota of the user that runs mailtap, or name a file elsewhere";
#endif
    case EROFS:
      return "its file system is read-only; name a file elsewhere, or let it be written "
             "(systemd: ReadWritePaths=)";
    case EFBIG: return "raise the limit of a file's size (ulimit -f; systemd: LimitFSIZE=)";
    case EMFILE:
    case ENFILE: return "raise the limit of open files (ulimit -n; systemd: LimitNOFILE=)";
    case EAGAIN: return "raise the limit of processes (ulimit -u; systemd: TasksMax=)";
    case ENOMEM:
    case ENOBUFS: return "the machine's memory is used up: end what isn't needed, or give it more";
    case EAFNOSUPPORT:
      return "this machine doesn't speak that kind of address (IPv6 is switched off, say); give one of the "
             "other kind, such as 0.0.0.0 for all of IPv4";
    default: return {};
  }
}

}  // namespace

std::string remedy_for(int error) {
  const auto words = what_to_do(error);
  return words.empty() ? std::string() : "; " + std::string(words);
}

std::string system_says(int error) {
  return std::strerror(error) + remedy_for(error);
}

}  // namespace mailtap
