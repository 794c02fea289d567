// Owners of what a C library makes.
#pragma once

namespace mailtap {

/// A deleter of std::unique_ptr's that calls `Free`.
template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

}  // namespace mailtap
