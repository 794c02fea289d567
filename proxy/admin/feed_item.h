// What is in the feed: apart from it, so that who only has a feed doesn't depend on all that a record is.
#pragma once

#include "inspect/record.h"
#include "proxy/admin/feed.h"

namespace mailtap::admin {

struct Feed::Item {
  bool has_ended = false;  ///< else it has been opened
  inspect::ConnectionRecord connection;
};

}  // namespace mailtap::admin
