// OpenSSL's objects, owned. For the sources of this folder.
#pragma once

#include <memory>

#include <openssl/bn.h>
#include <openssl/err.h>

#include "config/base/bytes.h"
#include "config/base/freed.h"

namespace mailtap::crypto::libcrypto {

template <class T, auto Free>
using Handle = std::unique_ptr<T, Freed<Free>>;

using Number = Handle<BIGNUM, BN_clear_free>;

inline Number number(Bytes bytes) {
  return Number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
}

/// What fails here is said by a return value; OpenSSL's queue of errors stays as it was.
class ErrorsForgotten {
 public:
  ErrorsForgotten() { ERR_set_mark(); }
  ~ErrorsForgotten() { ERR_pop_to_mark(); }
  ErrorsForgotten(const ErrorsForgotten&) = delete;
  ErrorsForgotten& operator=(const ErrorsForgotten&) = delete;
};

}  // namespace mailtap::crypto::libcrypto
