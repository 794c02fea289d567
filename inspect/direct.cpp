#include "inspect/direct.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "config/base/phrases.h"
#include "tls/alert.h"
#include "tls/names.h"
#include "tls/offer/compare.h"

namespace mailtap::inspect {

namespace {

using tls::offer::Answer;
using tls::offer::Offer;

/// A sentence and what to do (phrases.tsv has the other language). {client}: the versions that it offers;
/// {server}: the version, {suite}: the suite that the server agreed on with mailtap; {alert}, {name},
/// {protocols}, {detail}.
struct Words {
  DirectCause cause;
  bool knows_server;  ///< the server agreed on something with mailtap
  std::string_view finding, advice;
};

constexpr std::array words{
    Words{DirectCause::version, true,
          "client and server would not come to terms: the client offers {client}, and the server, which "
          "spoke {server} with mailtap, takes none of that",
          "Let the client offer {server} (.NET: SchUseStrongCrypto, SystemDefaultTlsVersions), or leave "
          "mailtap in between, which speaks with each in its version"},
    Words{DirectCause::version, false,
          "client and server would not come to terms: the client offers {client}, and the server refuses "
          "that ({detail})",
          "See which versions the server has (mailtap check HOST --protocols), and switch one of them on in "
          "the client"},
    Words{DirectCause::cipher_suites, true,
          "client and server would not come to terms: the server takes none of the client's cipher suites "
          "({detail}); with mailtap it chose {suite}",
          "Give the client a suite that the server has, or the server one of the client's; a server with an "
          "ECDSA certificate needs ECDSA suites. Which they are: mailtap check HOST --protocols, and the "
          "client's in the trace"},
    Words{DirectCause::cipher_suites, false,
          "client and server would not come to terms: the server finds nothing in the client's offer that it "
          "takes ({detail})",
          "Compare the client's suites and groups, which are in the trace, with the server's: mailtap check "
          "HOST --protocols"},
    Words{DirectCause::name, false,
          "the server would refuse the client for the name that it asks for: {name} ({detail})",
          "Correct the name in the client, or let the server have a certificate and a site of that name"},
    Words{DirectCause::alpn, false,
          "the server would refuse the protocols that the client offers: {protocols} ({detail})",
          "Let the client offer what the server speaks (ALPN), or switch ALPN off in one of them"},
    Words{DirectCause::fallback, false,
          "the server would refuse the client, which says that it fell back to {client} although the server "
          "has something newer ({detail})",
          "Find out what broke the client's first attempt, with a newer version: a box between them, or an "
          "attack"},
    Words{DirectCause::alert, false, "the server would refuse the client's hello: {detail}",
          "Play it again to see what the server takes: mailtap check HOST --hello FILE, and compare with "
          "--protocols"},
    Words{DirectCause::closed, false,
          "the server would close the connection at the client's hello, without a word",
          "A server too old for something in the hello does that, or a box before it: compare with mailtap "
          "check HOST --protocols"},
    Words{DirectCause::reset, false,
          "the server would reset the connection at the client's hello, without a word",
          "A server too old for something in the hello does that (Windows: SChannel), or a box before it: "
          "compare with mailtap check HOST --protocols"},
    Words{DirectCause::unasked, false,
          "the client would refuse the server, which chooses what the client doesn't offer: {detail}",
          "The server breaks the protocol: update it, or whatever answers in its place"},
    Words{DirectCause::not_tls, false, "the client would not get TLS from the server: {detail}",
          "Check the port, and whether the server wants STARTTLS there: mailtap check HOST:PORT"},
    Words{DirectCause::silent, false,
          "whether client and server would come to terms isn't known: the server was silent at the client's "
          "hello",
          "A server, or a box before it, that can't take this hello is silent so, and so is one that serves "
          "one connection at a time. Try it alone: mailtap check HOST --hello FILE"},
    Words{DirectCause::signature, false,
          "whether client and server would come to terms isn't known: the server signs its key exchange with "
          "MD5 and SHA-1, as {detail} has it, and the client lists no signature with SHA-1",
          "Some clients take it all the same, others refuse (OpenSSL from security level 1 on). Have TLS 1.2 "
          "switched on in the server"},
    Words{
        DirectCause::unreachable, false,
        "whether client and server would come to terms isn't known: the server couldn't be asked ({detail})",
        ""},
};

/// "TLS 1.2" of TLSv1.2; "SSL 3.0" of SSLv3.
std::string spoken(std::uint16_t version) {
  const auto name = tls::version_name(version);
  if (name.starts_with("TLSv")) return "TLS " + name.substr(4);
  return name == "SSLv3" ? "SSL 3.0" : name;
}

/// Its number alone: "1.2".
std::string number_of(std::uint16_t version) {
  const auto text = spoken(version);
  return text.substr(text.find(' ') + 1);
}

using Values = std::vector<std::pair<std::string_view, std::string>>;

std::string filled(std::string_view text, const Values& values) {
  std::string result;
  while (!text.empty()) {
    const auto at = std::min(text.find('{'), text.size());
    result += text.substr(0, at);
    text.remove_prefix(at);
    if (text.empty()) break;
    const auto value = std::find_if(values.begin(), values.end(),
                                    [&](const auto& each) { return text.starts_with(each.first); });
    const auto taken = value == values.end() ? std::size_t{1} : value->first.size();
    result += value == values.end() ? std::string(text.substr(0, taken)) : value->second;
    text.remove_prefix(taken);
  }
  return result;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

template <class List, class Value>
bool has(const List& list, Value value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

/// What a server that agreed on a version or suite with mailtap misses in the client's offer.
DirectCause cause_by(const tls::ClientHello& hello, const Leg& through, DirectCause otherwise) {
  if (through.version == tls::Version::none) return otherwise;
  const auto versions = tls::offer::versions_of(hello);
  const bool has_version = hello.supported_versions.empty() ? through.version <= hello.legacy_version
                                                            : has(versions, std::uint16_t{through.version});
  // The two engines have other suites: that the server chose this one says nothing of the client's.
  return has_version ? otherwise : DirectCause::version;
}

DirectCause cause_of(const Answer& answer, const tls::ClientHello& hello, const Leg& through) {
  using End = Answer::End;
  switch (answer.end) {
    case End::answered: return DirectCause::none;
    case End::closed: return cause_by(hello, through, DirectCause::closed);
    case End::reset: return cause_by(hello, through, DirectCause::reset);
    case End::silent: return DirectCause::silent;
    case End::not_tls: return DirectCause::not_tls;
    case End::unreachable: return DirectCause::unreachable;
    case End::refused: break;
  }
  switch (answer.flight.alert.value_or(-1)) {
    case tls::alert::protocol_version: return DirectCause::version;
    case tls::alert::handshake_failure:
    case tls::alert::insufficient_security: return cause_by(hello, through, DirectCause::cipher_suites);
    case tls::alert::inappropriate_fallback: return DirectCause::fallback;
    case tls::alert::unrecognized_name: return DirectCause::name;
    case tls::alert::no_application_protocol: return DirectCause::alpn;
    case tls::alert::close_notify: return cause_by(hello, through, DirectCause::closed);
    default: return DirectCause::alert;
  }
}

/// What the server chose that the client hadn't offered; empty: nothing.
std::string unasked(const tls::survey::Flight& flight, const tls::ClientHello& hello) {
  const bool has_version = hello.supported_versions.empty() ? flight.version <= hello.legacy_version
                                                            : has(hello.supported_versions, flight.version);
  if (!has_version) return tls::version_name(flight.version);
  if (!has(hello.cipher_suites, flight.suite)) return tls::cipher_suite_name(flight.suite);
  if (flight.version >= tls::version::tls13 && flight.group != 0 && !has(hello.groups, flight.group))
    return tls::group_name(flight.group);
  return {};
}

/// A key exchange of TLS 1.1 or older (RFC 4346 section 7.4.3), for a client that says which signatures it
/// takes and has none with SHA-1 among them: the extension is TLS 1.2's (RFC 5246 section 7.4.1.4.1), but
/// clients apply it to what is older as well.
bool is_signed_with_sha1_alone(const tls::survey::Flight& flight, const tls::ClientHello& hello) {
  const bool is_signed = flight.group != 0 || flight.dh_bits != 0;
  const auto& listed = hello.signature_algorithms;
  return is_signed && flight.version < tls::version::tls12 && !listed.empty() &&
         !has(listed, std::uint16_t{tls::signature::rsa_pkcs1_sha1}) &&
         !has(listed, std::uint16_t{tls::signature::ecdsa_sha1}) &&
         !has(listed, std::uint16_t{tls::signature::dsa_sha1});
}

std::string detail_of(const Answer& answer) {
  using End = Answer::End;
  switch (answer.end) {
    case End::answered: return {};
    case End::refused: return "alert " + tls::alert_text(answer.flight.alert.value_or(0));
    case End::closed: return "the server closed the connection";
    case End::reset: return "the server reset the connection";
    case End::silent: return "the server said nothing";
    case End::not_tls:
    case End::unreachable: return answer.detail;
  }
  return {};
}

std::string terms(std::uint16_t version, std::uint16_t suite, std::uint16_t group) {
  auto text = tls::version_name(version) + " " + tls::cipher_suite_name(suite);
  if (group != 0) text += " " + tls::group_name(group);
  return text;
}

/// They agree; what through mailtap is another matter, unless it goes back to an earlier handshake.
std::string what_differs(const Direct& direct, const Leg& through, Language language) {
  if (through.version == tls::Version::none || through.resumed) return {};
  const bool is_same = direct.version == through.version && direct.cipher_suite == through.cipher_suite &&
                       direct.group == through.group;
  if (is_same) return {};
  const auto alone = terms(direct.version, direct.cipher_suite, direct.group);
  const auto with = terms(through.version, through.cipher_suite, through.group);
  return said(language, "client and server would agree on {alone}; with mailtap the server chose {with}",
              {alone, with});
}

void put_into_words(Direct& direct, const tls::ClientHello& hello, const Leg& through, Language language) {
  // A suite of the client's own wasn't what the server missed.
  const bool knows_server = through.version != tls::Version::none &&
                            (direct.cause != DirectCause::cipher_suites ||
                             !has(hello.cipher_suites, std::uint16_t{through.cipher_suite}));
  const auto found = std::find_if(words.begin(), words.end(), [&](const Words& each) {
    return each.cause == direct.cause && (!each.knows_server || knows_server);
  });
  if (found == words.end()) return;
  const Values values{{"{client}", offered_versions(hello, language)},
                      {"{server}", knows_server ? spoken(through.version) : ""},
                      {"{suite}", knows_server ? tls::cipher_suite_name(through.cipher_suite) : ""},
                      {"{name}", hello.sni},
                      {"{protocols}", joined(hello.alpn)},
                      {"{detail}", in_language(direct.detail, language)}};
  direct.finding = filled(template_in(found->finding, language), values);
  direct.advice = filled(template_in(found->advice, language), values);
}

}  // namespace

std::string_view to_string(DirectCause cause) {
  switch (cause) {
    case DirectCause::none: return {};
    case DirectCause::version: return "version";
    case DirectCause::cipher_suites: return "cipher-suites";
    case DirectCause::name: return "name";
    case DirectCause::alpn: return "alpn";
    case DirectCause::fallback: return "fallback";
    case DirectCause::alert: return "alert";
    case DirectCause::closed: return "closed";
    case DirectCause::reset: return "reset";
    case DirectCause::unasked: return "unasked";
    case DirectCause::not_tls: return "not-tls";
    case DirectCause::silent: return "silent";
    case DirectCause::unreachable: return "unreachable";
    case DirectCause::signature: return "signature";
  }
  return {};
}

Direct direct_of(const Offer& offer, const Answer& answer, const Leg& through, Language language) {
  auto direct = judged(offer, answer, through, language);
  if (!direct.finding.empty())
    direct.finding = said(language, "Without mailtap, {finding}", {direct.finding});
  return direct;
}

Direct judged(const Offer& offer, const Answer& answer, const Leg& through, Language language) {
  Direct direct;
  direct.cause = cause_of(answer, offer.hello, through);
  direct.alert = answer.end == Answer::End::refused ? answer.flight.alert : std::nullopt;
  direct.detail = detail_of(answer);
  const auto& flight = answer.flight;
  if (flight.has_hello) {
    direct.version = tls::Version{flight.version};
    direct.cipher_suite = tls::CipherSuite{flight.suite};
    direct.group = tls::Group{flight.group};
    direct.alpn = flight.alpn;
    direct.hello_retry_request = flight.is_retry;
  }
  if (const auto what = direct.cause == DirectCause::none ? unasked(flight, offer.hello) : std::string();
      !what.empty()) {
    direct.cause = DirectCause::unasked;
    direct.detail = what;
  }
  if (direct.cause == DirectCause::none && is_signed_with_sha1_alone(flight, offer.hello)) {
    direct.cause = DirectCause::signature;
    direct.detail = tls::version_name(flight.version) + " " + tls::cipher_suite_name(flight.suite);
  }
  const bool is_unknown = direct.cause == DirectCause::silent || direct.cause == DirectCause::unreachable ||
                          direct.cause == DirectCause::signature;
  if (!is_unknown) direct.agrees = direct.cause == DirectCause::none;
  if (direct.agrees == true)
    direct.finding = what_differs(direct, through, language);
  else
    put_into_words(direct, offer.hello, through, language);
  return direct;
}

/// Without supported_versions a client means what is older too, of which only its newest is certain.
std::string offered_versions(const tls::ClientHello& hello, Language language) {
  const auto versions = tls::offer::versions_of(hello);
  const auto newest = versions.empty() ? hello.legacy_version : versions.front();
  // Words, not sentences of the catalogue: they stand in many others.
  const bool is_vietnamese = language == Language::vietnamese;
  if (hello.supported_versions.empty() && newest > tls::version::tls10)
    return (is_vietnamese ? "đến " : "up to ") + spoken(newest);
  if (versions.size() < 2) return spoken(newest) + (is_vietnamese ? " mà thôi" : " alone");
  return spoken(versions.back()) + (is_vietnamese ? " đến " : " to ") + number_of(newest);
}

std::string bridged(const std::string& refusal, bool is_without_questions, Language language) {
  if (is_without_questions)
    return said(
        language,
        "The server refused mailtap's first hello ({refusal}) and took another, which offers all that "
        "mailtap has and asks for an OCSP staple and certificate timestamps only where the client does",
        {in_language(refusal, language)});
  return said(
      language,
      "The server refused what the client offers ({refusal}) and took mailtap's own hello: without mailtap "
      "they would probably not come to terms",
      {in_language(refusal, language)});
}

}  // namespace mailtap::inspect
