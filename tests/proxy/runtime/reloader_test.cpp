#include "proxy/runtime/reloader.h"

#include <catch2/catch_test_macros.hpp>
#include <future>
#include <memory>
#include <string>
#include <vector>

using namespace mailtap;
using namespace mailtap::proxy;

namespace {

struct Loop {
  Loop() { uv_loop_init(&uv); }
  ~Loop() {
    uv_run(&uv, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&uv) == 0);
  }
  void run_out() { uv_run(&uv, UV_RUN_DEFAULT); }
  uv_loop_t uv{};
};

}  // namespace

TEST_CASE("many requests within a moment are one reload") {
  Loop loop;
  int prepared = 0;
  std::vector<std::string> told;
  Reloader reloader(&loop.uv,
                    {[&] { told.emplace_back("begun"); },
                     [&]() -> Reloader::Prepared {
                       ++prepared;
                       return fail("no such file");
                     },
                     [&](const Reloader::Prepared& what) { told.push_back(what.error().message); }});
  for (int i = 0; i < 100; ++i) reloader.request();
  CHECK_FALSE(reloader.is_under_way());
  loop.run_out();
  CHECK(prepared == 1);
  CHECK(told == std::vector<std::string>{"begun", "no such file"});
}

TEST_CASE("what is requested during a reload is one more after it") {
  Loop loop;
  int prepared = 0;
  int told = 0;
  std::promise<void> requested;
  Reloader reloader(&loop.uv, {[] {},
                               [&]() -> Reloader::Prepared {
                                 if (++prepared == 1) requested.get_future().wait();
                                 return fail("");
                               },
                               [&](const Reloader::Prepared&) { ++told; }});
  net::Timer tick(&loop.uv, [&] {
    if (!reloader.is_under_way()) return;
    reloader.request();
    reloader.request();
    requested.set_value();
    tick.stop();
  });
  tick.start(std::chrono::milliseconds{1}, std::chrono::milliseconds{1});
  reloader.request();
  loop.run_out();
  CHECK(prepared == 2);
  CHECK(told == 2);
}

TEST_CASE("a reloader that is stopped begins no reload, and still tells of the one under way") {
  Loop loop;
  int prepared = 0;
  int told = 0;
  std::promise<void> stopped;
  Reloader reloader(&loop.uv, {[] {},
                               [&]() -> Reloader::Prepared {
                                 ++prepared;
                                 stopped.get_future().wait();
                                 return fail("");
                               },
                               [&](const Reloader::Prepared&) { ++told; }});
  net::Timer tick(&loop.uv, [&] {
    if (!reloader.is_under_way()) return;
    reloader.request();
    reloader.stop();
    reloader.request();
    stopped.set_value();
    tick.stop();
  });
  tick.start(std::chrono::milliseconds{1}, std::chrono::milliseconds{1});
  reloader.request();
  loop.run_out();
  CHECK(prepared == 1);
  CHECK(told == 1);
}

TEST_CASE("a reload that ends after its reloader tells nobody") {
  Loop loop;
  int told = 0;
  std::promise<void> gone;
  auto reloader =
      std::make_unique<Reloader>(&loop.uv, Reloader::Hooks{[] {},
                                                           [&]() -> Reloader::Prepared {
                                                             gone.get_future().wait();
                                                             return fail("");
                                                           },
                                                           [&](const Reloader::Prepared&) { ++told; }});
  net::Timer tick(&loop.uv, [&] {
    if (!reloader->is_under_way()) return;
    reloader.reset();
    gone.set_value();
    tick.stop();
  });
  tick.start(std::chrono::milliseconds{1}, std::chrono::milliseconds{1});
  reloader->request();
  loop.run_out();
  CHECK(told == 0);
}
