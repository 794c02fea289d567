#include "proxy/runtime/reloader.h"

#include <utility>

namespace mailtap::proxy {

namespace {

constexpr std::chrono::milliseconds moment{100};

}  // namespace

struct Reloader::Work {
  uv_work_t uv{};
  Reloader* owner;  // null: it is gone
  std::function<Prepared()> prepare;
  Prepared prepared = fail("not prepared");
};

Reloader::Reloader(uv_loop_t* loop, Hooks hooks)
    : loop_(loop), hooks_(std::move(hooks)), soon_(loop, [this] { begin(); }) {}

Reloader::~Reloader() {
  if (work_ != nullptr) work_->owner = nullptr;
}

void Reloader::request() {
  if (stopped_) return;
  if (work_ != nullptr) {
    again_ = true;
    return;
  }
  if (!soon_.active()) soon_.start(moment);
}

void Reloader::begin() {
  auto work = std::make_unique<Work>();
  work->uv.data = work.get();
  work->owner = this;
  work->prepare = hooks_.prepare;
  const auto prepare = [](uv_work_t* uv) {
    auto& of = *static_cast<Work*>(uv->data);
    of.prepared = of.prepare();
  };
  const auto prepared = [](uv_work_t* uv, int /*status*/) {
    const std::unique_ptr<Work> done(static_cast<Work*>(uv->data));
    if (done->owner != nullptr) done->owner->finish(std::move(done->prepared));
  };
  hooks_.begun();
  work_ = work.get();
  if (uv_queue_work(loop_, &work->uv, prepare, prepared) == 0)
    static_cast<void>(work.release());
  else
    finish(fail("there is no thread to read the configuration on"));
}

void Reloader::finish(Prepared prepared) {
  work_ = nullptr;
  hooks_.prepared(std::move(prepared));
  if (std::exchange(again_, false)) request();
}

void Reloader::stop() {
  stopped_ = true;
  again_ = false;
  soon_.stop();
}

}  // namespace mailtap::proxy
