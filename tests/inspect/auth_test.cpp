#include <catch2/catch_test_macros.hpp>

#include <mbedtls/md.h>

#include "config/base/text.h"
#include "inspect/auth/channel_binding.h"
#include "inspect/auth/http_authentication.h"
#include "inspect/auth/spnego.h"
#include "tests/inspect/ntlm_messages.h"
#include "tests/inspect/tap_support.h"
#include "tests/tls/test_identity.h"

using namespace mailtap;
using namespace mailtap::inspect;
using namespace mailtap::inspect::auth;
using namespace mailtap::inspect::test;
using config::Protocol;

namespace {

Buffer leaf(const std::string& subject) {
  return tests::make_certificate({.key = tests::KeyType::p256, .subject = subject, .extensions = {}}).der;
}

std::string header(std::string_view name, std::string_view scheme, Bytes token) {
  return std::string(name) + ": " + std::string(scheme) + " " + to_base64(token) + "\r\n";
}

const std::string get = "GET /EWS/Exchange.asmx HTTP/1.1\r\nHost: mail\r\n";
const std::string unauthorized = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n";
const std::string offers =
    "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\nWWW-Authenticate: Basic realm=\"mail\"\r\n";
const std::string good = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// The three rounds of NTLM, ending as `last` says. `scheme`: "NTLM" or "Negotiate".
Conversation ntlm_rounds(std::string_view scheme, Bytes authenticate, std::string_view last) {
  return {client(get + "\r\n"),
          server(unauthorized + offers + "\r\n"),
          client(get + header("Authorization", scheme, negotiate_message()) + "\r\n"),
          server(unauthorized + header("WWW-Authenticate", scheme, challenge_message()) + "\r\n"),
          client(get + header("Authorization", scheme, authenticate) + "\r\n"),
          server(last)};
}

bool has(const Exchange& exchange, TrafficFinding finding) {
  return std::find(exchange.findings.begin(), exchange.findings.end(), finding) != exchange.findings.end();
}

}  // namespace

TEST_CASE("Microsoft's published NTLM messages are decoded") {
  const auto challenge = parse_ntlm(challenge_message());
  REQUIRE(challenge);
  CHECK(challenge->type == NtlmType::challenge);
  CHECK(challenge->flags == 0xe28a8233);
  CHECK(challenge->target == "Server");

  const auto v2 = parse_ntlm(authenticate_message());
  REQUIRE(v2);
  CHECK(v2->type == NtlmType::authenticate);
  CHECK(v2->flags == 0xe2888235);
  CHECK(v2->domain == "Domain");
  CHECK(v2->user == "User");
  CHECK_FALSE(v2->message_integrity);
  CHECK_FALSE(v2->channel_bindings);

  const auto v1 = parse_ntlm(authenticate_message_v1());
  REQUIRE(v1);
  CHECK(v1->user == "User");
  CHECK_FALSE(v1->channel_bindings);
}

TEST_CASE("an NTLM message cut anywhere, or changed anywhere, is decoded or refused, nothing worse") {
  for (const auto& whole :
       {negotiate_message(), challenge_message(), authenticate_message(), authenticate_message_v1()}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Buffer cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      if (size < 16) CHECK_FALSE(parse_ntlm(cut));
      parse_ntlm(cut);
      for (const std::uint8_t value : {0x00, 0x7f, 0xff}) {
        auto changed = whole;
        changed[size] = value;
        parse_ntlm(changed);
      }
    }
  }
}

TEST_CASE("the channel binding hash is the one that Microsoft's clients compute") {
  // The example of Microsoft's "NTLM and Channel Binding Hash (aka Extended Protection for Authentication)".
  const auto hash = channel_binding_of(
      from_hex("e3ca49271e5089cc48ce82109f1324f41dbeddc29a777410c738f7868c4ff405").value());
  REQUIRE(hash);
  CHECK(to_hex(*hash) == "6ea19df066da4622051f9c4f92c6df74");
}

TEST_CASE("a certificate is hashed as its signature is, and with SHA-256 at least") {
  const auto certificate = leaf("CN=mail");  // signed with SHA-256
  Buffer sha256(32);
  mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), certificate.data(), certificate.size(),
             sha256.data());
  CHECK(channel_binding_hash(certificate) == channel_binding_of(sha256));
  CHECK_FALSE(channel_binding_hash({}));
  CHECK_FALSE(channel_binding_hash(as_bytes("no certificate")));
}

TEST_CASE("it is told which leg's certificate the client bound to") {
  const auto presented = leaf("CN=presented"), theirs = leaf("CN=theirs"), third = leaf("CN=third");
  const LegCertificates different{presented, theirs}, same{theirs, theirs};
  CHECK(compare(channel_binding_hash(presented), different) == ChannelBinding::presented);
  CHECK(compare(channel_binding_hash(theirs), different) == ChannelBinding::server);
  CHECK(compare(channel_binding_hash(theirs), same) == ChannelBinding::both);
  CHECK(compare(channel_binding_hash(third), different) == ChannelBinding::neither);
  CHECK(compare(std::nullopt, different) == ChannelBinding::absent);
}

TEST_CASE("SPNEGO is unwrapped to NTLM, and Kerberos is called by its name") {
  const auto ntlm = negotiate_message();
  const auto wrapped = spnego_init(ntlm);
  const auto first = parse_negotiate(wrapped);
  CHECK(first.mechanism == Mechanism::ntlm);
  CHECK(std::ranges::equal(first.ntlm, ntlm));

  const auto response = spnego_response(authenticate_message());
  const auto third = parse_negotiate(response);
  CHECK(third.mechanism == Mechanism::ntlm);
  CHECK(parse_ntlm(third.ntlm)->user == "User");

  CHECK(parse_negotiate(ntlm).mechanism == Mechanism::ntlm);  // without SPNEGO, as some clients do
  CHECK(parse_negotiate(kerberos_init()).mechanism == Mechanism::kerberos);
  CHECK(parse_negotiate(as_bytes("\x60\x84\xff\xff\xff\xff\x06")).mechanism == Mechanism::unknown);
  CHECK(parse_negotiate({}).mechanism == Mechanism::unknown);
}

TEST_CASE("NTLM's three rounds are offered, challenged, accepted") {
  for (const std::string scheme : {"NTLM", "Negotiate"}) {
    Surroundings surroundings;
    const auto told =
        show(Protocol::http, surroundings, ntlm_rounds(scheme, authenticate_message(), good), Cut::random);
    REQUIRE(told.exchanges.size() == 3);
    const auto& [offered, challenged, accepted] =
        std::tie(told.exchanges[0], told.exchanges[1], told.exchanges[2]);
    CHECK(offered.authentication.stage == AuthStage::offered);
    CHECK(offered.authentication.scheme == AuthScheme::negotiate);
    CHECK_FALSE(offered.failed);
    CHECK(challenged.authentication.stage == AuthStage::challenged);
    REQUIRE(challenged.authentication.ntlm);
    CHECK(challenged.authentication.ntlm->target == "Server");
    CHECK_FALSE(challenged.failed);
    CHECK(accepted.authentication.stage == AuthStage::accepted);
    CHECK(accepted.authentication.scheme == (scheme == "NTLM" ? AuthScheme::ntlm : AuthScheme::negotiate));
    REQUIRE(accepted.authentication.ntlm);
    CHECK(accepted.authentication.ntlm->domain == "Domain");
    CHECK(accepted.authentication.ntlm->user == "User");
    CHECK(accepted.authentication.ntlm->binding == ChannelBinding::absent);
    CHECK(accepted.findings.empty());
  }
}

TEST_CASE("a client bound to the presented certificate and refused: Extended Protection, at once") {
  const auto presented = leaf("CN=presented"), theirs = leaf("CN=theirs");
  Surroundings surroundings;
  surroundings.certificates = {presented, theirs};
  const auto bound = bound_authenticate_message(channel_binding_hash(presented).value());
  const auto told =
      show(Protocol::http, surroundings, ntlm_rounds("NTLM", bound, unauthorized + offers + "\r\n"));
  REQUIRE(told.exchanges.size() == 3);
  const auto& last = told.exchanges[2];
  CHECK(last.authentication.stage == AuthStage::refused);
  CHECK(last.authentication.ntlm->binding == ChannelBinding::presented);
  CHECK(last.authentication.ntlm->message_integrity);
  CHECK(last.failed);
  CHECK(has(last, TrafficFinding::extended_protection));
}

TEST_CASE("complete authentications refused again and again: Extended Protection, across connections") {
  const auto presented = leaf("CN=presented"), theirs = leaf("CN=theirs");
  Surroundings surroundings;
  surroundings.certificates = {presented, theirs};
  const auto refused = ntlm_rounds("NTLM", authenticate_message(), unauthorized + offers + "\r\n");
  CHECK_FALSE(
      has(show(Protocol::http, surroundings, refused).exchanges.back(), TrafficFinding::extended_protection));
  CHECK(
      has(show(Protocol::http, surroundings, refused).exchanges.back(), TrafficFinding::extended_protection));
  // One that is accepted clears it: then it was a wrong password.
  show(Protocol::http, surroundings, ntlm_rounds("NTLM", authenticate_message(), good));
  CHECK_FALSE(
      has(show(Protocol::http, surroundings, refused).exchanges.back(), TrafficFinding::extended_protection));
}

TEST_CASE("with the server's own certificate presented, a refusal is never Extended Protection") {
  const auto theirs = leaf("CN=theirs");
  Surroundings surroundings;
  surroundings.certificates = {theirs, theirs};
  const auto bound = bound_authenticate_message(channel_binding_hash(theirs).value());
  for (int i = 0; i < 3; ++i) {
    const auto told = show(Protocol::http, surroundings, ntlm_rounds("NTLM", bound, unauthorized + "\r\n"));
    CHECK(told.exchanges.back().authentication.ntlm->binding == ChannelBinding::both);
    CHECK_FALSE(has(told.exchanges.back(), TrafficFinding::extended_protection));
  }
}

TEST_CASE("a client bound to the presented certificate and accepted is noted") {
  const auto presented = leaf("CN=presented"), theirs = leaf("CN=theirs");
  Surroundings surroundings;
  surroundings.certificates = {presented, theirs};
  const auto bound = bound_authenticate_message(channel_binding_hash(presented).value());
  const auto told = show(Protocol::http, surroundings, ntlm_rounds("NTLM", bound, good));
  CHECK(has(told.exchanges.back(), TrafficFinding::bound_to_presented));
}

TEST_CASE("Basic is noted, Bearer, Digest and others are called by name, and nothing of them is kept") {
  const auto scheme_of = [](const std::string& field) {
    Surroundings surroundings;
    return show(Protocol::http, surroundings,
                {client(get + "Authorization: " + field + "\r\n\r\n"), server(good)})
        .exchanges.at(0);
  };
  const auto basic = scheme_of("Basic " + to_base64(as_bytes("anna:SEKRIT")));
  CHECK(basic.authentication.scheme == AuthScheme::basic);
  CHECK(basic.authentication.stage == AuthStage::accepted);
  CHECK(has(basic, TrafficFinding::basic_over_tls));
  CHECK(scheme_of("Bearer SEKRIT").authentication.scheme == AuthScheme::bearer);
  CHECK(scheme_of("Digest username=\"anna\"").authentication.scheme == AuthScheme::digest);
  CHECK(scheme_of("AWS4-HMAC SEKRIT").authentication.scheme == AuthScheme::other);
  CHECK(scheme_of("Negotiate " + to_base64(kerberos_init())).authentication.scheme == AuthScheme::kerberos);
  CHECK(scheme_of("NTLM not-base64!").authentication.scheme == AuthScheme::ntlm);
}

TEST_CASE("a wrong password by Basic is refused and no finding but Basic's") {
  Surroundings surroundings;
  for (int i = 0; i < 3; ++i) {
    const auto told =
        show(Protocol::http, surroundings,
             {client(get + "Authorization: Basic YTpi\r\n\r\n"), server(unauthorized + offers + "\r\n")});
    CHECK(told.exchanges[0].authentication.stage == AuthStage::refused);
    CHECK(told.exchanges[0].findings == std::vector{TrafficFinding::basic_over_tls});
  }
}
