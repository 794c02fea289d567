// The one owner of a libuv handle.
//
// libuv's rules: a handle's memory may be freed only in its close callback, and only if it was
// initialised. So the handle lives in a box of its own; the owner's destructor closes the handle and the
// close callback frees the box, long after the owner is gone. A callback that fires in between finds
// `data` null. Nothing else in mailtap calls uv_close.
#pragma once

#include <memory>
#include <utility>

#include <uv.h>

namespace mailtap::net {

template <class Uv>
class Handle {
 public:
  /// `init` is called with the new handle and answers libuv's status; on failure the handle stays empty.
  template <class Init>
  static std::pair<Handle, int> make(void* owner, Init init) {
    auto box = std::make_unique<Uv>();
    const int status = init(box.get());
    if (status != 0) return {Handle(), status};
    box->data = owner;
    return {Handle(box.release()), 0};
  }

  Handle() = default;
  ~Handle() { close(); }
  Handle(Handle&& other) noexcept : uv_(std::exchange(other.uv_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      close();
      uv_ = std::exchange(other.uv_, nullptr);
    }
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  /// Idempotent. Reads stop at once; pending writes and connects are cancelled.
  void close() {
    if (uv_ == nullptr) return;
    uv_->data = nullptr;
    uv_close(as_handle(), [](uv_handle_t* handle) { delete reinterpret_cast<Uv*>(handle); });
    uv_ = nullptr;
  }

  explicit operator bool() const { return uv_ != nullptr; }
  Uv* get() const { return uv_; }
  uv_handle_t* as_handle() const { return reinterpret_cast<uv_handle_t*>(uv_); }
  uv_stream_t* as_stream() const { return reinterpret_cast<uv_stream_t*>(uv_); }

 private:
  explicit Handle(Uv* uv) : uv_(uv) {}

  Uv* uv_ = nullptr;
};

}  // namespace mailtap::net
