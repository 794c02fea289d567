#include "proxy/net/steering.h"

#include <array>

#include <linux/filter.h>
#include <sys/socket.h>

namespace mailtap::net {

namespace {

template <std::size_t size>
bool attach(int socket, std::array<sock_filter, size> code) {
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  return ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program) == 0;
}

sock_filter statement(int code, unsigned operand) {
  return {static_cast<__u16>(code), 0, 0, operand};
}

}  // namespace

/// The program answers a socket's number, of a random number that it loads; of one that isn't there the
/// kernel takes no notice. What would say 0 is left out: BPF_W, and BPF_K of an addition.
bool steer(int socket, const Steering& to) {
  if (to.count <= 1) return attach(socket, std::array{statement(BPF_RET | BPF_K, to.first)});
  return attach(
      socket,
      std::array{statement(BPF_LD | BPF_ABS, unsigned(SKF_AD_OFF + SKF_AD_RANDOM)),
                 statement(BPF_ALU | BPF_MOD | BPF_K, to.count), statement(BPF_ALU | BPF_ADD, to.first),
                 statement(BPF_ALU | BPF_MOD | BPF_K, to.of), statement(BPF_RET | BPF_A, 0)});
}

void stop_steering(int socket) {
  const int ignored = 0;
  static_cast<void>(::setsockopt(socket, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &ignored, sizeof ignored));
}

}  // namespace mailtap::net
