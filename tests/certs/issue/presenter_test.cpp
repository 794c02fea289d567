#include "certs/issue/presenter.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <set>
#include <thread>

#include <mbedtls/oid.h>

#include "certs/issue/builder.h"
#include "certs/issue/issuing_presenter.h"
#include "certs/issue/mirror_presenter.h"
#include "certs/issue/own_presenter.h"
#include "certs/model/identity.h"
#include "config/route.h"
#include "presentation_support.h"

using namespace mailtap;
using namespace mailtap::certs;
using namespace mailtap::test;
using std::chrono::days;

namespace {

KeyPtr new_key(KeySpec type = KeySpec::p256()) {
  return PrivateKey::generate(type).value();
}

Buffer self_signed(const PrivateKey& key, const std::vector<std::string>& names) {
  CertificateSpec spec;
  spec.subject = spec.issuer = name_of({{"CN", names.front()}});
  spec.not_before = now() - days{1};
  spec.not_after = now() + days{30};
  spec.public_key = key.public_key();
  spec.names = names;
  return build_certificate(spec, key).value();
}

IdentityPtr identity(const std::vector<std::string>& names, KeySpec type = KeySpec::p256()) {
  const auto key = new_key(type);
  return Identity::from_der({self_signed(*key, names)}, key->to_der().value()).value();
}

PresentationRequest asks(const std::string& sni, bool verifies_ecdsa = true) {
  PresentationRequest request;
  request.sni = sni;
  request.name = "mail.contoso.example";
  request.client_verifies_ecdsa = verifies_ecdsa;
  return request;
}

/// A local CA and the route that uses it.
struct WithCa {
  TemporaryFolder folder;
  config::Route route;

  explicit WithCa(const LocalCaSettings& settings = fast()) {
    route.present = config::Presentation::issue;
    route.ca_cert = folder.file("ca.pem");
    route.ca_key = folder.file("ca.key");
    REQUIRE(LocalCa::init(route.ca_cert, route.ca_key, settings, now()));
  }
  static LocalCaSettings fast() {
    LocalCaSettings settings;
    settings.key = KeySpec::p256();
    return settings;
  }
  std::shared_ptr<const LocalCa> ca() const {
    return LocalCa::load(route.ca_cert, route.ca_key, "", now()).value();
  }
};

std::vector<Buffer> chain_of(const Identity& identity) {
  std::vector<Buffer> chain;
  for (const auto* one = identity.chain(); one != nullptr; one = one->next)
    chain.emplace_back(one->raw.p, one->raw.p + one->raw.len);
  return chain;
}

std::string make_error(const config::Route& route) {
  const auto made = Presenter::make(route);
  return made ? std::string() : made.error().message;
}

}  // namespace

TEST_CASE("own: the SNI chooses exactly before by wildcard, and the first given is the default") {
  const auto first = identity({"one.example"});
  const auto wildcard = identity({"*.two.example"});
  const auto exact = identity({"mail.two.example", "192.0.2.1"});
  OwnPresenter presenter({first, wildcard, exact});
  CHECK_FALSE(presenter.needs_upstream_chain());
  CHECK(presenter.present_at_once(asks("MAIL.two.example")) == exact);
  CHECK(presenter.present_at_once(asks("imap.two.example")) == wildcard);
  CHECK(presenter.present_at_once(asks("a.b.two.example")) == first);
  CHECK(presenter.present_at_once(asks("two.example")) == first);
  CHECK(presenter.present_at_once(asks("")) == first);
  CHECK(presenter.present_at_once(asks("unknown")) == first);
  CHECK(presenter.present(asks("one.example")).value() == first);
}

TEST_CASE("own: a client that verifies no ECDSA gets RSA where there is one") {
  const auto rsa = identity({"one.example"}, KeySpec::rsa(1024));
  const auto ecdsa = identity({"one.example"});
  const auto ecdsa_alone = identity({"two.example"});
  OwnPresenter presenter({ecdsa_alone, rsa, ecdsa});
  CHECK(presenter.present_at_once(asks("one.example", true)) == ecdsa);
  CHECK(presenter.present_at_once(asks("one.example", false)) == rsa);
  CHECK(presenter.present_at_once(asks("two.example", false)) == ecdsa_alone);
  CHECK(presenter.present_at_once(asks("", false)) == rsa);
  CHECK(presenter.present_at_once(asks("", true)) == ecdsa_alone);
}

TEST_CASE(
    "issue: the leaf is for the configured name, the route's names and the SNI, and openssl accepts it") {
  NEEDS_OPENSSL();
  WithCa files;
  files.route.issue_names = {"autodiscover.contoso.example", "192.0.2.5"};
  const auto presenter = Presenter::make(files.route).value();
  CHECK_FALSE(presenter->needs_upstream_chain());
  for (const bool ecdsa : {true, false}) {
    auto request = asks("WebMail.contoso.example", ecdsa);
    CHECK(presenter->present_at_once(request) == nullptr);
    const auto presented = presenter->present(request).value();
    CHECK(presented->names() == std::vector<std::string>{"mail.contoso.example",
                                                         "autodiscover.contoso.example", "192.0.2.5",
                                                         "webmail.contoso.example"});
    CHECK(presenter->present_at_once(request) == presented);
    CHECK((mbedtls_pk_get_type(presented->key()) == MBEDTLS_PK_ECKEY) == ecdsa);
    const auto chain = chain_of(*presented);
    REQUIRE(chain.size() == 2);
    const auto leaf = files.folder.pem("leaf.pem", chain[0]);
    const auto verified =
        run("openssl verify -x509_strict -purpose sslserver -verify_hostname mail.contoso.example -CAfile " +
            files.route.ca_cert + " " + leaf);
    INFO(verified.text);
    CHECK(verified.status == 0);
  }
}

TEST_CASE("issue: a CA bound to names by a critical extension works") {
  auto settings = WithCa::fast();
  settings.name_constraints.permitted = {"contoso.example"};
  const WithCa files(settings);
  const auto presenter = Presenter::make(files.route).value();
  CHECK(presenter->present(asks("")));
}

TEST_CASE("issue: an SNI that is no host name is left out") {
  const WithCa files;
  IssuingPresenter presenter(files.ca(), {}, now);
  for (const auto* sni : {"a b", "*", "x\"y", "", "mail.contoso.example"})
    CHECK(presenter.present(asks(sni)).value()->names() == std::vector<std::string>{"mail.contoso.example"});
  CHECK(presenter.counters().made == 1);
}

TEST_CASE("issue: concurrent requests for one name make one leaf", "[threads]") {
  const WithCa files;
  IssuingPresenter presenter(files.ca(), {}, now);
  std::vector<IdentityPtr> presented(8);
  std::vector<std::thread> threads;
  for (auto& one : presented)
    threads.emplace_back([&presenter, &one] { one = presenter.present(asks("one.example")).value(); });
  for (auto& thread : threads) thread.join();
  CHECK(
      std::all_of(presented.begin(), presented.end(), [&](const auto& one) { return one == presented[0]; }));
  CHECK(presenter.counters().made == 1);
}

TEST_CASE("issue: 1100 distinct names leave the cache at its bound") {
  const WithCa files;
  IssuingPresenter presenter(files.ca(), {}, now);
  for (int i = 0; i < 1100; ++i) REQUIRE(presenter.present(asks("n" + std::to_string(i) + ".example")));
  CHECK(presenter.counters().size == IssuingPresenter::cached_leaves);
  CHECK(presenter.counters().evicted == 1100 - IssuingPresenter::cached_leaves);
  CHECK(presenter.present_at_once(asks("n0.example")) == nullptr);
  CHECK(presenter.present_at_once(asks("n1099.example")) != nullptr);
}

TEST_CASE("issue: a leaf is renewed before it expires, and not when its CA has expired") {
  auto settings = WithCa::fast();
  settings.days = 200;
  const WithCa files(settings);
  auto time = now();
  IssuingPresenter presenter(files.ca(), {}, [&time] { return time; });
  const auto first = presenter.present(asks("")).value();
  time += days{59};
  CHECK(presenter.present(asks("")).value() == first);
  time += days{2};
  CHECK(presenter.present_at_once(asks("")) == nullptr);
  const auto second = presenter.present(asks("")).value();
  CHECK(second != first);
  CHECK(second->not_after() > first->not_after());
  CHECK(presenter.counters().size == 1);
  time += days{200};
  const auto late = presenter.present(asks(""));
  REQUIRE_FALSE(late);
  CHECK(late.error().message.find("the CA expired on") != std::string::npos);
}

TEST_CASE("mirror: the same upstream chain gives the same certificate, another gives another") {
  config::Route route;
  route.present = config::Presentation::mirror;
  const auto presenter = Presenter::make(route).value();
  CHECK(presenter->needs_upstream_chain());
  auto request = asks("");
  request.upstream_chain = {self_signed(*new_key(), {"exchange.local"})};
  CHECK(presenter->present_at_once(request) == nullptr);
  const auto presented = presenter->present(request).value();
  CHECK(presented->names() == std::vector<std::string>{"exchange.local"});
  CHECK(presenter->present_at_once(request) == presented);
  CHECK(presenter->not_repeated(request).empty());
  auto other = request;
  other.upstream_chain = {self_signed(*new_key(), {"exchange.local"})};
  CHECK(presenter->present(other).value() != presented);
  other.upstream_chain.clear();
  CHECK_FALSE(presenter->present(other));
}

TEST_CASE("mirror: what can't be repeated is said so, with the way out") {
  auto of_version_4 = self_signed(*new_key(), {"exchange.local"});
  constexpr std::array<std::uint8_t, 5> version_3{0xa0, 3, 2, 1, 2};
  const auto at = std::search(of_version_4.begin(), of_version_4.end(), version_3.begin(), version_3.end());
  REQUIRE(at != of_version_4.end());
  at[4] = 3;
  auto request = asks("");
  request.upstream_chain = {of_version_4};
  MirrorPresenter presenter(nullptr);
  const auto presented = presenter.present(request);
  REQUIRE_FALSE(presented);
  CHECK(presented.error().message ==
        "the first certificate can't be read: not an X.509 certificate: its version isn't 1, 2 or 3; "
        "--present issue shows the client one of your own CA instead");
}

TEST_CASE("mirror: mbedTLS's server doesn't withhold a certificate with the wrong usages") {
  const auto key = new_key();
  CertificateSpec spec;
  spec.subject = spec.issuer = name_of({{"CN", "exchange.local"}});
  spec.not_before = now() - days{1};
  spec.not_after = now() + days{30};
  spec.public_key = key->public_key();
  spec.key_usage = crl_sign;
  spec.extended_key_usage = {oid::client_auth};
  auto request = asks("");
  request.upstream_chain = {build_certificate(spec, *key).value()};
  MirrorPresenter presenter(nullptr);
  const auto presented = presenter.present(request).value();
  CHECK(mbedtls_x509_crt_check_key_usage(presented->chain(), MBEDTLS_X509_KU_DIGITAL_SIGNATURE) == 0);
  CHECK(mbedtls_x509_crt_check_extended_key_usage(presented->chain(), MBEDTLS_OID_SERVER_AUTH,
                                                  MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)) == 0);
  CHECK(as_text(chain_of(*presented).front()).find(MBEDTLS_OID_CLIENT_AUTH) != std::string_view::npos);
}

TEST_CASE("mirror: a trusted upstream goes under the local CA, an untrusted one doesn't") {
  WithCa files;
  files.route.present = config::Presentation::mirror;
  const auto presenter = Presenter::make(files.route).value();
  auto request = asks("");
  request.upstream_chain = {self_signed(*new_key(), {"exchange.local"})};
  const auto untrusted = presenter->present(request).value();
  CHECK(chain_of(*untrusted).size() == 1);
  request.upstream_trusted = true;
  const auto trusted = presenter->present(request).value();
  CHECK(chain_of(*trusted).size() == 2);
  CHECK(presenter->not_repeated(request).size() == 1);
}

TEST_CASE("what is missing or wrong in a route's files is said before the listener opens") {
  WithCa files;
  auto route = files.route;
  CHECK(make_error(route).empty());
  route.ca_key.clear();
  CHECK(make_error(route).find("--ca-cert needs --ca-key") != std::string::npos);
  route.ca_cert.clear();
  CHECK(make_error(route).find("mailtap ca init") != std::string::npos);
  route = files.route;
  route.issue_names = {"two words"};
  CHECK(make_error(route).find("two words") != std::string::npos);
  route = files.route;
  route.ca_key_password_file = files.folder.file("none");
  CHECK(make_error(route).find(route.ca_key_password_file) == 0);

  route = {};
  route.present = config::Presentation::own;
  CHECK(make_error(route).find("--cert and --key") != std::string::npos);
  route.cert = {files.route.ca_cert};
  CHECK(make_error(route).find("1 --cert and 0 --key") != std::string::npos);
  route.key = {files.route.ca_key};
  CHECK(make_error(route).empty());
}

TEST_CASE("an encrypted CA key is opened with the first line of its password file") {
  auto settings = WithCa::fast();
  settings.password = "correct horse";
  WithCa files(settings);
  CHECK(make_error(files.route).find("encrypted") != std::string::npos);
  files.route.ca_key_password_file = files.folder.file("password", "correct horse\r\nsecond line\n");
  CHECK(make_error(files.route).empty());
}

TEST_CASE("however many keys strangers have made, what they cost is bounded") {
  using std::chrono::seconds;
  KeyBudget budget;
  const auto begin = KeyBudget::Clock::time_point{} + seconds(1000);
  int made = 0;
  while (budget.take(KeySpec::rsa(2048), begin)) ++made;
  CHECK(made == 40);
  CHECK_FALSE(budget.take(KeySpec::rsa(4096), begin + seconds(2)));
  CHECK(budget.take(KeySpec::rsa(4096), begin + seconds(8)));
  CHECK(budget.take(KeySpec::p256(), begin + seconds(9)));
  CHECK(KeyBudget::cost_of(KeySpec::rsa(4096)) > 10);

  KeyPool pool({}, KeyBudget(0.05));
  std::set<Buffer> different;
  const auto asked = KeyBudget::Clock::now();
  for (int i = 0; i < 5000; ++i) different.insert(pool.take(KeySpec::p256()).value()->public_key());
  const std::chrono::duration<double> took = KeyBudget::Clock::now() - asked;
  CHECK(different.size() >= 5);
  // What was left, what came in that time, and one more for the rounding of either.
  const double allowed = 0.05 + took.count() * KeyBudget::each_second;
  CHECK(static_cast<double>(different.size()) <= allowed / KeyBudget::cost_of(KeySpec::p256()) + 1);
}

TEST_CASE("the key pool keeps keys ready, hands each out once and stops at once") {
  std::vector<Buffer> handed_out;
  {
    KeyPool pool({{KeySpec::p256(), 3}});
    for (int i = 0; i < 10; ++i) handed_out.push_back(pool.take(KeySpec::p256()).value()->public_key());
    for (int waited = 0; waited < 500 && pool.ready(KeySpec::p256()) < 3; ++waited)
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    CHECK(pool.ready(KeySpec::p256()) == 3);
    CHECK(pool.take(KeySpec::p384()).value()->type() == KeySpec::p384());
  }
  std::sort(handed_out.begin(), handed_out.end());
  CHECK(std::unique(handed_out.begin(), handed_out.end()) == handed_out.end());

  const auto begun = std::chrono::steady_clock::now();
  { const KeyPool pool({{KeySpec::rsa(4096), 8}}); }
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds{2});
}
