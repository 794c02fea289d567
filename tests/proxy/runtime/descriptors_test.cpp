#include "proxy/runtime/descriptors.h"

#include <catch2/catch_test_macros.hpp>

using namespace mailtap::proxy;

TEST_CASE("connections are fitted to the descriptors") {
  CHECK(connections_for(1024, 2, 1) < 512);
  CHECK(connections_for(1024, 2, 1) > 400);
  CHECK(connections_for(10, 2, 1) == 0);
}
