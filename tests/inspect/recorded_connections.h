// Connections of every kind, made up: what recorded_lines.txt has the lines of.
#pragma once

#include <string>
#include <vector>

#include "inspect/record.h"

namespace mailtap::test {

struct RecordedConnection {
  std::string name;  ///< what is special about it
  inspect::ConnectionRecord record;
};
std::vector<RecordedConnection> recorded_connections();

struct RecordedExchange {
  std::string name;
  inspect::Exchange exchange;
  inspect::ExchangeContext context;
};
std::vector<RecordedExchange> recorded_exchanges();

}  // namespace mailtap::test
