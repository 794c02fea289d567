#include "inspect/trace/tcp_framing.h"

#include <algorithm>

namespace mailtap::trace {

using tls::Sender;

namespace {

constexpr std::uint8_t fin = 0x01, syn = 0x02, rst = 0x04, psh = 0x08, ack = 0x10;
constexpr std::uint8_t protocol_tcp = 6;
constexpr std::size_t tcp_header_size = 20;

void put16(Buffer& to, std::size_t number) {
  to.push_back(static_cast<std::uint8_t>(number >> 8));
  to.push_back(static_cast<std::uint8_t>(number));
}

void put32(Buffer& to, std::uint32_t number) {
  put16(to, number >> 16);
  put16(to, number & 0xFFFF);
}

void set16(Buffer& in, std::size_t offset, std::uint16_t number) {
  in[offset] = static_cast<std::uint8_t>(number >> 8);
  in[offset + 1] = static_cast<std::uint8_t>(number);
}

/// RFC 1071, over bytes that begin at an even offset.
std::uint32_t sum(Bytes bytes, std::uint32_t total = 0) {
  for (std::size_t i = 0; i < bytes.size(); ++i)
    total += i % 2 == 0 ? std::uint32_t{bytes[i]} << 8 : bytes[i];
  return total;
}

std::uint16_t checksum(std::uint32_t total) {
  while (total >> 16 != 0) total = (total & 0xFFFF) + (total >> 16);
  return static_cast<std::uint16_t>(~total);
}

Bytes address_of(const IpEndpoint& end) {
  return Bytes(end.address).first(end.is_v6 ? 16 : 4);
}

/// ::ffff:192.0.2.1 is how a socket for both families names an IPv4 peer.
IpEndpoint unmapped(IpEndpoint end) {
  constexpr std::array<std::uint8_t, 12> prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (!end.is_v6 || !std::equal(prefix.begin(), prefix.end(), end.address.begin())) return end;
  IpEndpoint v4{.is_v6 = false, .address = {}, .port = end.port};
  std::copy_n(end.address.begin() + prefix.size(), 4, v4.address.begin());
  return v4;
}

}  // namespace

TcpFraming::TcpFraming(IpEndpoint client, IpEndpoint server)
    : client_(unmapped(client)), server_(unmapped(server)) {}

std::array<Buffer, 3> TcpFraming::open() {
  std::array<Buffer, 3> packets;
  packets[0] = packet(Sender::client, syn, {});
  ++client_next_;
  packets[1] = packet(Sender::server, syn | ack, {});
  ++server_next_;
  packets[2] = packet(Sender::client, ack, {});
  return packets;
}

Buffer TcpFraming::data(Sender from, Bytes payload) {
  auto made = packet(from, psh | ack, payload);
  skip(from, payload.size());
  return made;
}

void TcpFraming::skip(Sender from, std::uint64_t size) {
  (from == Sender::client ? client_next_ : server_next_) += static_cast<std::uint32_t>(size);
}

Buffer TcpFraming::end(Sender from) {
  auto made = packet(from, fin | ack, {});
  skip(from, 1);
  return made;
}

Buffer TcpFraming::reset(Sender from) {
  return packet(from, rst | ack, {});
}

Buffer TcpFraming::packet(Sender from, std::uint8_t flags, Bytes payload) {
  const bool is_client = from == Sender::client;
  const auto& source = is_client ? client_ : server_;
  const auto& target = is_client ? server_ : client_;
  const auto tcp_size = tcp_header_size + payload.size();
  Buffer made;
  made.reserve(40 + tcp_size);
  if (source.is_v6) {  // RFC 8200 section 3
    put32(made, 0x60000000);
    put16(made, tcp_size);
    made.push_back(protocol_tcp);
    made.push_back(64);  // hop limit
  } else {               // RFC 791 section 3.1
    made.push_back(0x45);
    made.push_back(0);
    put16(made, 20 + tcp_size);
    put32(made, 0x00004000);  // no identification, don't fragment
    made.push_back(64);       // time to live
    made.push_back(protocol_tcp);
    put16(made, 0);
  }
  for (const auto* end : {&source, &target}) {
    const auto address = address_of(*end);
    made.insert(made.end(), address.begin(), address.end());
  }
  if (!source.is_v6) set16(made, 10, checksum(sum(made)));

  const auto tcp = made.size();  // RFC 9293 section 3.1
  put16(made, source.port);
  put16(made, target.port);
  put32(made, is_client ? client_next_ : server_next_);
  put32(made, (flags & ack) != 0 ? (is_client ? server_next_ : client_next_) : 0);
  made.push_back(tcp_header_size / 4 << 4);
  made.push_back(flags);
  put16(made, 0xFFFF);  // window
  put16(made, 0);
  put16(made, 0);
  made.insert(made.end(), payload.begin(), payload.end());

  auto total =
      sum(address_of(source)) + sum(address_of(target)) + protocol_tcp + static_cast<std::uint32_t>(tcp_size);
  total = sum(Bytes(made).subspan(tcp), total);
  set16(made, tcp + 16, checksum(total));
  return made;
}

}  // namespace mailtap::trace
