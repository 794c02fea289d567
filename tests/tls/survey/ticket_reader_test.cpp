#include "tls/survey/ticket_reader.h"

#include <catch2/catch_test_macros.hpp>

#include "../pair.h"
#include "../test_identity.h"
#include "server.h"
#include "tls/sessions/tickets.h"

using namespace mailtap;
using namespace mailtap::tls::survey;
using namespace mailtap::test;

namespace {

Buffer ticket_message(std::uint32_t lifetime) {
  return handshake(tls::wire::new_session_ticket, Buffer{0, 0} + u16(lifetime) + vector16({1, 2, 3}));
}

}  // namespace

TEST_CASE("a ticket of TLS 1.2 tells its lifetime, in any segmentation") {
  const auto bytes = server_hello(0x0303, 0xC02F, extension(0x0023, {})) + certificate() + ecdhe(29, 0x0804) +
                     hello_done() + ticket_message(7200) + record(tls::wire::change_cipher_spec, {1}) +
                     record(tls::wire::handshake, Buffer(40, 0x99));
  for (const std::size_t segment : {std::size_t{1}, std::size_t{4096}}) {
    TicketReader reader;
    for (std::size_t at = 0; at < bytes.size(); at += segment)
      reader.feed(Bytes(bytes).subspan(at, std::min(segment, bytes.size() - at)));
    CHECK(reader.ticket() == Ticket{7200, 0});
    CHECK(reader.cipher_changes() == 1);
  }
}

TEST_CASE("an alert after TLS 1.2's handshake is told of, though it is encrypted") {
  TicketReader reader;
  reader.feed(server_hello(0x0303, 0xC02F) + certificate() + ecdhe(29, 0x0804) + hello_done() +
              record(tls::wire::change_cipher_spec, {1}) + record(tls::wire::handshake, Buffer(40, 0x99)));
  CHECK_FALSE(reader.has_alerted());
  reader.feed(record(tls::wire::alert, Buffer(26, 0x99)));
  CHECK(reader.has_alerted());
}

TEST_CASE("without a ticket there is none, and noise is none") {
  TicketReader without, noise;
  without.feed(server_hello(0x0303, 0xC02F) + certificate() + hello_done());
  CHECK_FALSE(without.ticket());
  noise.feed(as_bytes("220 mail.contoso.com ESMTP\r\n"));
  CHECK_FALSE(noise.ticket());
}

TEST_CASE("a ticket of TLS 1.3 is read with the key of the one who shook hands, though the key comes last") {
  TicketReader reader;
  tls::ClientParameters client;
  client.sni = "mail.test";
  client.min_version = tls::Version::tls13;
  std::vector<std::string> keys;
  client.keylog = [&](std::string_view line) { keys.emplace_back(line); };
  tls::ServerParameters server;
  server.identity = tests::make_identity();
  server.tickets = tls::TicketKeys::make().value();
  tests::Pair pair(std::move(client), std::move(server));
  pair.on_the_way_to_client = [&](Buffer& bytes) { reader.feed(bytes); };
  pair.shake_hands();
  REQUIRE(pair.established());
  pair.carry();
  CHECK_FALSE(reader.ticket());
  for (const auto& line : keys) reader.add_key(line);
  REQUIRE(reader.ticket());
  CHECK(reader.ticket()->lifetime > 0);
  CHECK(reader.ticket()->max_early_data == 0);
}
