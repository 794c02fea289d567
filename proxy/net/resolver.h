// Host names to addresses, off the loop (libuv's thread pool), with one look-up at a time per name.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/endpoint.h"
#include "proxy/net/address.h"
#include "proxy/net/handle.h"

namespace mailtap::net {

class Resolver {
 public:
  /// `addresses` in the order to try, none when `status` isn't 0. Lives for the call.
  using Answer = std::function<void(const std::vector<Address>& addresses, int status)>;

  explicit Resolver(uv_loop_t* loop) : loop_(loop) {}
  virtual ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Answers from within the call when it knows: a literal address, or a name asked for a moment ago.
  /// `owner` can take the question back.
  virtual void resolve(const config::Endpoint& endpoint, const void* owner, Answer answer);
  virtual void forget(const void* owner);

 private:
  /// getaddrinfo tells no lifetime: long enough to spare a look-up per connection under load, short enough
  /// to follow a change of DNS.
  static constexpr std::chrono::seconds lifetime{10};

  struct Request;
  struct Waiting {
    const void* owner;
    Answer answer;
  };
  struct Entry {
    std::vector<Address> addresses;
    std::uint64_t expires = 0;  // loop time, ms
    Request* request = nullptr;
    std::vector<Waiting> waiting;
  };
  void finished(const std::string& key, std::vector<Address> addresses, int status);

  uv_loop_t* loop_;
  std::map<std::string, Entry> entries_;
};

}  // namespace mailtap::net
