#include "tests/tls/pair.h"

#include <array>

namespace mailtap::tests {

Pair::Pair(tls::ClientParameters client_parameters, tls::ServerParameters server_parameters,
           Segments segments)
    : Pair(tls::make_client_session(std::move(client_parameters)),
           tls::make_server_session(std::move(server_parameters)), segments) {}

Pair::Pair(std::unique_ptr<tls::Session> client_session, std::unique_ptr<tls::Session> server_session,
           Segments segments)
    : client(std::move(client_session)), server(std::move(server_session)), segments_(segments) {
  static const auto initialised = tls::initialise();
  if (!initialised) std::abort();
}

bool Pair::carry(tls::Session& from, tls::Session& to, bool to_client) {
  const auto view = from.outgoing();
  Buffer bytes(view.begin(), view.end());
  from.consume_outgoing(bytes.size());
  if (to_client && on_the_way_to_client) on_the_way_to_client(bytes);
  if (!to_client && on_the_way_to_server) on_the_way_to_server(bytes);
  if (segments_ == Segments::whole) {
    to.feed(bytes);
  } else {
    for (const auto byte : bytes) {
      to.feed({&byte, 1});
      auto& step = to_client ? client_step : server_step;
      if (step == tls::Step::want_read) step = to.handshake();
    }
  }
  return !bytes.empty();
}

bool Pair::carry() {
  const bool to_server = carry(*client, *server, /*to_client=*/false);
  const bool to_client = carry(*server, *client, /*to_client=*/true);
  return to_server || to_client;
}

void Pair::shake_hands() {
  do {
    if (client_step == tls::Step::want_read) client_step = client->handshake();
    if (server_step == tls::Step::want_read) server_step = server->handshake();
  } while (carry());
}

bool Pair::established() const {
  return client_step == tls::Step::done && server_step == tls::Step::done;
}

std::string read_all(tls::Session& session, tls::Step& step) {
  std::string text;
  std::array<std::uint8_t, 5000> chunk;
  for (;;) {
    const auto read = session.read(chunk);
    step = read.step;
    if (step != tls::Step::done) return text;
    text += as_text(Bytes(chunk).first(read.size));
  }
}

tls::ClientHello hello_of(tls::ClientParameters parameters) {
  const auto session = tls::make_client_session(std::move(parameters));
  session->handshake();
  return tls::parse_client_hello(session->outgoing()).value().value();
}

std::string read_all(tls::Session& session) {
  auto step = tls::Step::done;
  return read_all(session, step);
}

}  // namespace mailtap::tests
