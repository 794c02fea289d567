// TCP/IP packets around a byte stream whose packets nobody captured: the addresses and the bytes are real,
// the segmentation and the sequence numbers are made, so that the tools of the field can read the stream.
#pragma once

#include <array>
#include <cstdint>

#include "config/base/bytes.h"
#include "tls/handshake_observer.h"

namespace mailtap::trace {

/// An IPv4 or IPv6 address and a port.
struct IpEndpoint {
  bool is_v6 = false;
  std::array<std::uint8_t, 16> address{};  ///< IPv4: the first four bytes
  std::uint16_t port = 0;
};

/// One TCP connection. Whoever connected is the client.
class TcpFraming {
 public:
  /// Both ends of one family; an IPv4-mapped IPv6 address is written as IPv4.
  TcpFraming(IpEndpoint client, IpEndpoint server);

  /// Longest payload of a packet that data() makes.
  static constexpr std::size_t max_payload = std::size_t{16} * 1024;

  /// SYN, SYN and ACK, ACK.
  std::array<Buffer, 3> open();
  /// `payload` is at most max_payload bytes.
  Buffer data(tls::Sender from, Bytes payload);
  /// Bytes that were there and aren't captured: the next packet's sequence number leaves a gap.
  void skip(tls::Sender from, std::uint64_t size);
  Buffer end(tls::Sender from);    ///< FIN
  Buffer reset(tls::Sender from);  ///< RST

 private:
  Buffer packet(tls::Sender from, std::uint8_t flags, Bytes payload);

  IpEndpoint client_;
  IpEndpoint server_;
  std::uint32_t client_next_ = 0;  ///< sequence number of the next byte
  std::uint32_t server_next_ = 0;
};

}  // namespace mailtap::trace
