// A TLS 1.2 client signs its CertificateVerify with any algorithm that the server lists. The client is
// libssl.
#include <catch2/catch_test_macros.hpp>

#include "certs/model/identity.h"
#include "tests/tls/peers/conversation.h"
#include "tls/names.h"

using namespace mailtap;
using namespace mailtap::tests;

namespace {

/// Empty: the client's certificate came, and its signature was taken.
std::string shown_by(const std::string& kind, std::uint16_t signature_algorithm) {
  const auto& identity = peer_identity(kind);
  PeerParameters theirs;
  theirs.signature_algorithm = signature_algorithm;
  theirs.identity = &identity;
  const auto context = openssl_peer(theirs);
  if (!context) return context.error().message;

  tls::ServerParameters parameters;
  parameters.identity = certs::Identity::from_pem(identity.certificate, identity.key).value();
  parameters.ask_client_certificate = true;
  Conversation conversation(tls::make_server_session(std::move(parameters)),
                            (*context)->connect(/*resume=*/false));
  conversation.shake_hands();
  if (!conversation.established()) return conversation.failure();
  if (conversation.ours().peer_chain().size() != 1) return "no certificate came";
  return conversation.exchange(/*we_are_client=*/false);
}

}  // namespace

TEST_CASE("every signature algorithm that is listed in TLS 1.2 is taken of a client") {
  REQUIRE(tls::initialise());
  struct Row {
    std::string kind;
    std::vector<std::uint16_t> algorithms;
  };
  const std::vector<Row> rows = {{"rsa2048", {0x0401, 0x0501, 0x0601, 0x0301, 0x0201}},
                                 {"secp256r1", {0x0403, 0x0503, 0x0603, 0x0303, 0x0203}},
                                 {"secp384r1", {0x0403, 0x0503, 0x0603}},
                                 {"secp521r1", {0x0603}}};
  for (const auto& [kind, algorithms] : rows)
    for (const auto algorithm : algorithms) {
      CAPTURE(kind, tls::signature_algorithm_name(algorithm));
      CHECK(shown_by(kind, algorithm) == "");
    }
}
