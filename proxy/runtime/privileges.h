// Whom mailtap runs as, and what a crash of it leaves behind.
#pragma once

#include <string>

#include "config/base/result.h"

namespace mailtap::proxy {

/// Goes on as `user` (a name or a number) with `group`, or the user's own one if that is empty, without any
/// supplementary group, for good: nothing that it starts can gain privileges again. CAP_NET_BIND_SERVICE
/// stays, so that a reload may still listen below 1024. Does nothing for the user and group that the process
/// has already. An empty `user` changes nothing.
///
/// To be called while there is one thread: capabilities are a thread's, and later threads inherit them.
Result<void> run_as(const std::string& user, const std::string& group);

/// Whether there are such a user and group.
Result<void> find_user(const std::string& user, const std::string& group);

/// Unless allowed: no core dump, and no debugger of the same user's, for the memory holds keys and mail.
/// After run_as(), which forbids both for the moment.
void allow_core_dumps(bool allowed);

}  // namespace mailtap::proxy
