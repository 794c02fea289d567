// Files, and answers, by HTTP that several may want at a time: each is asked for once, and kept for a while.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proxy/http/client.h"

namespace mailtap::fetch {

/// One thread uses it.
class FetchCache {
 public:
  using Body = std::shared_ptr<const Result<std::string>>;
  using Done = std::function<void(const Body& body)>;
  explicit FetchCache(const net::Network& network,
                      std::chrono::milliseconds time_allowed = std::chrono::milliseconds(10'000))
      : network_(network), time_allowed_(time_allowed) {}

  /// `done` may be called from within, if the answer is known. `owner` can take the question back.
  void get(const std::string& url, std::size_t max_bytes, const void* owner, Done done);
  /// The same of what is answered to `body`.
  struct Question {
    std::string content_type;
    std::string body;
  };
  void post(const std::string& url, const Question& question, std::size_t max_bytes, const void* owner,
            Done done);
  void forget(const void* owner);
  /// Ends what is under way; nobody is told.
  void stop();

 private:
  /// Also what failed is kept: a server that isn't there isn't asked again by every connection.
  static constexpr std::chrono::minutes lifetime{5};
  static constexpr std::size_t max_at_once = 8;
  static constexpr std::size_t max_kept = 32;

  struct Waiting {
    const void* owner;
    Done done;
  };
  struct Entry {
    std::unique_ptr<http::Client> fetch;  ///< null: it has ended
    std::vector<Waiting> waiting;
    Body body;
    std::uint64_t expires = 0;  ///< loop time, ms
  };
  /// What `key` stands for; the URL with what is sent there.
  void ask(const std::string& key, const std::string& url, http::ClientRequest request, std::size_t max_bytes,
           const void* owner, Done done);
  void finished(const std::string& key, Result<std::string> body);
  void make_room();

  const net::Network network_;
  const std::chrono::milliseconds time_allowed_;
  std::map<std::string, Entry> entries_;
  std::vector<std::unique_ptr<http::Client>> ended_;  ///< whose callback may still be on the stack
  bool telling_ = false;
};

}  // namespace mailtap::fetch
