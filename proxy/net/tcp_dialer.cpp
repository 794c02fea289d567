#include "proxy/net/tcp_dialer.h"

#include <algorithm>
#include <utility>

#include "proxy/net/tcp_stream.h"
#include "proxy/net/timer.h"

namespace mailtap::net {

using Kind = DialFailure::Kind;

class TcpDialer::TcpAttempt final : public Attempt, TcpStream::Connecting {
 public:
  TcpAttempt(TcpDialer& dialer, const config::Endpoint& endpoint, std::chrono::milliseconds within,
             Delegate& delegate)
      : dialer_(dialer),
        endpoint_(endpoint),
        within_(within),
        delegate_(delegate),
        timer_(dialer.loop_, [this] { time_passed(); }) {}
  ~TcpAttempt() override {
    if (is_resolving_) dialer_.resolver_.forget(this);
  }
  TcpAttempt(const TcpAttempt&) = delete;
  TcpAttempt& operator=(const TcpAttempt&) = delete;

  void begin() override {
    until_ = uv_now(dialer_.loop_) + static_cast<std::uint64_t>(within_.count());
    if (const auto literal = Address::parse(endpoint_.host, endpoint_.port)) return resolved({*literal}, 0);
    is_resolving_ = true;
    timer_.start(within_);
    dialer_.resolver_.resolve(endpoint_, this,
                              [this](const auto& addresses, int status) { resolved(addresses, status); });
  }

 private:
  struct Running {
    std::unique_ptr<TcpStream> stream;
    Address address;
  };

  void resolved(const std::vector<Address>& addresses, int status) {
    is_resolving_ = false;
    if (status != 0) return fail(Kind::not_resolved, uv_strerror(status));
    left_ = by_turns(addresses);
    std::reverse(left_.begin(), left_.end());
    const auto& is_own = dialer_.is_own_;
    if (is_own && std::erase_if(left_, is_own) > 0 && left_.empty()) return fail(Kind::loops, {});
    next_address();
  }

  /// One more address, unless there is none: then those that are under way are all that is hoped for.
  void next_address() {
    while (!left_.empty()) {
      const auto address = left_.back();
      left_.pop_back();
      delegate_.on_dialing(address);
      auto stream = std::make_unique<TcpStream>(dialer_.loop_, dialer_.read_buffer_);
      status_ = stream->connect(address, *this);
      if (status_ != 0) continue;
      running_.push_back({std::move(stream), address});
      return await();
    }
    if (!running_.empty()) return await();
    const bool out_of_descriptors = status_ == UV_EMFILE || status_ == UV_ENFILE;
    fail(out_of_descriptors ? Kind::out_of_descriptors : Kind::not_connected, uv_strerror(status_));
  }

  /// Addresses that are left have their share of the time.
  void await() {
    const auto now = uv_now(dialer_.loop_);
    const std::chrono::milliseconds ahead(until_ > now ? until_ - now : 0);
    const auto share = ahead / static_cast<int>(left_.size() + 1);
    timer_.start(left_.empty() ? ahead : std::min(attempt_delay, share));
  }

  void time_passed() {
    if (!left_.empty() && uv_now(dialer_.loop_) < until_) return next_address();
    fail(Kind::timed_out, {});
  }

  void on_connected(TcpStream& stream, int status) override {
    const auto found = std::find_if(running_.begin(), running_.end(),
                                    [&](const Running& one) { return one.stream.get() == &stream; });
    auto [connected, address] = std::move(*found);
    running_.erase(found);
    if (status == 0) {
      running_.clear();
      timer_.stop();
      return delegate_.on_dialled(std::move(connected), address);
    }
    status_ = status;
    next_address();
  }

  void fail(Kind kind, std::string detail) {
    running_.clear();
    timer_.stop();
    delegate_.on_not_dialled({kind, std::move(detail)});
  }

  TcpDialer& dialer_;
  const config::Endpoint endpoint_;
  const std::chrono::milliseconds within_;
  Delegate& delegate_;
  bool is_resolving_ = false;
  std::uint64_t until_ = 0;    // loop time, ms
  std::vector<Address> left_;  // to try, the next one last
  std::vector<Running> running_;
  int status_ = 0;  // of the last that failed
  Timer timer_;
};

std::unique_ptr<Dialer::Attempt> TcpDialer::dial(const config::Endpoint& endpoint,
                                                 std::chrono::milliseconds within, Delegate& delegate) {
  return std::make_unique<TcpAttempt>(*this, endpoint, within, delegate);
}

std::vector<Address> by_turns(const std::vector<Address>& addresses) {
  if (addresses.empty()) return {};
  const bool first_kind = addresses.front().is_v6();
  std::vector<Address> of_first, of_other;
  for (const auto& address : addresses)
    (address.is_v6() == first_kind ? of_first : of_other).push_back(address);
  std::vector<Address> mixed;
  for (std::size_t i = 0; i < std::max(of_first.size(), of_other.size()); ++i) {
    if (i < of_first.size()) mixed.push_back(of_first[i]);
    if (i < of_other.size()) mixed.push_back(of_other[i]);
  }
  return mixed;
}

}  // namespace mailtap::net
