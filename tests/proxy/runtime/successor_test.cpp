#include "proxy/runtime/successor.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

using namespace mailtap::proxy;

TEST_CASE("a successor's connections are numbered from a million that the old process won't reach") {
  CHECK(first_id_after(1) == 1'000'000);
  CHECK(first_id_after(499'999) == 1'000'000);
  CHECK(first_id_after(500'000) == 2'000'000);
  CHECK(first_id_after(1'000'000) == 2'000'000);
  CHECK(first_id_after(1'000'021) == 2'000'000);
}

TEST_CASE("without a predecessor connections are numbered from 1, and 0 is none") {
  ::unsetenv("MAILTAP_READY_FD");
  CHECK(Predecessor::from_environment().first_id() == 1);
}
